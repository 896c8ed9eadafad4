"""A paravirtual machine (Xen's *domain*): memory that is scattered over the real machine's, and
the pages by which it and the monitor talk.

    machine frames   .. b0 .. a2 .. b1 .. a0 .. b2 .. a1 ..      what page tables hold (spa)
    a's own counting    a0    a1    a2                           pseudo-physical (gpa)

Between the frames of one guest lie those of the others, so no register could hold them apart:
only validation does (`tables`). The words of `machine` stand in the monitor's memory; its RAM is a
view, which `gather` fills in for whoever wants to look.
"""

from __future__ import annotations

import struct
from typing import Any, ClassVar, Final

import numpy as np

from vmlab.core.bits import MASK64
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import ARENA_HART_BYTES, SKIPPED, STIMECMP
from vmlab.machine import memmap
from vmlab.machine.arena import Arena
from vmlab.machine.fdt import build_fdt
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import Payload, Vm
from vmlab.vmm.paravirt.abi import Event, Shared

_STI: Final = INTERRUPTS.mask("STI")
NEVER: Final = MASK64


class ScatteredArena(Arena):
    """A hart whose words stand in the real machine's memory, and RAM that only shows what is
    elsewhere."""

    def __init__(self, real: Machine, words_at: int, ram_bytes: int) -> None:
        super().__init__(ram_bytes)
        at = words_at - memmap.RAM
        self.hart = real.arena.ram[at : at + ARENA_HART_BYTES]
        self.words = self.hart.cast("Q")


class Domain(Vm):
    """One paravirtual machine. `frames` are its machine frames: first those of its RAM, by
    pseudo-physical page, then those that it shares with the monitor and its first tables."""

    tables_hold_real_addresses: ClassVar[bool] = True

    def __init__(
        self,
        number: int,
        host: Host,
        words_at: int,
        frames: list[int],
        platform: Platform,
        payload: Payload,
    ) -> None:
        arena = ScatteredArena(host.machine, words_at, platform.ram_bytes)
        super().__init__(number, host.machine, words_at, platform, payload, host.reference, arena)
        self._host = host
        self.frames = frames
        self.ram_pages = platform.ram_bytes >> PAGE_BITS
        self._pages = {frame: page for page, frame in enumerate(frames[: self.ram_pages])}
        self.shared_at = 0
        """Real address of the shared page; that of the rings follow (`builder`)."""
        self.console_at = self.block_at = 0
        self.root = 0
        """The frame of the root that the kernel is in."""
        self.user_root = 0
        """Level u: of the root that U is shown; 0 is none."""
        self.space = 0
        self.blocked = False
        self.yields = False
        self.refused = ""
        """Why the last page-table operation that was refused was."""
        self.requests_taken = 0
        """Of the disk's ring: how many the monitor has looked at."""
        self.load_tree()

    def load_tree(self) -> None:
        """A board without devices: memory, a hart, and the kernel's command line."""
        board = self.machine.platform
        tree = build_fdt(
            memmap.RAM, board.ram_bytes, (), board.isa, board.translation, self.payload.append
        )
        self.machine.load(self.payload.segments, self.payload.entry, tree)
        self.hart.hand_over(self.payload.entry, self.machine.tree_address)

    # Memory --------------------------------------------------------------------------------------

    def spa(self, gpa: int) -> int | None:
        page = (gpa - memmap.RAM) >> PAGE_BITS
        if not 0 <= page < self.ram_pages:
            return None
        return self.frames[page] << PAGE_BITS | gpa & PAGE_OFFSET

    def gpa(self, spa: int) -> int | None:
        page = self._pages.get(spa >> PAGE_BITS)
        return None if page is None else memmap.RAM + (page << PAGE_BITS) + (spa & PAGE_OFFSET)

    def pieces(self, gpa: int, length: int) -> list[tuple[int, int]] | None:
        """(real address, bytes) of each page that a range touches; None if any is not RAM."""
        found, end = [], gpa + length
        while gpa < end:
            spa, piece = self.spa(gpa), min(end - gpa, PAGE_SIZE_BYTES - (gpa & PAGE_OFFSET))
            if spa is None:
                return None
            found.append((spa, piece))
            gpa += piece
        return found

    def fetch(self, gpa: int, length: int) -> bytes | None:
        """Bytes of the guest's memory as they are now; None outside RAM."""
        pieces = self.pieces(gpa, length)
        if pieces is None:
            return None
        read = self._host.machine.read
        return b"".join(read(spa, piece) for spa, piece in pieces)

    def read(self, gpa: int, length: int) -> bytes:
        found = self.fetch(gpa, length)
        # Outside RAM the machine itself says what is wrong.
        return super().read(gpa, length) if found is None else found

    def gather(self) -> None:
        """Show the guest's RAM as its pseudo-physical pages, in a row."""
        self._home()[:] = self._real()[self._own()]

    def show(self, pages: set[int]) -> None:
        home, real = self._home(), self._real()
        for page in pages:
            own = self._pages.get(page + (memmap.RAM >> PAGE_BITS))
            if own is not None:
                home[own] = real[page]

    def scatter(self) -> None:
        """The other way: what has been loaded goes to the frames."""
        self._real()[self._own()] = self._home()
        for frame in self.frames:
            self._host.engine.device_wrote((frame << PAGE_BITS) - memmap.RAM, PAGE_SIZE_BYTES)

    def _home(self) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
        return np.frombuffer(self.machine.arena.ram, np.uint64).reshape(self.ram_pages, -1)

    def _real(self) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
        ram = np.frombuffer(self._host.machine.arena.ram, np.uint64)
        return ram.reshape(-1, PAGE_SIZE_BYTES // 8)

    def _own(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(self.frames[: self.ram_pages]) - (memmap.RAM >> PAGE_BITS)

    def real_pages(self, pages: set[int]) -> set[int]:
        return {self.frames[page] - (memmap.RAM >> PAGE_BITS) for page in pages}

    def memo(self) -> Any:
        places = (self.shared_at, self.console_at, self.block_at, self.root, self.user_root)
        rest = (self.space, self.blocked, self.yields, self.refused, self.requests_taken)
        return super().memo(), places, rest

    def recall(self, memo: Any, changed: set[int]) -> None:
        common, places, rest = memo
        super().recall(common, changed)
        self.shared_at, self.console_at, self.block_at, self.root, self.user_root = places
        self.space, self.blocked, self.yields, self.refused, self.requests_taken = rest

    def reboot(self) -> set[int]:
        """As after power-on. The monitor builds the first tables anew (`builder`)."""
        super().reboot()
        return set()

    # The shared page -----------------------------------------------------------------------------

    def shared(self, word: Shared) -> int:
        return self._host.read8(self.shared_at + word)

    def share(self, word: Shared, value: int) -> None:
        self._host.write8(self.shared_at + word, value & MASK64)

    def ring_read(self, at: int, form: str) -> tuple[int, ...]:
        """Numbers from a shared page, by its real address."""
        return struct.unpack(form, self._host.machine.read(at, struct.calcsize(form)))

    def ring_write(self, at: int, data: bytes) -> None:
        """Bytes to a shared page, or to one of the guest's own."""
        self._host.machine.write(at, data)
        self._host.written.add(at - memmap.RAM >> PAGE_BITS)

    # Events --------------------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        """An event is pending."""
        self.share(Shared.PENDING, self.shared(Shared.PENDING) | 1 << event)

    @property
    def pending(self) -> bool:
        return self.shared(Shared.PENDING) != 0

    def clock(self) -> int:
        """What the guest's clock shows."""
        return int(self.hart.kernel("mtime")())

    def check_timer(self) -> None:
        """A timer that is due becomes an event, once."""
        if int(self.hart.kernel("pending_interrupts")()) & _STI:
            self.set_timer(NEVER)
            self.happen(Event.TIMER)

    def set_timer(self, when: int) -> None:
        self.hart.words[STIMECMP.slot] = when

    def sleep_until(self, time: int) -> None:
        """The guest's virtual time goes on without instructions."""
        self.hart.words[SKIPPED.slot] += time - self.hart.time
