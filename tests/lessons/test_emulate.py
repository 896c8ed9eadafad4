"""Lesson 5 and its exercise: a student's `handle` for a guest that runs in U."""

from __future__ import annotations

import inspect
import re

import pytest

from tests.lessons.cells import ROOT, check_lesson
from tests.lessons.common import Checks, load, remote, text, verdict
from vmlab.core.modes import Mode
from vmlab.course.harness.deprivileged import Deprivileged
from vmlab.course.harness.emulating import Run
from vmlab.course.harness.small_kernels import Theme, board, small_kernel
from vmlab.course.lesson import find_lesson
from vmlab.course.student import Failed, InProcess, Wrong
from vmlab.isa.state import FIELDS
from vmlab.lab.decoding import decode
from vmlab.lab.emulating import WRITABLE
from vmlab.lab.words import GVA, Fault
from vmlab.machine import memmap
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.smallest import monitor


class TestEmulate(Checks):
    slug = "emulate"
    terms = frozenset(
        {"Resume", "Reflect", "SbiCall", "Idle"} | {theme.name.lower() for theme in Theme}
        | {"zero", "rdtime", "csrr", "csrw", "csrs", "csrc", "csrwi", "csrsi", "csrci"}
    )  # fmt: skip
    seeds = (1, 2, 3)
    mutant_seeds = (1, 2)


def test_the_lesson_shows_what_it_says() -> None:
    check_lesson("trap-and-emulate")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lesson_quotes_the_smallest_monitor(language: str) -> None:
    prose = find_lesson("trap-and-emulate", ROOT / "lessons").path(language).read_text("utf-8")
    quoted = re.findall(r"^```python\n(.*?)^```$", prose, re.MULTILINE | re.DOTALL)
    assert len(quoted) == 1
    assert quoted[0] in inspect.getsource(monitor)


@pytest.mark.parametrize("name", WRITABLE)
def test_what_can_be_written_is_what_the_hart_lets_be_written(name: str) -> None:
    """`WRITABLE` says to students what the description says of this hart."""
    hart = BareMachine(board(), small_kernel(Theme.CSRS, 1).payload, "t0").hart
    floating = 3 << 13  # FS, which no guest of ours touches
    seen = 0
    if WRITABLE[name]:
        for value in (0, (1 << 64) - 1 & ~(floating if name == "sstatus" else 0)):
            hart.csr_write(name, value)
            seen ^= hart.csr_read(name)
    assert seen == WRITABLE[name]


@pytest.mark.parametrize("theme", Theme)
def test_a_theme_is_about_what_it_says(theme: Theme) -> None:
    """Kernels without traps take none: so a property says what fails, and not what else would."""
    guest = small_kernel(theme, 5)
    bare = BareMachine(board(), guest.payload, "t0")
    assert bare.run(100_000, frozenset({guest.end}))
    quiet = theme in (Theme.CSRS, Theme.RETURNS, Theme.FIRMWARE)
    assert (bare.hart.words[FIELDS["traps"].slot] == 0) is quiet
    assert (bare.firmware_calls > 0) is (theme in (Theme.FIRMWARE, Theme.TIME, Theme.ALL))


def test_all_forms_of_a_csr_instruction_come_in_two_programs() -> None:
    words = [small_kernel(Theme.CSRS, number).payload.segments[0][1] for number in (2, 3)]
    found = [decode(int.from_bytes(text[at : at + 4], "little"))
             for text in words for at in range(0, len(text), 4)]  # fmt: skip
    forms = {(one.name, one.csr) for one in found if one and one.csr}
    usual = {name for _, name in forms}
    assert {"sstatus", "sie", "sip", "stvec", "sscratch", "sepc", "scause", "stval"} <= usual
    assert len({name for name, _ in forms}) == 6


MISFITS = {
    "a register file that is too short": "v.x = v.x[:5]",
    "a register that is no number": "v.x[3] = None",
    "a mode that is none": "v.mode = 7",
    "no pc": "v.pc = 1.5",
    "a CSR too many": 'v.csrs["mstatus"] = 1',
    "no memory": "v.memory = None",
}


@pytest.mark.parametrize("where", ["here", "remote"])
@pytest.mark.parametrize("change", MISFITS.values(), ids=MISFITS)
def test_what_is_no_hart_is_refused(change: str, where: str) -> None:
    exercise = load("emulate")
    source = f"from vmlab.lab import *\ndef handle(t, v):\n    {change}\n    return Resume()\n"
    guest = small_kernel(Theme.CSRS, 1)
    if where == "here":
        with pytest.raises(Wrong, match="expected handle to return one of the exercise's values"):
            Run(InProcess.of(source, exercise.names), guest).run()
        return
    with remote(exercise, source) as student, pytest.raises((Wrong, Failed)):
        Run(student, guest).run()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("Resume()", "again"),
        ("Idle()", "decision"),
        ("SbiCall()", "decision"),
        ("Reflect(t.cause, t.tval)", "emulate"),
        ("Reflect(1 << 70, -1)", "emulate"),
    ],
)
def test_one_answer_for_all_is_told_what_it_lacks(answer: str, hint: str) -> None:
    exercise = load("emulate")
    source = f"from vmlab.lab import *\ndef handle(t, v): return {answer}\n"
    found = verdict(exercise, source, 1)
    failed = found.first_failure
    assert failed is not None
    assert (failed.hint, found.score) == (hint, 0)


def test_a_guest_can_be_fetched_from_and_no_other_memory() -> None:
    guest = Deprivileged(board(), small_kernel(Theme.CSRS, 1).payload)
    assert isinstance(guest.memory.fetch(GVA(memmap.RAM)), int)
    for outside in (0, memmap.RAM + 1, memmap.RAM + board().ram_bytes, 1 << 63, -2):
        fault = guest.memory.fetch(GVA(outside))
        assert isinstance(fault, Fault)
        assert fault.tval == outside


def test_real_registers_are_the_monitors() -> None:
    """What a student may reach of the real hart is there, and differs from the guest's."""
    solution = InProcess.of(text(load("emulate"), "solution.py"), ("handle",))
    run = Run(solution, small_kernel(Theme.ALL, 1))
    outcome = run.run()
    assert outcome.ended
    assert outcome.exits == outcome.needed
    there = run._there
    assert {name: there.hart.csr_read(name) for name in there.reals} == there.reals
    assert there.reals["stvec"] != there.csrs["stvec"]
    assert there.machine.hart.mode is Mode.U


SPOILT = """
from random import Random

_random, _count = Random({seed}), [{seed} * 139 % 1050]
_sound = handle

def handle(t, v):
    decision = _sound(t, v)
    _count[0] -= 1
    if _count[0] != 0:
        return decision
    register = _random.randrange(1, 32)
    name = _random.choice(sorted(set(v.csrs) - {{"sip"}}))
    # Reflecting writes over most CSRs: what was there is gone on every machine.
    match _random.choice((0, 2, 3, 4, 5) if isinstance(decision, Reflect) else range(6)):
        case 0: v.x[register] ^= 1 << _random.randrange(64)
        case 1: v.csrs[name] ^= 1 << _random.randrange(64)
        case 2: v.pc += 2
        case 3: v.mode = Mode.U if v.mode is Mode.S else Mode.S
        case 4: v.reals[_random.choice(sorted(v.reals))] += 1
        case _:
            others = [SbiCall(), Idle(), Resume(), Reflect(2, t.tval)]
            decision = _random.choice([one for one in others if type(one) is not type(decision)])
    return decision
"""


OFTEN = [
    seed if seed <= 10 else pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 201)
]


@pytest.mark.parametrize("seed", OFTEN)
def test_one_thing_done_wrong_once_is_noticed(seed: int) -> None:
    """Whatever it is, it is the program's failure and not the grader's."""
    exercise = load("emulate")
    source = text(exercise, "solution.py") + SPOILT.format(seed=seed)
    assert not verdict(exercise, source, 1).passed
