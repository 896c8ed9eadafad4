"""Snapshots for tests of the views, small enough to read in full."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS
from vmlab.session.snapshot import CodeLine, Registers, Snapshot, Status

BASE = 0x8000_0000


def registers(
    mode: Mode = Mode.M,
    pc: int = BASE,
    x: dict[int, int] | None = None,
    f: tuple[int, ...] = (),
    **csrs: int,
) -> Registers:
    """Registers that are zero but for those named."""
    values = tuple((x or {}).get(number, 0) for number in range(32))
    return Registers(mode, pc, values, dict.fromkeys(CSRS, 0) | csrs, f)


def snapshot(word: int = 0x13, **changes: Any) -> Snapshot:
    """A machine at reset whose next instruction is `word`; any field replaced."""
    now = changes.pop("now", registers())
    line = CodeLine(now.pc, word, 4, "nop")
    made = Snapshot(
        version=0,
        status=Status.PAUSED,
        stop=None,
        guest="test",
        isa="rv64im",
        engine="t0",
        position=0,
        virtual_time=0,
        recorded=0,
        now=now,
        before=None,
        traps=(),
        walk=None,
        console=b"",
        code=(line,),
        breakpoints=frozenset(),
        symbols={},
        counters={},
    )
    return replace(made, **changes)
