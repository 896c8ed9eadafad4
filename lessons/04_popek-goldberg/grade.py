"""Checks of `classify`: the verdict on every instruction, its witnesses stepped again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vmlab.core.modes import Mode
from vmlab.course.exercise import Counter, Finding
from vmlab.course.facts import Said, Told
from vmlab.course.harness.classify import Subject, subjects
from vmlab.course.student import Student
from vmlab.lab.classifying import State, TrapTaken, Verdict, image


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """Classify the toy machine's instructions and hidden ones."""
    failures: list[Finding] = []
    looked = 0
    for subject in subjects(seed):
        looked += 1
        said = student.call("classify", subject.step, list(subject.pool), returns=Verdict)
        failures += [
            *_privileged(subject, said),
            *_behaviour(subject, said),
            *_control(subject, said),
            *_once(subject),
        ]
    # Whoever never says "privileged" has not missed the memory traps yet.
    yield from sorted(failures, key=lambda one: one.hint != "privileged")
    for name in ("privileged", "behaviour", "control", "once"):
        if not any(one.property == name for one in failures):
            yield Finding(name, True, counters=(Counter("instructions", looked),))


NONE = Said("none")


def _failed(which: str, hint: str, subject: Subject, expected: Told, found: Told,
            **values: Told) -> Finding:  # fmt: skip
    return Finding(
        which, False, hint, {"name": subject.name, **values}, expected, found, where=subject.name
    )


def _privileged(subject: Subject, said: Verdict) -> Iterator[Finding]:
    truth = subject.truth.privileged
    if said.privileged == truth:
        return
    hint = _why_not(subject)
    if truth:
        hint = (
            "memory" if len(list(_fair_pairs(subject))) < len(subject.pool) // 2 else "privileged"
        )
    yield _failed("privileged", hint, subject, str(truth), str(said.privileged))


def _why_not(subject: Subject) -> str:
    """What speaks against privileged, in the pairs that count."""
    pairs = list(_fair_pairs(subject))
    if not pairs or all(isinstance(s, TrapTaken) for s, _ in pairs):
        return "nothing-left"
    user_traps = [isinstance(u, TrapTaken) for _, u in pairs]
    if any(isinstance(u, State) for _, u in pairs) and not any(user_traps):
        return "silent"
    return "every"


def _fair_pairs(subject: Subject) -> Iterator[tuple[State | TrapTaken, State | TrapTaken]]:
    for state in subject.pool:
        if state.mode is not Mode.S:
            continue
        pair = (
            subject.step.quietly(state),
            subject.step.quietly(replace(state, mode=Mode.U)),
        )
        if not any(isinstance(end, TrapTaken) and end.memory for end in pair):
            yield pair


def _behaviour(subject: Subject, said: Verdict) -> Iterator[Finding]:
    truth = subject.truth
    if said.behaviour is None:
        if truth.behaviour is not None:
            hint = "mode" if truth.mode is not None else "place"
            yield _failed("behaviour", hint, subject, Said("pair"), NONE)
        return
    one, other = said.behaviour
    ends = (subject.step.quietly(one), subject.step.quietly(other))
    if any(isinstance(end, TrapTaken) for end in ends):
        yield _failed("behaviour", "trapped", subject, Said("no traps"), Said("trap"))
    elif not _tells_apart(one, other, *ends):
        yield _failed("behaviour", "real", subject, Said("apart"), Said("equal"))


def _tells_apart(
    one: State, other: State, end: State | TrapTaken, other_end: State | TrapTaken
) -> bool:
    """Whether a pair shows that the mode, or the place, makes a difference."""
    assert isinstance(end, State) and isinstance(other_end, State)
    if one.mode is not other.mode:
        alone = replace(one, mode=other.mode) == other
        return alone and replace(end, mode=other_end.mode) != other_end
    stays = all((a.base, a.bound) == (b.base, b.bound) for a, b in ((one, end), (other, other_end)))
    moved = one.base != other.base and image(one) == image(other)
    return stays and moved and image(end) != image(other_end)


def _control(subject: Subject, said: Verdict) -> Iterator[Finding]:
    if said.control is None:
        if subject.truth.control is not None:
            for state in subject.pool:
                if what := _changed(state, subject.step.quietly(state)):
                    yield _failed("control", "control", subject, Said("state"), NONE, what=what)
                    return
        return
    end = subject.step.quietly(said.control)
    if isinstance(end, TrapTaken):
        yield _failed("control", "trapped", subject, Said("no trap"), Said("trap"))
    elif not _changed(said.control, end):
        yield _failed("control", "harmless", subject, Said("change"), NONE)


def _changed(before: State, after: State | TrapTaken) -> Told:
    """Which of what is not the program's an instruction changed."""
    if isinstance(after, TrapTaken):
        return ""
    for name in ("mode", "base", "bound"):
        if getattr(before, name) != getattr(after, name):
            return Said(name) if name == "mode" else name
    inside = range(before.base, before.base + before.bound)
    for at, word in enumerate(before.mem):
        if at not in inside and after.mem[at] != word:
            return f"E[{at}]"
    return ""


def _once(subject: Subject) -> Iterator[Finding]:
    most = max(subject.step.asked.values(), default=0)
    if most > 1:
        yield Finding(
            "once", False, "twice", {"name": subject.name, "times": str(most)}, "1", str(most),
            where=subject.name, counters=(Counter("executions of one state", most, 1),),
        )  # fmt: skip
