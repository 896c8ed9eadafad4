"""As whom memory is accessed: an *actor* is a mode and V, and whether hlvx asks.

    bit 3         bit 2    bits 1:0
    execute for   V        mode
    read (hlvx)

The bit of a target mode in the word `intercepts` is numbered in the same way.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.isa.lang import Kit, Value
from vmlab.isa.state import MODE, VIRTUAL

HLVX: Final = 8
"""The actor's bit that makes a load need execute permission in place of read permission."""
_V: Final = VIRTUAL_ACTOR.bit_length() - 1


def actor_of(mode: Value, virtual: Value) -> Value:
    """A mode, and V as a word."""
    return mode | (virtual << _V)


def current(k: Kit) -> Value:
    """Who the hart is now."""
    return actor_of(k[MODE], k[VIRTUAL])


def mode_of(actor: Value) -> Value:
    return actor.bits(1, 0)


def is_virtual(actor: Value) -> Value:
    """True if V is 1."""
    return actor.any(VIRTUAL_ACTOR)


def is_hlvx(actor: Value) -> Value:
    return actor.any(HLVX)
