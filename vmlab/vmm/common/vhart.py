"""The virtual hart: the description of RISC-V on a second set of words.

A virtual machine's CSRs, traps, walks and devices follow the very text that the real hart is made
from (`isa`), evaluated over words that lie in the monitor's memory. So a monitor legalises a CSR
write, delivers a trap or walks a guest's table by asking, and cannot have an opinion of its own.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.events import Access, Event, EventKind, Walk
from vmlab.core.modes import VIRTUAL_ACTOR, Mode
from vmlab.derive.decoder import decoder
from vmlab.engine.reference import Reference
from vmlab.isa.causes import ECALL_FROM_S, EXCEPTIONS, H_EXCEPTIONS
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layouts import ENVCFG, INTERRUPTS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import FIELDS, MODE, RETIRED, SKIPPED, VIRTUAL
from vmlab.isa.system.time import NEVER
from vmlab.machine.platform import Machine

_ALL: Final = (1 << 64) - 1
_MODE, _VIRTUAL, _RETIRED, _SKIPPED = MODE.slot, VIRTUAL.slot, RETIRED.slot, SKIPPED.slot
_FLUSHES, _MISSES, _READS = (
    FIELDS[name].slot for name in ("tlb_flushes", "tlb_misses", "pte_reads")
)
DELEGATED: Final = sum(
    1 << cause for cause in EXCEPTIONS if cause not in (ECALL_FROM_S, *H_EXCEPTIONS)
)
"""What firmware leaves to S: everything but the calls that are meant for itself."""
DELEGATED_INTERRUPTS: Final = INTERRUPTS.mask("SSI", "STI", "SEI")
_OPEN_TO_ALL: Final = 0x1F
"""pmpcfg of one naturally aligned region (NAPOT) with R, W and X."""


class VirtualHart:
    """The description over one machine's words. `reference` is the engine T0 of that machine if
    there is one already: of a real machine, say."""

    def __init__(self, machine: Machine, reference: Reference | None = None) -> None:
        self.machine = machine
        self.words = machine.arena.words
        self.reference = Reference(machine) if reference is None else reference
        """What carries it out."""
        self._walk = self.reference.kernel("walk")
        self._deadline = self.reference.kernel("deadline")
        self._decode = decoder(extensions_of(machine.platform.isa))
        self.emulate = self.reference.emulate
        """Run the instruction at pc, with the word given if it is known."""
        self.deliver = self.reference.deliver
        """Take a trap whose instruction is at pc: (cause, tval)."""
        self.between = self.reference.between
        """What comes before the next instruction; `Halt.WAITING` if only input can end a wait."""
        self.kernel = self.reference.kernel
        """A kernel of the description, by name."""
        self.listeners = self.reference.listeners
        self.take_dirty_pages = self.reference.take_dirty_pages

    # Looking -------------------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        return Mode(self.words[_MODE])

    @property
    def retired(self) -> int:
        """Guest instructions carried out: those of the hart, and those of the monitor."""
        return self.words[_RETIRED]

    @property
    def time(self) -> int:
        """The guest's virtual time."""
        return self.words[_RETIRED] + self.words[_SKIPPED]

    @property
    def flushes(self) -> int:
        """How often the guest has had translations forgotten."""
        return self.words[_FLUSHES]

    def event_counts(self) -> tuple[int, int]:
        """(TLB misses, page-table entries read), up to now."""
        return self.words[_MISSES], self.words[_READS]

    def deadline(self) -> int | None:
        """The guest's virtual time at which its timer or a device will act, if one will."""
        due = int(self._deadline())
        return None if due >= NEVER else due

    def walk(self, va: int, access: Access) -> tuple[int, int, int, int]:
        """Through the guest's own tables, A and D set as the guest's hart would: (cause or 0,
        guest-physical page, accesses allowed, level of the leaf)."""
        actor = self.words[_MODE] | VIRTUAL_ACTOR * self.words[_VIRTUAL]
        cause, page, allowed, level = self._walk(va, access.value, actor, 1)
        return cause, page, allowed, level

    def walk_told(self, va: int, access: Access) -> tuple[tuple[int, int, int, int], list[int]]:
        """`walk`, and the guest-physical addresses of the entries that it read."""
        heard: list[Event] = []
        listeners = self.listeners
        kinds, emit = listeners.kinds, listeners.emit
        listeners.kinds, listeners.emit = EventKind.WALK, heard.append
        try:
            found = self.walk(va, access)
        finally:
            listeners.kinds, listeners.emit = kinds, emit
        if kinds & EventKind.WALK:
            for event in heard:
                emit(event)
        reads = [read.address for walk in heard if isinstance(walk, Walk) for read in walk.reads]
        return found, reads

    def decode(self, word: int) -> tuple[Instruction, dict[str, int]] | None:
        """The instruction of a word and its operands, or None."""
        found = self._decode(word)
        return None if found is None else (found, decode_fields(found, word))

    def csr_read(self, name: str) -> int:
        """A CSR as M reads it."""
        return self.reference.read_csr(CSRS[name].number)

    def csr_write(self, name: str, value: int) -> None:
        """Write a CSR as M does, legalised."""
        self.reference.write_csr(CSRS[name].number, value)

    # Power-on ------------------------------------------------------------------------------------

    def hand_over(self, entry: int, device_tree: int) -> None:
        """The state in which firmware starts a kernel: S at `entry`, a0 the hart, a1 the device
        tree; memory open, all delegated that can be, counters and S's timer switched on."""
        hart = self.machine.hart
        self.csr_write("pmpaddr0", _ALL >> 10)
        self.csr_write("pmpcfg0", _OPEN_TO_ALL)
        self.csr_write("medeleg", DELEGATED)
        self.csr_write("mideleg", DELEGATED_INTERRUPTS)
        self.csr_write("mcounteren", _ALL)
        self.csr_write("menvcfg", ENVCFG.mask("STCE", "ADUE"))
        self.csr_write("stimecmp", _ALL)
        hart.x[REGISTER_NUMBERS["a0"]] = 0
        hart.x[REGISTER_NUMBERS["a1"]] = device_tree
        hart.pc = entry
        self.words[_MODE] = Mode.S
