"""What a run amounts to, as JSON can hold it: the contract `vmlab/stats/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from vmlab.session.session import Session

SCHEMA: Final = "vmlab/stats/1"


def _virtual(session: Session) -> dict[str, object]:
    """Under a technique: which, and all that its monitor counts."""
    name = session.setup.technique
    return {} if name is None else {"technique": name, "counters": session.counter_rows()}


def _translation(session: Session) -> dict[str, object]:
    """Where hot pages were translated: how many, and how often that served. Depends on the host:
    it compiles beside the run."""
    counted = asdict(session.translations().counters)
    return {"translation": counted} if counted["units_translated"] else {}


def stats(
    session: Session, wall_s: float, reason: str | None = None, began: int = 0
) -> dict[str, object]:
    """Counts of the whole run, its speed, why it stopped, and the hash of its state.

    `wall_s` is the host time that the run took from the position `began` on; the session itself
    knows no clock. `reason` is why the caller stopped it, if it was the caller. Addresses are
    hexadecimal strings: a JSON reader may keep numbers as floats, which lose bits above 2**53.
    Reads all of RAM, for the hash.
    """
    stop = session.stop
    return {
        "schema": SCHEMA,
        "guest": session.setup.name,
        "retired": session.position,
        "virtual_time": session.machine.hart.virtual_time,
        "traps": session.trap_counts,
        "wall_s": round(wall_s, 6),
        "mips": round((session.position - began) / wall_s / 1e6, 3) if wall_s > 0 else 0.0,
        "engine": session.tier,
        "isa": session.setup.platform.isa,
        **_virtual(session),
        **_translation(session),
        "stop": {
            "reason": reason or (stop.reason.value if stop else "step"),
            "pc": f"{session.machine.hart.pc:#x}",
            "code": stop.code if stop else 0,
        },
        "state_hash": session.state_hash(),
    }
