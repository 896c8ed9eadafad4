"""Which engine runs a machine: a tier by name, or the fastest that this host can run."""

from __future__ import annotations

from vmlab.core.errors import BadInput, Unsupported
from vmlab.engine.api import ENGINES, Engine
from vmlab.engine.reference import Reference
from vmlab.machine.arena import Arena
from vmlab.machine.platform import Machine


def why_not_t1() -> str | None:
    """Why T1 cannot run here; None if it can."""
    return "the WebAssembly interpreter is not built"


def new_arena(ram_bytes: int) -> Arena:
    """The bytes of a machine, where every tier that runs here can use them."""
    return Arena(ram_bytes)


def make_engine(machine: Machine, name: str = "auto") -> Engine:
    """An engine on this machine. Raises `Unsupported` for a tier that cannot run here; `auto`
    always finds one."""
    if name not in ENGINES:
        raise BadInput(f"expected an engine of {', '.join(ENGINES)}, found {name!r}")
    reason = why_not_t1()
    if name == "t1" and reason is not None:
        raise Unsupported(f"engine t1 cannot run here: {reason}")
    return Reference(machine)
