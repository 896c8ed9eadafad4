"""Equivalence: the guest under a monitor and on the bare machine, in step.

Guest time is exact: a guest's clock counts its own instructions and its own idle time, on the bare
machine and under every monitor. So Popek and Goldberg's "timing aside" is not needed: after the
same number of instructions *every* word must be the same, the clock included. The homomorphism is
`Subject.settle`; it is applied at checkpoints, and where two states differ, both runs are done
again, to the first instruction behind which they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import Access
from vmlab.core.modes import mode_name
from vmlab.core.units import PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.derive.decoder import size_of
from vmlab.derive.disasm import disassemble
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.laws.differences import Difference, differences

Start = Callable[[], Subject]
"""Makes a fresh one: every run of it is the same."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where two runs of one guest part."""

    guest: str
    count: int
    """The first count of instructions after which the states differ."""
    instruction: str
    """What was carried out there: mode, virtual address, text."""
    found: tuple[Difference, ...]
    told: str = ""
    """What else there is to say."""

    def __str__(self) -> str:
        lines = [f"{self.guest}: instruction {self.count:,}, {self.instruction}"]
        lines += [f"  {one}" for one in self.found]
        return "\n".join(lines + ([f"  {self.told}"] if self.told else []))


def strides(seed: int, shortest: int, longest: int) -> Iterator[int]:
    """How many instructions to the next checkpoint, for ever."""
    random = Random(seed)
    while True:
        yield random.randrange(shortest, longest)


class Pair:
    """Both runs of one guest, at the same count."""

    def __init__(self, bare: Start, subject: Start) -> None:
        self.bare, self.subject = bare(), subject()
        self.broken = ""
        """What the monitor said when it gave up."""

    def run_to(self, count: int) -> None:
        """On to this count of the guest's instructions, or to its end."""
        for one in (self.bare, self.subject):
            left = count - one.hart.retired
            if left > 0 and one.runnable:
                try:
                    one.run(left)
                except BrokenInvariant as error:
                    if one is self.bare:
                        raise
                    self.broken = str(error)
            one.settle()

    @property
    def same(self) -> bool:
        """True if a guest could not tell which of the two it is on."""
        bare, subject = self.bare, self.subject
        return (
            not self.broken
            and bare.state is subject.state
            and bare.hart.retired == subject.hart.retired
            and bare.output == subject.output
            and bare.machine.state_hash() == subject.machine.state_hash()
        )

    def differences(self) -> tuple[Difference, ...]:
        """What is not the same."""
        bare, subject = self.bare, self.subject
        found = list(differences(bare.machine, subject.machine))
        if bare.state is not subject.state:
            found.append(Difference("the machine is", bare.state.value, subject.state.value))
        if bare.output != subject.output:
            found.append(
                Difference("it printed", repr(bytes(bare.output)), repr(bytes(subject.output)))
            )
        return tuple(found)


def compare(
    guest: str, bare: Start, subject: Start, most: int, strides: Iterator[int]
) -> Divergence | None:
    """Run both to the guest's end, or for `most` instructions; None if they were the same at
    every checkpoint."""
    pair = Pair(bare, subject)
    passed: list[int] = []
    count = 0
    while pair.bare.runnable and count < most:
        count = min(most, count + next(strides))
        pair.run_to(count)
        if not pair.same:
            return _first(guest, bare, subject, passed, count, pair)
        passed.append(count)
    return None


def _first(
    guest: str, bare: Start, subject: Start, passed: Sequence[int], bad: int, seen: Pair
) -> Divergence:
    """Between the last checkpoint that was passed and the one that was not: the first count at
    which the states differ."""

    def again(count: int) -> Pair:
        pair = Pair(bare, subject)
        for checkpoint in passed:
            pair.run_to(checkpoint)
        pair.run_to(count)
        return pair

    good = passed[-1] if passed else 0
    shown = seen
    while bad - good > 1:
        middle = (good + bad) // 2
        pair = again(middle)
        if pair.same:
            good = middle
        else:
            bad, shown = middle, pair
    told = shown.broken and f"the monitor gave up: {shown.broken}"
    found = shown.differences()
    return Divergence(guest, bad, _instruction(again(good).bare), found, told)


def _instruction(at: Subject) -> str:
    """What a machine is about to carry out. The machine is of no use afterwards."""
    hart = at.machine.hart
    where = f"{mode_name(hart.mode)} at va {hart.pc:#x}"
    cause, page, _, _ = at.hart.walk(hart.pc, Access.FETCH)
    offset = hart.pc & PAGE_OFFSET
    if cause:
        return f"{where}, a fetch that faults"
    if not at.machine.dma.holds(page, PAGE_SIZE_BYTES):
        return f"{where}, a fetch that finds no memory at pa {page:#x}"
    data = at.machine.read(page + offset, min(4, PAGE_SIZE_BYTES - offset))
    word = int.from_bytes(data, "little")
    if len(data) < size_of(word):
        return f"{where}, an instruction that goes on in the next page"
    return f"{where}, {disassemble(word & (1 << 8 * size_of(word)) - 1, hart.pc)}"
