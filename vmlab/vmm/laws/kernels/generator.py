"""Random programs, by a seed: the same number gives the same program everywhere.

What is drawn is biased towards what monitors get wrong: entries that lack one bit, accesses right
behind an edit, floating point that is off, interrupts that are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeVar

from vmlab.core.bits import MASK64
from vmlab.core.units import MIB, PAGE_SIZE_BYTES
from vmlab.derive.decoder import decode
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import INTERRUPTS, MSTATUS, PTE, SATP
from vmlab.machine import memmap
from vmlab.vmm.common import sbi
from vmlab.vmm.laws.kernels import operations as ops
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.operations import How, Operation, Slot, Step
from vmlab.vmm.laws.kernels.places import (
    CROSSING,
    DATA_FIRST,
    DATA_LAST,
    DEVICES,
    LANDING,
    NOWHERES,
    PAGE_COUNT,
    PAGES,
    RAM_BYTES,
    USER_TEXT_AT,
    USER_TEXT_PAGES,
    Place,
    Region,
)
from vmlab.vmm.laws.kernels.scenes import scene

MOST_OPERATIONS: Final = 90
_T = TypeVar("_T")
_CSR_FORMS: Final = ("csrr", "csrr", "csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci")
_KEPT: Final = frozenset({CSRS["stvec"].number, CSRS["satp"].number})
"""CSRs that the handler needs: `Vector` and `Switch` change them with care."""
_S_CSRS: Final = tuple(
    csr.number
    for csr in CSRS.values()
    if csr.lowest_mode <= 1 and not csr.is_hypervisor and csr.number not in _KEPT
    and not csr.name.startswith(("hpm", "vs"))
)  # fmt: skip
_USUAL_CSRS: Final = tuple(
    CSRS[name].number
    for name in (
        *("sstatus", "sstatus", "sie", "sip", "sscratch", "sepc", "scause", "stval"),
        *("scounteren", "senvcfg", "stimecmp", "time", "cycle", "instret", "hpmcounter3"),
        *("fcsr", "frm", "fflags"),
    )
)
_S_INTERRUPTS: Final = INTERRUPTS.mask("SSI", "STI", "SEI")
_FLOATS: Final = (
    "fadd.d fa0, fa1, fa2",
    "fmul.s fa1, fa0, fa2",
    "fdiv.d fa2, fa0, fa1",
    "fsqrt.d fa3, fa0",
    "fcvt.d.l fa1, a0",
    "fcvt.l.d a0, fa2",
    "fmv.d.x fa0, a0",
    "fmv.x.d a0, fa0",
    "fsgnj.d fa4, fa0, fa1",
    "feq.d a0, fa0, fa1",
)
_FORBIDDEN: Final = (
    "mret",
    "csrr a0, mstatus",
    "csrw mscratch, a0",
    "csrr a0, hstatus",
    "csrr a0, vsatp",
    "hlv.d a0, (a1)",
    "hfence.gvma x0, x0",
    "csrw cycle, a0",
)
_NOT_IN_U: Final = (
    "sret",
    "wfi",
    "sfence.vma",
    "sfence.vma a0, a1",
    "csrr a0, satp",
    "csrw stvec, a0",
)


class Generator:
    """Draws one program."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.splits = self.odds(3)
        """True if the 2 MiB leaf becomes a table at times: then each of its edits fences all."""

    def program(self) -> tuple[dict[tuple[int, Slot, int], int], tuple[Operation, ...]]:
        """The entries that the spaces start with, and the operations."""
        leaves: dict[tuple[int, Slot, int], int] = {}
        for space in range(tables.SPACES):
            for page in range(PAGE_COUNT):
                leaves[space, Slot.WINDOW, page] = self._small_leaf(space, page)
            leaves[space, Slot.WINDOW, PAGE_COUNT] = tables.pte(
                PAGES + PAGE_COUNT * PAGE_SIZE_BYTES, self._permissions()
            )
            leaves[space, Slot.MEGA, 0] = self._mega_leaf(space)
            leaves[space, Slot.GIGA, 0] = self._giga_leaf()
        count = self.random.randrange(MOST_OPERATIONS // 2, MOST_OPERATIONS + 1)
        first = (
            ops.SetFloat(self.random.randrange(4)),
            ops.InKernel(
                (
                    ops.CsrAccess("csrrs", CSRS["sie"].number, _S_INTERRUPTS),
                    ops.CsrAccess("csrrw", CSRS["scounteren"].number, self.value()),
                )
            ),
        )
        drawn: list[Operation] = list(first)
        while len(drawn) < count:
            drawn += scene(self) if self.odds(4) else (self._operation(),)
        return leaves, tuple(drawn)

    # Drawing -------------------------------------------------------------------------------------

    def one_of(self, choices: Sequence[_T]) -> _T:
        return choices[self.random.randrange(len(choices))]

    def odds(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def value(self) -> int:
        """A doubleword: small, one bit, or anything."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self.random.randrange(64)
        if kind == 1:
            return 1 << self.random.randrange(64)
        return self.random.getrandbits(64) if kind == 2 else MASK64

    def page(self) -> int:
        return self.random.randrange(PAGE_COUNT)

    def offset(self, step: int) -> int:
        """Of data in a page; now and then it is not aligned."""
        offset = self.random.randrange(DATA_FIRST, DATA_LAST, step)
        return offset + 1 if step > 1 and self.odds(12) else offset

    def _place(self, step: int) -> Place:
        region = self.one_of(
            (Region.WINDOW,) * 8 + (Region.MEGA,) * 4 + (Region.GIGA,) * 2 + (Region.DIRECT,) * 2
            + (Region.DEVICE,) * 3 + (Region.NOWHERE,)
        )  # fmt: skip
        if region is Region.DEVICE:
            return Place(region, self.random.randrange(len(DEVICES)), 0)
        if region is Region.NOWHERE:
            return Place(region, self.random.randrange(len(NOWHERES)), self.offset(step))
        return Place(region, self.page(), self.offset(step))

    # Entries -------------------------------------------------------------------------------------

    def _permissions(self) -> int:
        """The low bits of a leaf: mostly sensible, often with something missing."""
        bits = PTE.mask("V")
        kind = self.random.randrange(10)
        if kind < 7:
            bits |= PTE.mask(
                *self.one_of((("R", "W", "X"), ("R", "W"), ("R", "X"), ("R",), ("X",)))
            )
        elif kind == 7:
            bits |= self.random.getrandbits(3) << PTE["R"].low
        elif kind == 8:
            bits &= ~self.random.getrandbits(1)
        else:
            bits |= PTE.mask("R", "W", "X")
        for name, one_in in (("U", 2), ("A", 2), ("D", 2), ("G", 8), ("RSW", 8)):
            if self.odds(one_in):
                bits |= PTE.mask(name)
        return bits

    def _odd(self, entry: int) -> int:
        """Now and then what no entry may have."""
        return entry | 1 << 54 + self.random.randrange(10) if self.odds(24) else entry

    def _small_leaf(self, space: int, page: int) -> int:
        kind = self.random.randrange(16)
        bits = self._permissions()
        if kind == 0:
            return tables.pte(memmap.UART, bits)
        if kind == 1:
            return tables.pte(memmap.RAM + RAM_BYTES + page * PAGE_SIZE_BYTES, bits)
        if kind == 2:  # a table of its own, never to be run
            return tables.pte(tables.windows_page(space), bits & ~PTE.mask("X"))
        target = self.page() if kind < 8 else page
        return self._odd(tables.pte(PAGES + target * PAGE_SIZE_BYTES, bits))

    def _mega_leaf(self, space: int) -> int:
        kind = self.random.randrange(8)
        if kind == 0:
            return tables.pte(PAGES + PAGE_SIZE_BYTES, self._permissions())  # misaligned
        if kind == 1:
            return tables.pte(memmap.RAM + RAM_BYTES, self._permissions())
        if kind < 4 and self.splits:
            return tables.split_pointer(space)
        return self._odd(tables.pte(PAGES, self._permissions()))

    def _giga_leaf(self) -> int:
        misaligned = 2 * MIB if self.odds(6) else 0
        return tables.pte(memmap.RAM + misaligned, self._permissions())

    # Steps ---------------------------------------------------------------------------------------

    def _steps(self, user: bool) -> tuple[Step, ...]:
        return tuple(self._step(user) for _ in range(self.random.randrange(1, 6)))

    def _step(self, user: bool) -> Step:
        makers: tuple[tuple[int, Callable[[], Step]], ...] = (
            (12, self._touch),
            (3, self._reserve),
            (2, self._word),
            (1, lambda: ops.Break(self.odds(2))),
            (6, lambda: self._csr(user)),
            (3, lambda: ops.Float(self.one_of(_FLOATS))),
            (
                2,
                lambda: ops.Forbidden(
                    self.one_of((*_FORBIDDEN, *_NOT_IN_U) if user else _FORBIDDEN)
                ),
            ),
            (3 * user, lambda: ops.SystemCall(self.random.randrange(1, 8))),
        )
        return self._weighted(makers)()

    def _weighted(self, choices: Sequence[tuple[int, _T]]) -> _T:
        at = self.random.randrange(sum(weight for weight, _ in choices))
        for weight, choice in choices:
            if at < weight:
                return choice
            at -= weight
        raise AssertionError("the weights add up")

    def _touch(self) -> Step:
        how = self.one_of(tuple(How))
        if how is How.FETCH:
            return self._fetch()
        place = self._place(_STEP.get(how, 8))
        if how in (How.COMPRESSED_LOAD, How.COMPRESSED_STORE) and self.odds(2):
            place = Place(Region.DEVICE, self.random.randrange(len(DEVICES)), 0)
        return ops.Touch(how, place, self.value())

    def _fetch(self) -> Step:
        place = self._place(8)
        if place.region in (Region.DEVICE, Region.NOWHERE):
            return ops.Touch(How.FETCH, place, 0)
        offset = LANDING if self.odds(2) else CROSSING
        return ops.Touch(How.FETCH, Place(place.region, place.page, offset), 0)

    def _reserve(self) -> Step:
        place = self._place(8)
        if self.odds(2):
            place = Place(Region.DIRECT, self.page(), self.offset(8) & ~7)
        return ops.Reserve(place, self.value(), self.one_of(tuple(ops.Between)))

    def _word(self) -> Step:
        if self.odds(3):
            return ops.Word(self.one_of((0, 0x8000, 0x9C5D, 0x6101 & 0xE003)), 2)
        while True:
            word = self.random.getrandbits(32) | 3
            if decode(word) is None and word >> 2 & 7 != 7:
                return ops.Word(word, 4)

    def _csr(self, user: bool) -> Step:
        kind = self.random.randrange(8)
        number = self.one_of(_USUAL_CSRS if kind < 5 else _S_CSRS)
        if kind == 7:
            number = self.random.randrange(1 << 12)
            if number in _KEPT and not user:
                return self._reserved_satp()
        read_only = number >> 10 == 3
        form = "csrr" if read_only and not self.odds(8) else self.one_of(_CSR_FORMS)
        return ops.CsrAccess(form, number, self.value())

    def _reserved_satp(self) -> Step:
        """A format that no hart has: such a write changes nothing."""
        value = self.random.getrandbits(60) | self.random.randrange(1, 8) << SATP["MODE"].low
        return ops.CsrAccess("csrrw", CSRS["satp"].number, value)

    # Operations ----------------------------------------------------------------------------------

    def _operation(self) -> Operation:
        makers: tuple[tuple[int, Callable[[], Operation]], ...] = (
            (9, lambda: ops.InKernel(self._steps(user=False))),
            (12, lambda: ops.InUser(self._steps(user=True), self.odds(2))),
            (9, self._edit),
            (3, self._switch),
            (1, lambda: ops.ReuseAsid(self.random.randrange(tables.SPACES), self._steps(False))),
            (1, lambda: ops.Untranslated(self._steps(user=False))),
            (4, self._set_bits),
            (3, lambda: ops.SetFloat(self.random.randrange(4))),
            (3, self._timer),
            (1, lambda: ops.Wait(self.random.randrange(500, 4000), self.odds(2))),
            (2, self._firmware_call),
            (1, lambda: ops.Vector(self.value(), self.odds(2))),
            (1, lambda: ops.ReturnToSelf(self.odds(2))),
            (1, lambda: ops.Patch(self.random.randrange(1, 1 << 11))),
            (1, lambda: ops.DeviceWrites(self.page(), self.random.randrange(1, 512))),
        )
        return self._weighted(makers)()

    def _edit(self) -> Operation:
        space = self.random.randrange(tables.SPACES)
        slot = self.one_of((Slot.WINDOW,) * 5 + (Slot.MEGA, Slot.GIGA, Slot.USER_TEXT, Slot.KERNEL))
        index, fence = 0, self.one_of(tuple(ops.Fence))
        match slot:
            case Slot.WINDOW:
                index = self.page()
                entry = self._small_leaf(space, index)
            case Slot.MEGA:
                entry = self._mega_leaf(space)
                fence = ops.Fence.ALL if self.splits else fence
            case Slot.GIGA:
                entry = self._giga_leaf()
            case Slot.USER_TEXT:
                index = self.random.randrange(USER_TEXT_PAGES // 4)
                good = PTE.mask("V", "R", "X", "U")
                bits = self._permissions() if self.odds(6) else good
                entry = tables.pte(USER_TEXT_AT + index * PAGE_SIZE_BYTES, bits)
            case Slot.KERNEL:
                index, fence = self.random.randrange(2), self.one_of(_WIDE)
                bits = tables.KERNEL_LEAF | self.random.getrandbits(2) << PTE["A"].low
                if index == 0:  # the fence itself is fetched through this one, before it fences
                    bits |= tables.DONE
                entry = tables.pte(memmap.RAM + index * 2 * MIB, bits)
        return ops.EditTable(space, slot, index, entry, fence)

    def _switch(self) -> Operation:
        space = self.random.randrange(tables.SPACES)
        return ops.Switch(space, self.one_of(tables.FORMAT_NUMBERS[:1] * 3 + tables.FORMAT_NUMBERS))

    def _set_bits(self) -> Operation:
        return ops.SetBits(MSTATUS.mask(self.one_of(("SUM", "SUM", "MXR", "SIE"))), self.odds(2))

    def _timer(self) -> Operation:
        return ops.Timer(
            self.random.randrange(1, 300), self.odds(2), not self.odds(3), not self.odds(3)
        )

    def _firmware_call(self) -> Operation:
        kind = self.random.randrange(6)
        if kind == 0:
            return ops.FirmwareCall(sbi.LEGACY_PUTCHAR, 0, (self.random.randrange(32, 127),))
        if kind == 1:
            return ops.FirmwareCall(sbi.BASE, self.random.randrange(8), (sbi.TIME,))
        if kind == 2:
            return ops.FirmwareCall(sbi.RFENCE, self.random.randrange(4), (1, 0, 0, 0))
        if kind == 3:
            return ops.FirmwareCall(sbi.IPI, 0, (1, 0))
        if kind == 4:
            at = PAGES + self.page() * PAGE_SIZE_BYTES + self.offset(1)
            return ops.FirmwareCall(sbi.DBCN, 0, (self.random.randrange(1, 9), at, 0))
        return ops.FirmwareCall(self.random.getrandbits(31) | 1 << 28, 0, ())


_WIDE: Final = (ops.Fence.ALL, ops.Fence.ADDRESS)
"""For tables that spaces share."""
_STEP: Final = {
    How.LOAD_WORD: 4,
    How.STORE_WORD: 4,
    How.COMPRESSED_LOAD: 4,
    How.COMPRESSED_STORE: 4,
    How.SWAP: 4,
    How.LOAD_BYTE: 1,
    How.STORE_BYTE: 1,
}
"""Sizes that are not a doubleword's."""
