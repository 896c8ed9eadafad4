"""What a paravirtual guest and its monitor agree on: hypercalls, page-table operations, pages they
share. `guests/src/nano/pv/hypervisor.h` is the same for the guest, and a test holds the two
together; `web/docs/paravirt.md` explains it.

A hypercall is an ecall of the guest's kernel, shaped like an SBI call, under a number of its own:

    a7 EXTENSION   a6 Call   a0, a1, a2 arguments   ->   a0 error, a1 value

Every address that a guest gives the monitor is *pseudo-physical* (gpa): the guest's own counting
of its memory. Page-table entries hold *machine* frames (spa), which the hart uses as they are.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.vmm.common.sbi import IMPLEMENTATION

EXTENSION: Final = 0x0A00_0000 | IMPLEMENTATION & 0xFF_FFFF
"""In the space that the SBI leaves to an implementation's own extensions (SBI 2.0, 3.1)."""


class Call(IntEnum):
    """Hypercalls."""

    MMU = 0
    """(gpa of operations, how many): page-table operations, in order, up to the first refused
    one; the value is how many were done."""
    SET_TIMER = 1
    """(when): an event at that time, once; instead of the one asked for before."""
    GET_TIME = 2
    """(): the guest's clock."""
    NOTIFY = 3
    """(event): there is something in the ring of that device."""
    UNMASK = 4
    """(): the mask becomes 0, and what is pending comes at once."""
    BLOCK = 5
    """(): nothing to do until an event is pending. The mask stays as it is."""
    YIELD = 6
    """(): somebody else may have the rest of the slice."""
    SHUTDOWN = 7
    """(Shutdown): the end."""
    IRET = 8
    """(gpa of a frame, gpa of operations, how many): do the operations, then return from a trap:
    registers and pc come from the frame, the mode and the mask are those before the trap."""
    SET_ENTRY = 9
    """(va): where traps go, for a kernel that has no stvec of its own (level u)."""


class Op(IntEnum):
    """Page-table operations, each two doublewords: an address whose low bits are the operation,
    and a value."""

    WRITE = 0
    """(spa of an entry of a table, entry)"""
    WRITE_VA = 1
    """(va of a page, entry): the entry of level 0 that maps that page now."""
    PIN = 2
    """(spa of a page, level): check it as a table of that level, and hold it as one."""
    UNPIN = 3
    """(spa of a page): hold it no more. It is a table as long as another table uses it."""
    SWITCH = 4
    """(spa of a root, number of the space): from now on the kernel is in this space."""
    USER_ROOT = 5
    """(spa of a root): and this is what it shows to U (level u; 0 is none)."""
    FLUSH_VA = 6
    """(va): forget the translation of this page."""
    FLUSH = 7
    """(): forget every translation."""


OP_MASK: Final = 7
OP_BYTES: Final = 16
MOST_OPS: Final = 2048
"""In one hypercall, as in Xen."""


class Error(IntEnum):
    """What a0 says; the numbers are the SBI's."""

    NONE = 0
    """Done."""
    NOT_SUPPORTED = -2
    """No such call, or not where the kernel runs in S."""
    INVALID = -3
    """An argument that no guest may give."""
    DENIED = -4
    """A page-table operation that would break the wall between virtual machines."""
    ADDRESS = -5
    """Not memory of the guest."""


class Shutdown(IntEnum):
    """Why a guest ends."""

    OFF = 0
    """All went well."""
    FAILED = 1
    """It did not."""
    REBOOT = 2
    """From the beginning, please."""


class Event(IntEnum):
    """Events, by their bit in `pending`."""

    TIMER = 0
    """The time that was asked for has come."""
    CONSOLE = 1
    """Something was typed; said by the guest: something is to be printed."""
    BLOCK = 2
    """Requests were answered; said by the guest: there are some."""


# Where the shared pages are in every guest's address space: at its upper end, so that the shared
# words can be reached without a base register (12-bit offsets are signed).
SHARED_VA: Final = (1 << 64) - PAGE_SIZE_BYTES
CONSOLE_VA: Final = SHARED_VA - PAGE_SIZE_BYTES
BLOCK_VA: Final = CONSOLE_VA - PAGE_SIZE_BYTES
WINDOW_VA: Final = (1 << 64) - (1 << 21)
"""The part of every space that one table of level 0 maps: pfn_to_mfn, mfn_to_pfn, rings."""
P2M_VA: Final = WINDOW_VA
M2P_VA: Final = WINDOW_VA + (1 << 20)
FRAME_NUMBER_BYTES: Final = 4
NO_FRAME: Final = 0xFFFF_FFFF
"""In the list from machine frames: not yours."""


class Shared(IntEnum):
    """Words of the shared page, by their offset in it. From 2048 on, so that each is at a small
    negative address."""

    PENDING = 2048
    """A bit an event. The monitor sets them, the guest clears them."""
    MASK = 2056
    """1 while the kernel does not want upcalls; in U they come regardless."""
    TIME = 2064
    """The clock at the last entry."""
    SCRATCH = 2072
    """Level u: what sscratch is elsewhere. An upcall has exchanged it with sp."""
    PC = 2080
    """Level u: what sepc is elsewhere."""
    CAUSE = 2088
    """Level u: what scause is elsewhere."""
    VALUE = 2096
    """Level u: what stval is elsewhere."""
    RAM_ENTRY = 2104
    """The entry of a root that maps all of the guest's memory at its pseudo-physical addresses."""
    WINDOW_ENTRY = 2112
    """The entry of a root that maps these shared pages."""


FRAME_PC: Final = 256
"""A frame is x0 to x31, then pc, a doubleword each."""
FRAME_BYTES: Final = 264


class ConsoleRing(IntEnum):
    """The console's page: indices count on for ever, and are taken modulo the ring's size."""

    IN_TAKEN = 0
    """Typed bytes that the guest has taken. It writes this."""
    IN_GIVEN = 4
    """Typed bytes that the monitor has given."""
    OUT_TAKEN = 8
    """Bytes that the monitor has printed."""
    OUT_GIVEN = 12
    """Bytes that the guest wants printed. It writes this."""
    IN = 1024
    """1024 bytes of input."""
    OUT = 2048
    """2048 bytes of output."""


IN_BYTES: Final = 1024
OUT_BYTES: Final = 2048


class BlockRing(IntEnum):
    """The disk's page: requests are given by the guest and answered in place, in order."""

    GIVEN = 0
    """Requests that the guest has given. It writes this."""
    ANSWERED = 4
    """Requests that the monitor has answered."""
    SLOTS = 64
    """32 requests of 32 bytes: operation (0 read, 1 write) and a number of the guest's, 4 bytes
    each; sector; gpa of its 512 bytes; status (0 done, -1 refused)."""


SLOTS: Final = 32
SLOT_FORMAT: Final = "<IIQQq"
"""operation, id, sector, gpa of a sector's bytes, status."""


class BlockOp(IntEnum):
    READ = 0
    WRITE = 1


class BlockStatus(IntEnum):
    DONE = 0
    REFUSED = -1
    """No such operation, sector or memory."""
