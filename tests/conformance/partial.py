"""What Spike leaves of a store that faults in its second page (`freedoms.PARTIAL_STORE`)."""

from __future__ import annotations

from typing import Final

from tests.conformance.image import RAM_BASE, RAM_BYTES
from tests.conformance.spike import Step
from vmlab.core.bits import MASK64
from vmlab.core.events import Access
from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.derive.decoder import decode
from vmlab.engine.api import Engine
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.reference import Reference
from vmlab.isa.encoding import decode_fields
from vmlab.isa.layouts import HSTATUS
from vmlab.isa.state import F
from vmlab.machine.platform import Machine

PAGE: Final = 4096
SP: Final = 2
FAULTS: Final = tuple(f"trap_store_{what}_fault" for what in ("page", "access", "guest_page"))
SIZES: Final = {"h": 2, "w": 4, "d": 8}


def partial_store(machine: Machine, engine: Engine, step: Step) -> tuple[int, bytes] | None:
    """The physical address and the bytes that Spike has written, before the trap is taken; None
    for any other trap."""
    instruction = None if step.insn is None else decode(step.insn)
    if step.trap not in FAULTS or instruction is None or step.insn is None:
        return None
    name = instruction.name.removeprefix("c.").removesuffix("sp").removeprefix("f")
    foreign = name.startswith("hsv")
    name = name.replace("hsv.", "s")
    size = SIZES.get(name[1:]) if name[0] == "s" else None
    if size is None or machine.platform.misaligned != "done":
        return None
    fields = decode_fields(instruction, step.insn)
    x = machine.hart.x
    va = x[fields.get("rs1", SP)] + fields.get("imm", fields.get("uimm", 0)) & MASK64
    first = PAGE - va % PAGE
    if first >= size or step.tval != va + first & MASK64:
        return None
    pa = _guest_place(machine, engine, va) if foreign else engine.peek(va, Access.STORE)
    if pa is None or not RAM_BASE <= pa <= RAM_BASE + RAM_BYTES - first:
        return None
    stored = machine.arena.words[F.slot + fields["frs2"]] if "frs2" in fields else x[fields["rs2"]]
    return pa, stored.to_bytes(8, "little")[:first]


def _guest_place(machine: Machine, engine: Engine, va: int) -> int | None:
    """Where hsv stores."""
    actor = VIRTUAL_ACTOR | HSTATUS["SPVP"].of(machine.hart.word("hstatus"))
    assert isinstance(engine, Reference | Interpreter)
    cause, page, *_ = engine.kernel("walk")(va, Access.STORE, actor, 0)
    return None if cause else page | va % PAGE
