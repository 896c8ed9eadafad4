"""The same guest under every technique of the table that runs it as it is, and bare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vmlab.core.units import MIB
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.techniques import TECHNIQUES, Profile

BOARD: Final = guest_platform(MIB)
NATIVE: Final = [name for name, row in TECHNIQUES.items() if Profile.NATIVE in row.profiles]
"""Techniques that run a guest that was built for the bare machine."""
MONITORS: Final = [name for name in NATIVE if name != "bare"]
DIVIDING: Final = [name for name in NATIVE if TECHNIQUES[name].divides]


def alone(technique: str, payload: Payload, engine: str = "auto") -> Subject:
    """One guest under a technique."""
    return TECHNIQUES[technique].alone(BOARD, payload, engine)


def together(technique: str, *payloads: Payload) -> tuple[Subject, ...]:
    """Guests side by side on one hart."""
    return TECHNIQUES[technique].start([(BOARD, payload) for payload in payloads], "auto")


def facts(subject: Subject) -> tuple[object, ...]:
    """All that must not depend on the technique."""
    subject.settle()
    return (
        subject.state,
        subject.why,
        bytes(subject.output),
        subject.hart.retired,
        subject.hart.time,
        subject.machine.state_hash(),
    )


def in_step(technique: str, payload: Payload, budgets: Iterable[int]) -> Subject:
    """Run a guest bare and under a technique by these budgets: both stand alike after each. What
    the technique's ended as."""
    bare, subject = alone("bare", payload), alone(technique, payload)
    for budget in budgets:
        if not subject.runnable:
            break
        bare.run(budget)
        subject.run(budget)
        assert facts(subject) == facts(bare)
    return subject
