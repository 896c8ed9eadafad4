"""Checks E04: the guest sees the hart that it would have to itself, and no real one.

Each theme of random kernels is run beside the bare machine, exit by exit. What is about the real
machine is judged over all of these runs, if at least the kernels that write satp came to their end.
"""

from collections.abc import Iterator, Mapping, Sequence

from vmlab.core.modes import Mode
from vmlab.course.exercise import Counter, Finding
from vmlab.course.facts import Said, Told
from vmlab.course.harness.deprivileged import Happened
from vmlab.course.harness.emulating import FITTING, Mistake, Outcome, Run
from vmlab.course.harness.small_kernels import Theme, small_kernel
from vmlab.course.student import Student
from vmlab.isa.causes import ILLEGAL_INSTRUCTION
from vmlab.lab import WRITABLE, Reflect

PROGRAMS = 1
"""For each property of equivalence and each seed: `vmlab grade` takes three seeds."""
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
                Said("real CSR", {"csr": leak.csr, "value": f"{leak.expected:#x}"}),
                f"{leak.found:#x}",
                leak.exit.where,
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
        "Idle" if hint == "idle" else Said("so many exits", {"count": str(needed)}),
        "Resume" if hint == "idle" else Said("so many exits", {"count": str(exits)}),
        exit.where,
        tuple(counters),
    )


def told(name: str, mistake: Mistake) -> Finding:
    """What was done wrong at an exit."""
    expected, found = said(mistake)
    values: dict[str, Told] = {"instruction": mistake.exit.text, "expected": expected}
    hint, more = hint_of(mistake) if mistake.fits else hint_of_decision(mistake)
    values |= {"found": found, **more}
    return Finding(name, False, hint, values, expected, found, mistake.exit.where)


def hint_of_decision(mistake: Mistake) -> tuple[str, Mapping[str, Told]]:
    """Something else was called for: the hint, and what stands in its places."""
    exit, happened = mistake.exit, mistake.happened
    illegal = exit.trap.cause == ILLEGAL_INSTRUCTION
    if happened is None:
        return "again", {}
    if happened is Happened.TRAPPED:
        if exit.mode is Mode.U and illegal:
            return "virtual-u", {}
        return "reflect", {"cause": str(exit.trap.cause)}
    if not isinstance(mistake.decision, Reflect):
        return "decision", {}
    if happened is Happened.CALLED:
        return "sbi", {}
    if illegal and exit.trap.tval == 0:
        return "tval", {}
    if exit.insn is not None and exit.insn.csr == "time":
        return "rdtime", {}
    return "emulate", {}


def hint_of(mistake: Mistake) -> tuple[str, Mapping[str, Told]]:
    """It was done otherwise than on the bare machine: the hint, and what stands in its places."""
    insn = mistake.exit.insn
    if mistake.happened is Happened.TRAPPED and (added := added_to_sepc(mistake)):
        return "sepc", {"added": str(added)}
    if insn is not None and insn.name == "sret":
        return "sret", {}
    if hidden := hidden_bits(mistake):
        return "warl", hidden
    what = mistake.differences[0][0]
    return "differs", {"what": Said(what) if what == "mode" else what}


def said(mistake: Mistake) -> tuple[Told, Told]:
    """The decision or the first difference: what was expected, and what was found."""
    if mistake.happened is None:
        return Said("behind"), f"v.pc = gva {mistake.exit.trap.epc:#x}"
    if not mistake.fits:
        wanted = FITTING[mistake.happened][0]
        called: Told = wanted.__name__
        if wanted is Reflect:
            called = Said("with a cause", {"call": called, "cause": str(mistake.exit.trap.cause)})
        return called, type(mistake.decision).__name__
    what, expected, found = mistake.differences[0]
    if what == "mode":
        return Said("virtual mode", {"mode": Mode(expected).name}), Mode(found).name
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
