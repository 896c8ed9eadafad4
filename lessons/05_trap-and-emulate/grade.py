"""Checks E04: the guest sees the hart that it would have to itself, and no real one.

Each theme of random kernels is run beside the bare machine, exit by exit. What is about the real
machine is judged over all of these runs, if at least the kernels that write satp came to their end.
"""

from collections.abc import Iterator, Sequence

from vmlab.core.modes import Mode
from vmlab.course.exercise import Counter, Finding
from vmlab.course.harness.deprivileged import Happened
from vmlab.course.harness.emulating import Exit, Mistake, Outcome, Run
from vmlab.course.harness.small_kernels import Theme, small_kernel
from vmlab.course.student import Student
from vmlab.isa.causes import ILLEGAL_INSTRUCTION
from vmlab.lab import WRITABLE, Reflect, Resume

PROGRAMS = 2
"""For each property of equivalence."""
THEMES = (
    ("csrs", Theme.CSRS, "word"),
    ("returns", Theme.RETURNS, "word"),
    ("traps", Theme.TRAPS, "word"),
    ("firmware", Theme.FIRMWARE, "word"),
    ("time", Theme.TIME, "word"),
    ("whole", Theme.ALL, "word"),
    ("zero", Theme.ALL, "zero"),
)
"""(property, what its kernels are about, what tval says of an illegal instruction)."""


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """All that is checked of one program."""
    outcomes: dict[str, list[Outcome]] = {}
    for name, theme, illegal_tval in THEMES:
        outcomes[name] = []
        for number in range(PROGRAMS):
            guest = small_kernel(theme, PROGRAMS * seed + number)
            outcomes[name].append(Run(student, guest, illegal_tval).run())
        yield equivalence(name, outcomes[name])
    every = [one for some in outcomes.values() for one in some]
    looked_at = all(one.ended for one in outcomes["csrs"])
    yield control(every, looked_at)
    yield efficiency(every, looked_at)


def equivalence(name: str, outcomes: Sequence[Outcome]) -> Finding:
    """The guest cannot tell: registers, CSRs and memory are those of the bare machine."""
    for one in outcomes:
        if one.mistake is not None:
            return told(name, one.mistake)
    return Finding(name, True)


def control(outcomes: Sequence[Outcome], looked_at: bool) -> Finding:
    """No value of the guest's is in a CSR of the real hart."""
    for one in outcomes:
        if one.leak is not None:
            leak = one.leak
            return Finding(
                "real",
                False,
                "real",
                {"csr": leak.csr, "value": f"{leak.found:#x}"},
                f"the real {leak.csr} = {leak.expected:#x}",
                f"{leak.found:#x}",
                str(leak.exit),
            )
    return Finding("real", looked_at)


def efficiency(outcomes: Sequence[Outcome], looked_at: bool) -> Finding:
    """As many exits as there are sensitive instructions, calls of firmware and reflected traps."""
    exits, needed = sum(one.exits for one in outcomes), sum(one.needed for one in outcomes)
    calls = [length for one in outcomes for length in one.calls]
    counters = [Counter("exits", exits, needed)]
    if calls:
        counters.append(Counter("exits_per_syscall", round(sum(calls) / len(calls), 1)))
    repeated = next((one.repeated for one in outcomes if one.repeated), None)
    spun = next((one.spun for one in outcomes if one.spun), None)
    hint, exit = ("again", repeated) if repeated else ("idle", spun)
    if exit is None:
        return Finding("exits", looked_at, counters=tuple(counters))
    return Finding(
        "exits",
        False,
        hint,
        {"instruction": exit.text},
        "Idle" if hint == "idle" else f"{needed} exits",
        "Resume" if hint == "idle" else f"{exits} exits",
        str(exit),
        tuple(counters),
    )


def told(name: str, mistake: Mistake) -> Finding:
    """What was done wrong at an exit: the first of these that it is."""
    exit, decision, happened = mistake.exit, mistake.decision, mistake.happened
    expected, found = said(mistake)
    values = {"instruction": exit.text}
    reflected = isinstance(decision, Reflect)
    hint = "differs"
    if happened is None:
        hint = "again"
    elif exit.mode is Mode.U and not reflected and exit.trap.cause == ILLEGAL_INSTRUCTION:
        hint = "virtual-u"
    elif happened is Happened.TRAPPED and not reflected:
        hint, values = "reflect", values | {"cause": str(exit.trap.cause)}
    elif happened is Happened.TRAPPED and (moved := added_to_sepc(mistake)):
        hint, values = "sepc", {"added": str(moved)}
    elif happened is Happened.CALLED and reflected:
        hint = "sbi"
    elif reflected and needs_the_word(exit):
        hint = "tval"
    elif reflected and exit.insn is not None and exit.insn.csr == "time":
        hint = "rdtime"
    elif reflected:
        hint = "emulate"
    elif exit.insn is not None and exit.insn.name == "sret":
        hint = "sret"
    elif isinstance(decision, Resume) and (hidden := hidden_bits(mistake)):
        hint, values = "warl", hidden
    elif mistake.differences:
        values |= {"what": mistake.differences[0][0]}
    else:
        values |= {"what": "decision"}
    return Finding(name, False, hint, values, expected, found, str(exit))


def needs_the_word(exit: Exit) -> bool:
    """The hart did not say in tval which instruction it was."""
    return exit.trap.cause == ILLEGAL_INSTRUCTION and exit.trap.tval == 0


def said(mistake: Mistake) -> tuple[str, str]:
    """The first difference, or the decision: what was expected, and what was found."""
    decided = type(mistake.decision).__name__
    if mistake.happened is None:
        return "v.pc behind the instruction", f"v.pc = gva {mistake.exit.trap.epc:#x}"
    if mistake.happened is Happened.CALLED and isinstance(mistake.decision, Reflect):
        return "SbiCall", decided
    if mistake.happened is Happened.TRAPPED and not isinstance(mistake.decision, Reflect):
        return f"Reflect, cause {mistake.exit.trap.cause}", decided
    if mistake.happened is not Happened.TRAPPED and isinstance(mistake.decision, Reflect):
        return "Idle" if mistake.happened is Happened.WAITS else "Resume", decided
    if not mistake.differences:
        return "Resume", decided
    what, expected, found = mistake.differences[0]
    if what == "mode":
        return f"virtual mode {Mode(expected).name}", Mode(found).name
    kind = " = gva" if what in ("pc", "sepc", "stvec") else " ="
    return f"{what}{kind} {expected:#x}", f"{found:#x}"


def added_to_sepc(mistake: Mistake) -> int:
    """How far a reflected trap was moved from its instruction."""
    for what, expected, found in mistake.differences:
        if what == "sepc":
            return found - expected
    return 0


def hidden_bits(mistake: Mistake) -> dict[str, str]:
    """Bits of a CSR that no write reaches, and that an instruction has written."""
    insn = mistake.exit.insn
    for what, expected, found in mistake.differences:
        stored = (expected ^ found) & ~WRITABLE.get(what, -1)
        if stored and insn is not None and insn.csr == what:
            return {"csr": what, "bits": f"{stored:#x}"}
    return {}
