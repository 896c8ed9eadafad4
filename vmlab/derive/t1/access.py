"""Accesses that the loop hands to the kernels: pages not in its tables, devices, atomics, watches.

Each takes the loop's registers beside its operands, so that pc and the counts in the arena are
those of the instruction while a kernel or a device looks at them, and gives back where pc's page
is now: elsewhere, if the access has changed what may come next.
"""

from __future__ import annotations

from typing import Final

from vmlab.derive.t1.code import clear_alone, nowhere
from vmlab.derive.t1.layout import (
    ATTENTION,
    BETWEEN,
    MAIL_ADDRESS,
    MAIL_ANSWERED,
    MAIL_SIZE,
    MAIL_VALUE,
    REGION_CAUSE,
    REGION_TVAL,
    STOP_AT,
    WATCHES,
)
from vmlab.derive.t1.watching import watch_access
from vmlab.isa.lang import Kernel, Kit, Value, kernel
from vmlab.isa.state import PC, RETIRED
from vmlab.isa.system import atomic, guest, memory
from vmlab.isa.system.walk import LOAD, STORE

LOOP: Final = {"pc": 64, "left": 64, "place": 32}
"""What the loop hands over: pc, instructions left after this one, the place of pc's page."""


def settle(k: Kit, pc: Value, left: Value) -> None:
    """Write what the loop keeps in its locals: `left` instructions, from pc on, are left."""
    k[PC] = pc
    k[RETIRED] = k[STOP_AT] - left


def _seen(target: Kernel, access: int) -> Kernel:
    """An access, and a look whether a watch meets it: (cause or 0, value or tval). A store gives 0,
    or 1 where it wrote nothing."""

    def text(k: Kit, va: Value, size: Value, **more: Value) -> None:
        cause, value = k.calls(target, va, size, *more.values())
        made = cause.eq(0) & value.eq(0) if access == STORE else cause.eq(0)
        with k.when(k[WATCHES].ne(0) & made):
            k.calls(watch_access, va, size, access, k[PC])
        k.ret(cause, value)

    return Kernel(f"seen_{target.name}", text, target.widths, target.result_widths)


SEEN: Final = {
    target.name: _seen(target, access)
    for target, access in (
        (memory.load, LOAD),
        (memory.store, STORE),
        (atomic.amo_load, LOAD),
        (atomic.load_reserved, LOAD),
        (atomic.store_conditional, STORE),
        (guest.guest_load, LOAD),
        (guest.guest_load_code, LOAD),
        (guest.guest_store, STORE),
    )
}
"""By the name of the access in an instruction's text."""


def _slow(seen: Kernel) -> Kernel:
    """An access as the loop calls it: (cause, value or tval, place)."""

    def text(k: Kit, **given: Value) -> None:
        pc, left, place = (given.pop(name) for name in LOOP)
        settle(k, pc, left + 1)
        cause, value = k.calls(seen, *given.values())
        out = nowhere(pc)
        with k.when(k[ATTENTION].ne(0) & place.ne(out)):
            # What ran alone before, and jumped, may stand where the next instruction leads back.
            k.calls(clear_alone)
        k.ret(cause, value, k.select(k[ATTENTION].eq(0), place, out))

    return Kernel(f"slow_{seen.name}", text, {**seen.widths, **LOOP}, (*seen.result_widths, 32))


SLOW: Final = {name: _slow(seen) for name, seen in SEEN.items()}
"""The same, for an instruction that is printed into the loop."""

DONE, TRAPPED, ATTEND = range(3)
"""What an access says to a region: done; a trap, whose cause and tval stand in the region's words;
done, and the region is to be left after this instruction."""


def _in_region(seen: Kernel, access: str) -> Kernel:
    """An access as a region calls it: (how it went, the value). pc is the instruction's, `left`
    what is left after it."""

    def text(k: Kit, **given: Value) -> None:
        pc, left = given.pop("pc"), given.pop("left")
        settle(k, pc, left + 1)
        cause, value = k.calls(seen, *given.values())
        with k.when(cause.ne(0)):
            k[REGION_CAUSE] = cause
            k[REGION_TVAL] = value
            k.ret(TRAPPED, 0)
        k.ret(k.select(k[ATTENTION].eq(0), DONE, ATTEND), value)

    return Kernel(f"region_{access}", text, {**seen.widths, "pc": 64, "left": 64}, (64, 64))


IN_REGION: Final = {
    name: _in_region(SEEN[name], name) for name in ("load_reserved", "store_conditional")
}
"""The same, for a region: those that it does not do by itself. T1's module exports them."""


def _mail(k: Kit, pa: Value, size: Value | int) -> None:
    k[MAIL_ADDRESS] = pa
    k[MAIL_SIZE] = size


@kernel(1, 64, pa=64, size=4)
def mmio_load(k: Kit, pa: Value, size: Value) -> None:
    """(1 if a device answered, the value)."""
    _mail(k, pa, size)
    k.hook("device_load")
    k[ATTENTION] = k[ATTENTION] | BETWEEN
    k.ret(k[MAIL_ANSWERED], k[MAIL_VALUE])


@kernel(1, pa=64, size=4, value=64)
def mmio_store(k: Kit, pa: Value, size: Value, value: Value) -> None:
    """1 if a device answered."""
    _mail(k, pa, size)
    k[MAIL_VALUE] = value
    k.hook("device_store")
    k[ATTENTION] = k[ATTENTION] | BETWEEN
    k.ret(k[MAIL_ANSWERED])


@kernel(1, 16, pa=64)
def mmio_fetch(k: Kit, pa: Value) -> None:
    """(1 if a ROM answered, 16 bits of an instruction)."""
    _mail(k, pa, memory.PARCEL_BYTES)
    k.hook("device_fetch")
    k.ret(k[MAIL_ANSWERED], k[MAIL_VALUE].bits(15, 0))


DEVICES: Final = (mmio_load, mmio_store, mmio_fetch)
