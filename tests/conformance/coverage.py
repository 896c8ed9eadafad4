"""What a set of runs has shown, told from Spike's side of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.conformance.lockstep import cause_of
from tests.conformance.spike import Step
from vmlab.core.modes import Mode
from vmlab.derive.decoder import decode
from vmlab.isa.causes import (
    EXCEPTIONS,
    GUEST_EXTERNAL,
    INTERRUPT_BIT,
    INTERRUPTS,
    MACHINE_EXTERNAL,
)
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import decode_fields
from vmlab.isa.table import INSTRUCTIONS


@dataclass
class Coverage:
    """Counts over all steps that were added."""

    instructions: Counter[str] = field(default_factory=Counter)
    csrs_read: Counter[str] = field(default_factory=Counter)
    csrs_written: Counter[str] = field(default_factory=Counter)
    csrs_refused: Counter[str] = field(default_factory=Counter)
    traps: Counter[tuple[int, Mode]] = field(default_factory=Counter)
    """By cause, with the interrupt bit, and the mode that the trap went to."""
    steps: int = 0

    def add(self, steps: Sequence[Step]) -> None:
        """Count one run."""
        self.steps += len(steps)
        for step, following in pairwise(steps):
            instruction = None if step.insn is None else decode(step.insn)
            if step.trap:
                self.traps[cause_of(step.trap), Mode(following.mode)] += 1
            elif instruction is not None:
                self.instructions[instruction.name] += 1
            if instruction is not None and step.insn is not None:
                self._csr(decode_fields(instruction, step.insn), instruction.name, bool(step.trap))

    def _csr(self, fields: dict[str, int], name: str, refused: bool) -> None:
        csr = BY_NUMBER.get(fields.get("csr", -1))
        if csr is None:
            return
        if refused:
            self.csrs_refused[csr.name] += 1
            return
        self.csrs_read[csr.name] += 1
        source = fields.get("rs1", fields.get("uimm", 0))
        if name in ("csrrw", "csrrwi") or source:
            self.csrs_written[csr.name] += 1

    def missing(self, unwritten: Iterable[str]) -> list[str]:
        """What the description has and no step has shown."""
        gaps = [f"instruction {i.name}" for i in INSTRUCTIONS if self._never_retires(i.name)]
        for csr in CSRS.values():
            if csr.name not in self.csrs_read:
                gaps.append(f"read of {csr.name}")
            if (
                csr.name not in self.csrs_written
                and not csr.is_read_only
                and csr.name not in unwritten
            ):
                gaps.append(f"write of {csr.name}")
            if csr.lowest_mode is not Mode.U and csr.name not in self.csrs_refused:
                gaps.append(f"refused access to {csr.name}")
        for number in EXCEPTIONS:
            if not any((number, mode) in self.traps for mode in Mode):
                gaps.append(f"exception {number}")
        for number in set(INTERRUPTS) - {MACHINE_EXTERNAL, GUEST_EXTERNAL}:  # no source here
            if not any((number | INTERRUPT_BIT, mode) in self.traps for mode in Mode):
                gaps.append(f"interrupt {number}")
        return gaps

    def _never_retires(self, name: str) -> bool:
        """They always trap; their causes are counted instead."""
        return name not in self.instructions and name not in ("ecall", "ebreak", "c.ebreak")

    def summary(self) -> str:
        """One line for the end of a test run."""
        return (
            f"{self.steps} steps, {len(self.instructions)} instructions retired, "
            f"{len(self.csrs_read)} CSRs read and {len(self.csrs_written)} written, "
            f"{len(self.traps)} kinds of trap taken {sum(self.traps.values())} times"
        )
