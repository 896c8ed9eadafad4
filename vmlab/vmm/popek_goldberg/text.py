"""A classification as text: a table of what matters, the rest by name, and the theorems."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from vmlab.vmm.popek_goldberg.catalog import Classification
from vmlab.vmm.popek_goldberg.states import Outcome, State, TrapTaken, others
from vmlab.vmm.popek_goldberg.subject import Finding, Names, Subject
from vmlab.vmm.popek_goldberg.witness import Claim, Witness

WIDTH: Final = 100
MANY: Final = 5
"""So many rows of one mnemonic that are alike share a line."""
Marks = tuple[bool, bool, bool, bool, bool]
COLUMNS: Final = ("privileged", "control", "location", "mode", "user")
MEANING: Final = {
    Claim.PRIVILEGED: "traps in user mode and not in supervisor mode",
    Claim.CONTROL: "changes the mode or resources, and does not trap",
    Claim.LOCATION: "nothing traps; only the placement differed, and the program sees it",
    Claim.MODE: "nothing traps; only the mode differed, and the results do",
    Claim.USER: "control or location sensitive from user mode",
    Claim.TIMING: "nothing traps; only the clock differed, and the program sees it",
}


def report(done: Classification) -> str:
    """The whole as lines of text."""
    return "\n".join(_report(done)) + "\n"


def _report(done: Classification) -> Iterator[str]:
    subject = done.subject
    yield f"{subject.isa}: {subject.title}"
    yield from textwrap.wrap(subject.doc, WIDTH)
    yield ""
    told = [one for one in done.findings if one.verdict.privileged or one.verdict.sensitive]
    yield from _table(told) if told else ("No instruction is privileged or sensitive.",)
    rest = [one for one in done.findings if one not in told]
    yield from _list("Innocuous, and not privileged", [one for one in rest if one.verdict.runs])
    yield from _list("Trap in either mode", [one for one in rest if not one.verdict.runs])
    for remark in subject.remarks(done.findings):
        yield ""
        yield from textwrap.wrap(remark, WIDTH)
    yield ""
    for theorem in done.theorems:
        yield from textwrap.wrap(f"Theorem {theorem.number} ({theorem.condition})", WIDTH)
        answer = "holds" if theorem.holds else "does not hold"
        yield from textwrap.wrap(
            f"{answer}: {theorem.reason}", WIDTH, initial_indent="  ", subsequent_indent="  "
        )
    yield ""
    count = sum(len(one.witnesses) for one in done.findings)
    yield f"{len(done.findings)} rows, {count} witnesses, each run again (seed {done.seed})."
    yield "See one: vmlab classify --isa NAME --instruction NAME"


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    groups: dict[tuple[str, Marks], list[str]] = {}
    for one in findings:
        groups.setdefault((_mnemonic(one), _marks(one)), []).append(one.name)
    lines = [
        line
        for (mnemonic, marks), names in groups.items()
        for line in (
            [(f"{mnemonic} ...", marks, names)] if len(names) >= MANY
            else [(name, marks, []) for name in names]
        )
    ]  # fmt: skip
    width = max(len("instruction"), *(len(name) for name, _, _ in lines)) + 2
    yield "instruction".ljust(width) + "  ".join(COLUMNS)
    for name, marks, members in lines:
        cells = (
            ("yes" if mark else "-").ljust(len(column))
            for mark, column in zip(marks, COLUMNS, strict=True)
        )
        privileged, *kinds = marks
        alarm = "  <- sensitive, not privileged" if any(kinds) and not privileged else ""
        yield (name.ljust(width) + "  ".join(cells)).rstrip() + alarm
        if members:
            operands = ", ".join(_operand(one) for one in members)
            yield from textwrap.wrap(operands, WIDTH, initial_indent="    ",
                                     subsequent_indent="    ")  # fmt: skip


def _marks(one: Finding) -> Marks:
    verdict = one.verdict
    return (
        verdict.privileged,
        verdict.control is not None,
        verdict.location is not None,
        verdict.mode is not None,
        verdict.user is not None,
    )


def _mnemonic(one: Finding) -> str:
    return one.name.partition(" ")[0]


def _operand(name: str) -> str:
    return name.partition(" ")[2]


def _list(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield ""
    yield f"{title} ({len(findings)}):"
    groups: dict[str, list[str]] = {}
    for one in findings:
        groups.setdefault(_mnemonic(one), []).append(one.name)
    names = ", ".join(
        f"{mnemonic} of {len(names)} kinds" if len(names) >= MANY else ", ".join(names)
        for mnemonic, names in groups.items()
    )
    yield from textwrap.wrap(
        names, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


# One instruction ---------------------------------------------------------------------------------


def instruction_report(subject: Subject, one: Finding) -> str:
    """One instruction's verdict, and its witnesses: states before and after."""
    return "\n".join(_instruction(subject, one)) + "\n"


def _instruction(subject: Subject, one: Finding) -> Iterator[str]:
    verdict = one.verdict
    shown = [w.claim.value.replace("_", " ") for w in one.witnesses]
    kinds = [*shown, *(["innocuous"] if verdict.innocuous else [])]
    yield f"{one.name} ({subject.isa}): {', '.join(kinds)}"
    if note := subject.note(one):
        yield note
    if verdict.sensitive and not verdict.privileged:
        yield "It is sensitive and not privileged: a monitor may not get it."
    if not one.witnesses:
        where = "both modes" if verdict.runs else "neither mode"
        yield f"Nothing was found in {len(one.row.pool)} states; it runs in {where}."
    for witness in one.witnesses:
        yield ""
        yield f"{witness.claim.value.replace('_', ' ')}: {MEANING[witness.claim]}"
        yield from _witness(witness, subject.names)


def _witness(witness: Witness, names: Names) -> Iterator[str]:
    """The words that differ anywhere, a column for each state; then what all share."""
    columns: list[tuple[str, Outcome]] = []
    for number, (before, after) in enumerate(zip(witness.before, witness.after, strict=True), 1):
        suffix = f" {number}" if len(witness.before) > 1 else ""
        columns += [(f"before{suffix}", before), (f"after{suffix}", after)]
    yield f"  {names.operands(witness.before[0].operands)}"
    words = [_words(outcome, names) for _, outcome in columns]
    keys = [key for key in words[0] if len({one.get(key) for one in words if one}) > 1]
    same = len(words[0]) - len(keys)
    cells = [
        ["", *(title for title, _ in columns)],
        *(
            [key, *(one.get(key, "") for one in words)]
            for key in dict.fromkeys(("mode", "pc", *keys))
        ),
    ]
    for at, (_, outcome) in enumerate(columns, 1):
        if isinstance(outcome, TrapTaken):
            cells[1][at] = f"trap: {names.cause(outcome.cause)}"
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {line}".rstrip()
    yield f"  {same} other words are equal, and stay so"


def _words(outcome: Outcome, names: Names) -> dict[str, str]:
    if isinstance(outcome, TrapTaken):
        return {}
    assert isinstance(outcome, State)
    return {
        "mode": names.modes[outcome.mode],
        "pc": hex(outcome.pc),
        "base": str(outcome.base),
        "bound": str(outcome.bound),
        "clock": hex(outcome.clock),
        **{f"E[base+{at}]": hex(word) for at, word in enumerate(_window(outcome))},
        **{f"E elsewhere {at}": hex(word) for at, word in enumerate(others(outcome))},
        **{name: hex(w) for name, w in zip(names.registers, outcome.registers, strict=True)},
        **{f"R.{name}": hex(w) for name, w in zip(names.owned, outcome.owned, strict=True)},
    }


def _window(s: State) -> tuple[int, ...]:
    return s.mem[s.base : s.base + s.bound]
