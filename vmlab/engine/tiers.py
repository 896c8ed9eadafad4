"""Which engine runs a machine: a tier by name, or the fastest that this host can run."""

from __future__ import annotations

from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.engine import hosts
from vmlab.engine.api import ENGINES, Engine
from vmlab.engine.effort import chosen
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.reference import Reference
from vmlab.engine.sharedarena import SharedArena
from vmlab.machine.arena import Arena
from vmlab.machine.platform import Machine

STEPS_ON_T0: Final = 64
"""`auto` gives shorter runs to T0: single steps, which pictures follow."""


def why_not_t1() -> str | None:
    """Why T1 cannot run here; None if it can."""
    return hosts.why_not()


def new_arena(ram_bytes: int) -> Arena:
    """The bytes of a machine, where every tier that runs here can use them."""
    host = hosts.find_host()
    return Arena(ram_bytes) if host is None else SharedArena(ram_bytes, host)


def make_engine(machine: Machine, name: str = "auto") -> Engine:
    """An engine on this machine, whose arena is of `new_arena`. Raises `Unsupported` for a tier
    that cannot run here; `auto` always finds one."""
    if name not in ENGINES:
        raise BadInput(f"expected an engine of {', '.join(ENGINES)}, found {name!r}")
    if name == "t0":
        return Reference(machine)
    if isinstance(machine.arena, SharedArena):
        patient = STEPS_ON_T0 if name == "auto" else 0
        return Interpreter(machine, machine.arena, patient, None if name == "t1" else chosen())
    if name != "auto":
        raise Unsupported(f"engine {name} cannot run here: {why_not_t1()}")
    return Reference(machine)
