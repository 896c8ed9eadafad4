"""What the tests of sessions under a technique share."""

from __future__ import annotations

from typing import Any, Final

import vmlab
from vmlab.session import Session
from vmlab.vmm.techniques import TECHNIQUES

ALL: Final = tuple(TECHNIQUES)
IN_STEP: Final = tuple(name for name, row in TECHNIQUES.items() if not row.build)
"""Techniques whose guest is word for word the bare machine's."""
RAM: Final = "8M"


def nano(technique: str, append: str = "sys 2", **options: Any) -> Session:
    """The teaching kernel under a technique."""
    return vmlab.open("nano", technique=technique, append=append, ram=RAM, **options)


def seen(session: Session) -> dict[str, object]:
    """All that pictures are drawn from, by name."""
    shown = session.snapshot()
    real = shown.virtual
    assert real is not None
    return {
        "state": session.state_hash(),
        "position": (session.position, session.steps),
        "registers": shown.now,
        "traps": shown.traps,
        "trap counts": session.trap_counts,
        "walk": shown.walk,
        "arena counters": shown.counters,
        "console": shown.console,
        "code": shown.code,
        "regions": shown.regions,
        "real": real,
    }


def go(session: Session, step: int) -> None:
    """To a step, back or forward."""
    if step < session.steps:
        session.back(session.steps - step)
    elif step > session.steps:
        session.step(step - session.steps)
    assert session.steps == step
