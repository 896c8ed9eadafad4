"""A part of the DEC PDP-10 (KA10): executive and user mode, the flags of the PC word, JRST and I/O.

Popek and Goldberg's example. JRST 1 enters user mode; in user mode it only jumps, and does not
trap. JRSTF restores flags and may enter user mode, but never leaves it. JSP and PUSHJ store the PC
word, whose bit 5 says which mode it is: they tell the mode. None of that hurts user code that runs
in user mode, so the condition of theorem 3 holds.

The model's choices: user mode with user I/O off; of the flags, overflow and USER, numbered as bits
of our own word; a trapped instruction (an MUUO) is a trap; DATAO APR sets base and bound.
"""

from __future__ import annotations

from vmlab.isa.lang import Value
from vmlab.vmm.popek_goldberg.models.describe import BOUND, CALL, USER, Kit, Model

pdp10 = Model(
    "pdp10",
    "DEC PDP-10, KA10 (a subset)",
    "Executive against user mode, user I/O off.",
    registers=("ac0", "ac1", "overflow"),
    owned={
        "device": (0, 1, 0x105),
        "conditions": (0, 8, 0x200),
        "interrupts": (0, 1),
        "halted": (0,),
    },
    modes=("executive", "user"),
    ranges={"overflow": (0, 1)},
)
R, OVERFLOW = pdp10.R, pdp10["overflow"]
DEVICE, CONDITIONS = pdp10["device"], pdp10["conditions"]
INTERRUPTS, HALTED = pdp10["interrupts"], pdp10["halted"]

_OVERFLOW_AT = 35
_USER_AT = 30
"""Bits 0 and 5 of the PC word, which the PDP-10 counts from the left of 36."""


def pc_word(k: Kit) -> Value:
    """Flags in the left half, the next address in the right."""
    flags = (k[OVERFLOW] & 1) << _OVERFLOW_AT | k.in_user().word() << _USER_AT
    return flags | k.next_pc


# For every program -------------------------------------------------------------------------------


@pdp10.instruction("move")
def move(k: Kit, r: Value, a: Value) -> None:
    """AC := E[a]"""
    k[R, r] = k[k.at(a)]


@pdp10.instruction("movem")
def movem(k: Kit, r: Value, a: Value) -> None:
    """E[a] := AC"""
    k[k.at(a)] = k[R, r]


@pdp10.instruction("add")
def add(k: Kit, r: Value, a: Value) -> None:
    """AC := AC + E[a]; overflow stays set until somebody clears it."""
    total = k[R, r] + k[k.at(a)]
    k[R, r] = total
    with k.when((total >> 12).any(1)):
        k[OVERFLOW] = 1


@pdp10.instruction("jumpe")
def jumpe(k: Kit, r: Value, a: Value) -> None:
    """Jump if AC is 0."""
    with k.when(k[R, r].eq(0)):
        k.go(a)


@pdp10.instruction("jsp")
def jsp(k: Kit, r: Value, a: Value) -> None:
    """AC := the PC word; jump."""
    k[R, r] = pc_word(k)
    k.go(a)


@pdp10.instruction("pushj")
def pushj(k: Kit, r: Value, a: Value) -> None:
    """Push the PC word on the stack that AC points to; jump."""
    top = k[R, r] + 1
    place = k.at(top)
    word = pc_word(k)
    k[place] = word
    k[R, r] = top
    k.go(a)


@pdp10.instruction("muuo")
def muuo(k: Kit, r: Value, a: Value) -> None:
    """An operation code that calls the monitor: a trap in either mode."""
    k.trap(CALL, a)


# JRST, by the number in its AC field ------------------------------------------------------------


@pdp10.instruction("jrst")
def jrst(k: Kit, r: Value, a: Value) -> None:
    """JRST 0: jump."""
    k.go(a)


@pdp10.instruction("jrst 1")
def jrst_1(k: Kit, r: Value, a: Value) -> None:
    """Jump and enter user mode: in user mode, a jump."""
    k[pdp10.mode] = USER
    k.go(a)


@pdp10.instruction("jrst 2")
def jrstf(k: Kit, r: Value, a: Value) -> None:
    """JRSTF: jump and restore the flags from AC. USER can be set so and not cleared."""
    flags = k[R, r]
    k[OVERFLOW] = flags & 1
    with k.when(flags.any(2)):
        k[pdp10.mode] = USER
    k.go(a)


@pdp10.instruction("jrst 4")
def halt(k: Kit, r: Value, a: Value) -> None:
    """HALT"""
    k.supervisor_only()
    k[HALTED] = 1
    k.go(a)


@pdp10.instruction("jrst 10")
def jen(k: Kit, r: Value, a: Value) -> None:
    """JEN: dismiss the interrupt being served (channel on again) and jump."""
    k.supervisor_only()
    k[INTERRUPTS] = 1
    k.go(a)


# Input and output --------------------------------------------------------------------------------


@pdp10.instruction("cono")
def cono(k: Kit, r: Value, a: Value) -> None:
    """Conditions out."""
    k.supervisor_only()
    k[CONDITIONS] = a


@pdp10.instruction("coni")
def coni(k: Kit, r: Value, a: Value) -> None:
    """Conditions in."""
    k.supervisor_only()
    k[k.at(a)] = k[CONDITIONS]


@pdp10.instruction("datao")
def datao(k: Kit, r: Value, a: Value) -> None:
    """Data out."""
    k.supervisor_only()
    k[DEVICE] = k[k.at(a)]


@pdp10.instruction("datai")
def datai(k: Kit, r: Value, a: Value) -> None:
    """Data in."""
    k.supervisor_only()
    k[k.at(a)] = k[DEVICE]


@pdp10.instruction("datao apr")
def datao_apr(k: Kit, r: Value, a: Value) -> None:
    """Data out to the processor itself: the protection and relocation registers."""
    k.supervisor_only()
    k[pdp10.base] = k[k.at(a)] & 7
    k[pdp10.bound] = BOUND
