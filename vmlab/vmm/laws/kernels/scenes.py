"""Scenes: several looks at one page, with one thing changed between them.

Most of what a monitor remembers wrongly shows only so: what was filled with SUM set serves when it
is clear, a fence reached one table of three, a piece of a superpage was left behind.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.layouts import MSTATUS, PTE
from vmlab.machine import memmap
from vmlab.vmm.laws.kernels import operations as ops
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.operations import How, Operation, Slot, Step
from vmlab.vmm.laws.kernels.places import LANDING, PAGES, Place, Region

if TYPE_CHECKING:
    from vmlab.vmm.laws.kernels.generator import Generator


Look = ops.InKernel | ops.InUser


class Turn(Enum):
    """What changes between two looks."""

    SUM = "SUM is set or cleared"
    MXR = "MXR is set or cleared"
    EDIT = "the entry gets other permissions, or another page"
    SWITCH = "the other space"
    AWAY = "an entry of the other space, from here; then the other space"
    BORROW = "this space under the number of the other"


_SV39: Final = tables.FORMAT_NUMBERS[0]
_SLOTS: Final = (
    *((Region.WINDOW, Slot.WINDOW),) * 2,
    *((Region.MEGA, Slot.MEGA),) * 2,
    (Region.GIGA, Slot.GIGA),
)
_MODES: Final = {
    Turn.SUM: (("R", "W", "U"), ("R", "W", "X", "U")),
    Turn.MXR: (("X",), ("X", "U"), ("R", "X", "U")),
    Turn.EDIT: (("R", "W"), ("R", "W", "X"), ("R",)),
}
"""The permissions with which a turn makes a difference."""
_LOOKS: Final = {Turn.SUM: (How.LOAD, How.STORE, How.ADD), Turn.MXR: (How.LOAD, How.LOAD_BYTE)}
_ANY_LOOK: Final = (How.LOAD, How.LOAD, How.STORE, How.ADD, How.FETCH)
_LEAVES: Final = (("R", "W", "X"), ("R", "W"), ("R", "X"), ("R",), ("X",))


def scene(draw: Generator) -> tuple[Operation, ...]:
    """One scene."""
    region, slot = draw.one_of(_SLOTS)
    about = draw.one_of((*Turn, Turn.EDIT))
    page, space = draw.page(), draw.random.randrange(tables.SPACES)
    flags = {Turn.SUM: draw.odds(2), Turn.MXR: draw.odds(2)}
    made: list[Operation] = [
        ops.Switch(space, _SV39),
        *(_flag(which, on) for which, on in flags.items()),
        *(_entry(draw, each, slot, page, about) for each in range(tables.SPACES)),
    ]
    look = _look(draw, region, page, about)
    made += look
    for _ in range(draw.random.randrange(2, 6)):
        turn = draw.one_of(tuple(Turn)) if draw.odds(3) else about
        match turn:
            case Turn.SUM | Turn.MXR:
                flags[turn] = not flags[turn]
                made.append(_flag(turn, flags[turn]))
            case Turn.EDIT:
                made.append(_entry(draw, 1 - space if draw.odds(4) else space, slot, page, about))
            case Turn.SWITCH:
                space = 1 - space
                made.append(ops.Switch(space, _SV39))
            case Turn.AWAY:
                other = 1 - space
                made += (ops.Switch(other, _SV39), *look, ops.Switch(space, _SV39))
                made += (_entry(draw, other, slot, page, about), ops.Switch(other, _SV39))
                space = other
            case Turn.BORROW:
                steps = look[0].steps
                made += (ops.Switch(1 - space, _SV39), ops.InKernel(steps))
                made += (ops.ReuseAsid(space, steps), ops.Switch(space, _SV39))
        made += _look(draw, region, page, about) if draw.odds(4) else look
    return tuple(made)


def _flag(turn: Turn, on: bool) -> Operation:
    return ops.SetBits(MSTATUS.mask(turn.name), on)


def _look(draw: Generator, region: Region, page: int, about: Turn) -> tuple[Look, ...]:
    """S and U, or one of them, try the page; behind a superpage, another page of it first."""
    how = draw.one_of(_LOOKS.get(about, _ANY_LOOK))
    offset = LANDING if how is How.FETCH else draw.offset(8) & ~7
    steps: list[Step] = [ops.Touch(how, Place(region, page, offset), draw.value())]
    if region is not Region.WINDOW:
        steps.insert(0, ops.Touch(how, Place(region, draw.page(), offset), draw.value()))
    kernel, user = ops.InKernel(tuple(steps)), ops.InUser(tuple(steps), True)
    return draw.one_of(((kernel,), (user,), (kernel, user), (user, kernel)))


def _entry(draw: Generator, space: int, slot: Slot, page: int, about: Turn) -> Operation:
    """A leaf that maps, for some accesses."""
    bits = PTE.mask("V", *draw.one_of(_MODES.get(about, _LEAVES)))
    for name in ("U", "A", "D"):
        bits |= PTE.mask(name) * draw.odds(2)
    fence = draw.one_of(tuple(ops.Fence))
    match slot:
        case Slot.MEGA:
            entry = tables.pte(PAGES, bits)
            fence = ops.Fence.ALL if draw.splits else fence
        case Slot.GIGA:
            entry = tables.pte(memmap.RAM, bits)
        case _:
            target = page if draw.odds(2) else draw.page()
            entry = tables.pte(PAGES + target * PAGE_SIZE_BYTES, bits)
    return ops.EditTable(space, slot, page if slot is Slot.WINDOW else 0, entry, fence)
