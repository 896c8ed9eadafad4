"""The hart's state, word by word: names, widths and where each stands in the arena.

The arena is one block of bytes that every engine shares; the hart comes first, RAM follows.
Every word is 64 bits, little-endian. Words marked *derived* can be worked out from others, and
words marked *cache* change no result: neither enters the state hash.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Array, Field

ARENA_HART_BYTES: Final = 16 * 1024
"""Bytes that the hart takes at the start of the arena; RAM starts there."""

TLB_ENTRIES: Final = 256
PMP_ENTRIES: Final = 16

FIELDS: Final[dict[str, Field]] = {}
ARRAYS: Final[dict[str, Array]] = {}
UNHASHED: Final[set[str]] = set()
"""Names of derived words, caches and counters, and of what kernels tell an engine or note for it:
not part of the state hash."""


def _take(words: int) -> int:
    """The place of the next words: behind all that have been declared."""
    arrays = sum(array.length for array in ARRAYS.values())
    offset = 8 * (len(FIELDS) + arrays)
    assert offset + 8 * words <= ARENA_HART_BYTES
    return offset


def word(name: str, doc: str, width: int = 64, hashed: bool = True) -> Field:
    """Declare one word of state."""
    FIELDS[name] = Field(name, width, _take(1), doc)
    if not hashed:
        UNHASHED.add(name)
    return FIELDS[name]


def words(name: str, length: int, doc: str, width: int = 64, hashed: bool = True) -> Array:
    """Declare consecutive words of state."""
    ARRAYS[name] = Array(name, length, width, _take(length), doc)
    if not hashed:
        UNHASHED.add(name)
    return ARRAYS[name]


X: Final = words("x", 32, "integer registers; x0 stays 0")
PC: Final = word("pc", "address of the next instruction")
MODE: Final = word("mode", "privilege mode", 2)
RETIRED: Final = word("retired", "instructions retired since reset")
SKIPPED: Final = word("skipped", "virtual time that passed in WFI")
WAITING: Final = word("waiting", "1 while the hart waits in WFI", 1)

NO_RESERVATION: Final = 0
RESERVATION: Final = word("reservation", "physical address that lr reserved; 0 (not RAM): none")

# CSRs (a word each; `csrs` says what a guest sees of it)
MSTATUS: Final = word("mstatus", "machine status; sstatus is a view of it")
MEDELEG: Final = word("medeleg", "exceptions delegated to S")
MIDELEG: Final = word("mideleg", "interrupts delegated to S")
MIE: Final = word("mie", "interrupts enabled; sie is a view of it")
MIP: Final = word("mip", "interrupts pending, without the timer's (worked out) and `external`")
EXTERNAL: Final = word("external", "interrupt lines that the PLIC holds up: MEI and SEI of mip", 12)
MTVEC: Final = word("mtvec", "machine trap vector")
MCOUNTEREN: Final = word("mcounteren", "counters that S may read", 32)
MENVCFG: Final = word("menvcfg", "environment of S")
MSCRATCH: Final = word("mscratch", "scratch")
MEPC: Final = word("mepc", "where a trap to M came from")
MCAUSE: Final = word("mcause", "why a trap to M was taken")
MTVAL: Final = word("mtval", "address or instruction of a trap to M")
STVEC: Final = word("stvec", "supervisor trap vector")
SCOUNTEREN: Final = word("scounteren", "counters that U may read", 32)
SENVCFG: Final = word("senvcfg", "environment of U")
SSCRATCH: Final = word("sscratch", "scratch")
SEPC: Final = word("sepc", "where a trap to S came from")
SCAUSE: Final = word("scause", "why a trap to S was taken")
STVAL: Final = word("stval", "address or instruction of a trap to S")
SATP: Final = word("satp", "address translation: mode, ASID, root page")
MCYCLE_OFFSET: Final = word("mcycle_offset", "what writes to mcycle have added to virtual time")
MINSTRET_OFFSET: Final = word("minstret_offset", "what writes to minstret have added to retired")
PMPCFG: Final = words("pmpcfg", PMP_ENTRIES, "PMP configuration, one entry a word", 8)
PMPADDR: Final = words("pmpaddr", PMP_ENTRIES, "PMP addresses >> 2", 54)
PMP_FIRST: Final = words("pmp_first", PMP_ENTRIES, "derived: first byte of an entry", 64, False)
PMP_LAST: Final = words("pmp_last", PMP_ENTRIES, "derived: last byte of an entry", 64, False)
PMP_ACTIVE: Final = word("pmp_active", "derived: entries up to the last one that is on", 5, False)

# The clock's registers belong to the CLINT; they stand here because interrupts depend on them.
MTIMECMP: Final = word("mtimecmp", "timer compare register")
STIMECMP: Final = word("stimecmp", "compare register of S's timer (Sstc)")
MTIME_OFFSET: Final = word("mtime_offset", "what writes to mtime have added")
# 22 bits: a deadline of less than 2**40 ticks, the farthest that is computed, then fits in a word.
INSNS_PER_TICK: Final = word("insns_per_tick", "virtual time a tick of mtime; a platform value", 22)

EVENT_AT: Final = word(
    "event_at", "derived: virtual time at which a device acts by itself; 2^63 is never", 64, False
)

# The platform
RAM_BASE: Final = word("ram_base", "physical address of RAM")
RAM_SIZE: Final = word("ram_size", "bytes of RAM", 40)
ISA: Final = word("isa", "extensions that the machine has, a bit each (`isa.extensions`)")
TRANSLATION: Final = word("translation", "the highest satp.MODE that the hart has", 4)
MISALIGNED_DONE: Final = word(
    "misaligned_done", "1 if misaligned accesses are done, not trapped", 1
)
TVAL_WORD: Final = word("tval_word", "1 if tval of an illegal instruction is its word, not 0", 1)
CONSTANT: Final = frozenset({ISA.name})
"""Words that never change on one machine: what is printed for it may hold their values."""

# What an instruction or a trap tells the engine
TRAP_CAUSE: Final = word("trap_cause", "cause of the exception just raised", 64, False)
TRAP_TVAL: Final = word("trap_tval", "its tval", 64, False)
INTERCEPTS: Final = word(
    "intercepts", "modes whose traps a monitor takes, a bit an actor (`system.actor`)", 8, False
)

# The TLB: direct-mapped. A full flush starts a new epoch, so it costs one addition.
TLB_EPOCH: Final = word("tlb_epoch", "cache: entries of other epochs are dead", 32, False)
TLB_SUPERPAGES: Final = word(
    "tlb_superpages", "cache: 1 if an entry came from a superpage", 1, False
)
TLB_KEY: Final = words("tlb_key", TLB_ENTRIES, "cache: virtual page | 1", 64, False)
TLB_CONTEXT: Final = words(
    "tlb_context", TLB_ENTRIES, "cache: epoch, actor, ASID, format, SUM, MXR", 64, False
)
TLB_PAGE: Final = words("tlb_page", TLB_ENTRIES, "cache: physical page", 56, False)
TLB_ACCESS: Final = words(
    "tlb_access", TLB_ENTRIES, "cache: accesses allowed, a bit each", 3, False
)

COUNTERS: Final = ("tlb_misses", "pte_reads", "tlb_flushes", "traps", "mmio_accesses")
for _name in COUNTERS:
    word(_name, "event counter", 64, False)

# What `system.progress` remembers of the last traps.
TRAPPED_AFTER: Final = word(
    "trapped_after", "retired at the last trap, plus 1; 0: no trap yet", 64, False
)
TRAPS_STILL: Final = word("traps_still", "traps since then with nothing retired", 64, False)
TRAPS_ALIKE: Final = word("traps_alike", "traps that were like the one before", 64, False)
TRAPPED_EPC: Final = word("trapped_epc", "epc of the trap they are compared with", 64, False)
TRAPPED_CAUSE: Final = word("trapped_cause", "its cause", 64, False)
TRAPPED_TVAL: Final = word("trapped_tval", "its tval", 64, False)
TRAPPED_X: Final = words("trapped_x", X.length, "its registers", 64, False)

# The hypervisor extension: V beside `mode`, its CSRs, and what VS has in place of S's
VIRTUAL: Final = word("virtual", "virtualization mode V: 1 in VS and VU", 1)
HSTATUS: Final = word("hstatus", "hypervisor status")
HEDELEG: Final = word("hedeleg", "exceptions delegated from HS to VS")
HIDELEG: Final = word("hideleg", "interrupts delegated from HS to VS", 13)
HVIP: Final = word("hvip", "VSTI and VSEI that HS injects; VSSI stands in mip", 13)
HCOUNTEREN: Final = word("hcounteren", "counters that VS may read", 32)
HENVCFG: Final = word("henvcfg", "environment of VS")
HTIMEDELTA: Final = word("htimedelta", "what VS's time is ahead of time")
HTVAL: Final = word("htval", "guest-physical address >> 2 of a trap to HS")
HTINST: Final = word("htinst", "instruction of a trap to HS, transformed")
HGATP: Final = word("hgatp", "G-stage: mode, VMID, root page")
MTVAL2: Final = word("mtval2", "guest-physical address >> 2 of a trap to M")
MTINST: Final = word("mtinst", "instruction of a trap to M, transformed")
VSSTATUS: Final = word("vsstatus", "VS's sstatus")
VSTVEC: Final = word("vstvec", "VS's trap vector")
VSSCRATCH: Final = word("vsscratch", "scratch")
VSEPC: Final = word("vsepc", "where a trap to VS came from")
VSCAUSE: Final = word("vscause", "why a trap to VS was taken")
VSTVAL: Final = word("vstval", "address or instruction of a trap to VS")
VSATP: Final = word("vsatp", "VS-stage: mode, ASID, root page")
VSTIMECMP: Final = word("vstimecmp", "compare register of VS's timer (Sstc)")
TRAP_VIRTUAL: Final = word(
    "trap_virtual", "1 if the memory access that just faulted was made as V = 1", 1, False
)
TRAP_TVAL2: Final = word("trap_tval2", "of the guest-page fault just raised: gpa >> 2", 62, False)
TRAP_OFFSET: Final = word(
    "trap_offset", "how far behind an access's address the part that faulted lies", 3, False
)
TINST_FULL: Final = word(
    "tinst_full", "1 if tinst of an explicit access is its instruction, not 0", 1
)
TRAP_TINST: Final = word("trap_tinst", "of that fault: 0, or what tinst says of it", 32, False)

# Floating point (F and D): behind everything else, for it came later.
F: Final = words("f", 32, "floating-point registers; a single is boxed in ones")
FFLAGS: Final = word("fflags", "floating-point exceptions accrued", 5)
FRM: Final = word("frm", "rounding mode of instructions that name none", 3)
