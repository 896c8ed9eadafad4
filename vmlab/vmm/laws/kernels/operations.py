"""The operations of a random kernel, apart from how a profile carries them out.

Each is whole in itself: whatever it does, the next one begins in S with the handler in place. So
any sequence of operations is a program that ends, and leaving some out leaves a program. A trap
that an operation raises ends it, or the part of it that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmlab.vmm.laws.kernels.places import Place


class How(Enum):
    """How memory is accessed; `%` stands for the instruction's operands."""

    LOAD = "ld"
    LOAD_WORD = "lw"
    LOAD_BYTE = "lbu"
    STORE = "sd"
    STORE_WORD = "sw"
    STORE_BYTE = "sb"
    COMPRESSED_LOAD = "c.lw"
    COMPRESSED_STORE = "c.sw"
    FLOAT_LOAD = "fld"
    FLOAT_STORE = "fsd"
    ADD = "amoadd.d"
    SWAP = "amoswap.w"
    RESERVE = "lr.d"
    FETCH = "jalr"


@dataclass(frozen=True, slots=True)
class Touch:
    """One access of memory."""

    how: How
    place: Place
    value: int


class Between(Enum):
    """What comes between lr and sc. Only the first ends the reservation."""

    TRAP = "a trap"
    CSR = "a read of time"
    DEVICE = "a load of a device register"
    STORE = "a store to the same place"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Reserve:
    """lr and sc of a doubleword."""

    place: Place
    value: int
    between: Between


@dataclass(frozen=True, slots=True)
class Word:
    """Bits that are no instruction, or none for this mode; 16 of them if `size_bytes` is 2."""

    word: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Break:
    """ebreak or c.ebreak."""

    compressed: bool


@dataclass(frozen=True, slots=True)
class CsrAccess:
    """One CSR instruction: csrr, or csrrw and its kin with the value or, with an i, five bits."""

    name: str
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Float:
    """One floating-point instruction: its text."""

    text: str


@dataclass(frozen=True, slots=True)
class SystemCall:
    """U calls the kernel, which adds `number` to a0 and returns."""

    number: int


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A privileged instruction, in U or as it is: its text."""

    text: str


Step = Touch | Reserve | Word | Break | CsrAccess | Float | SystemCall | Forbidden
"""What S and U both may try."""


@dataclass(frozen=True, slots=True)
class InKernel:
    """Steps in S, in the present space."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class InUser:
    """Steps in U, with interrupts behind sret as `spie` says."""

    steps: tuple[Step, ...]
    spie: bool


class Slot(Enum):
    """Which entry of a space's tables is meant."""

    WINDOW = "a 4 KiB leaf"
    MEGA = "the 2 MiB leaf"
    GIGA = "the 1 GiB leaf"
    USER_TEXT = "a 4 KiB leaf of the user's text"
    KERNEL = "a 2 MiB leaf of the kernel's"


class Fence(Enum):
    """What sfence.vma names after an edit."""

    ALL = "all"
    ADDRESS = "the address"
    SPACE = "the address space"
    BOTH = "the address in the address space"


@dataclass(frozen=True, slots=True)
class EditTable:
    """The kernel changes an entry of a space, and fences."""

    space: int
    slot: Slot
    index: int
    pte: int
    fence: Fence


@dataclass(frozen=True, slots=True)
class Switch:
    """Another space, through the levels of `format` (satp.MODE)."""

    space: int
    format: int


@dataclass(frozen=True, slots=True)
class ReuseAsid:
    """Another space under the number of its neighbour, fenced before and after."""

    space: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Untranslated:
    """Steps with satp Bare."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SetBits:
    """Bits of sstatus are set or cleared: SUM, MXR, SIE."""

    bits: int
    on: bool


@dataclass(frozen=True, slots=True)
class SetFloat:
    """sstatus.FS."""

    fs: int


@dataclass(frozen=True, slots=True)
class Timer:
    """The timer in so many ticks, by SBI or stimecmp."""

    ticks: int
    sbi: bool
    wanted: bool
    """sie.STIE."""
    enabled: bool
    """sstatus.SIE."""


@dataclass(frozen=True, slots=True)
class Wait:
    """wfi until the timer, which interrupts or only wakes."""

    ticks: int
    interrupts: bool


@dataclass(frozen=True, slots=True)
class FirmwareCall:
    """An SBI call that comes back."""

    extension: int
    function: int
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vector:
    """stvec gets a value, is read, and gets the handler again, direct or vectored."""

    value: int
    vectored: bool


@dataclass(frozen=True, slots=True)
class ReturnToSelf:
    """sret from S to S."""

    spie: bool


@dataclass(frozen=True, slots=True)
class Patch:
    """An instruction of the kernel's is overwritten and run, behind fence.i: addi s3, s3, n."""

    number: int


@dataclass(frozen=True, slots=True)
class DeviceWrites:
    """The entropy device fills part of a page by DMA."""

    page: int
    length: int


Operation = (
    InKernel
    | InUser
    | EditTable
    | Switch
    | ReuseAsid
    | Untranslated
    | SetBits
    | SetFloat
    | Timer
    | Wait
    | FirmwareCall
    | Vector
    | ReturnToSelf
    | Patch
    | DeviceWrites
)
