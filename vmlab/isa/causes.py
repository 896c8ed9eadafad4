"""Trap causes as data (privileged manual: exceptions 3.1.15, the order of interrupts 3.1.9).

`priority` orders exceptions that one instruction raises at once, and interrupts that are pending
at once; a smaller number goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INTERRUPT_BIT: Final = 1 << 63
"""Bit 63 of xcause says that the trap was an interrupt."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One row: the number in xcause, its name, and its place in the order of priority."""

    number: int
    name: str
    priority: int


INSTRUCTION_ADDRESS_MISALIGNED: Final = 0
INSTRUCTION_ACCESS_FAULT: Final = 1
ILLEGAL_INSTRUCTION: Final = 2
BREAKPOINT: Final = 3
LOAD_ADDRESS_MISALIGNED: Final = 4
LOAD_ACCESS_FAULT: Final = 5
STORE_ADDRESS_MISALIGNED: Final = 6
STORE_ACCESS_FAULT: Final = 7
ECALL_FROM_U: Final = 8
ECALL_FROM_S: Final = 9
ECALL_FROM_VS: Final = 10
ECALL_FROM_M: Final = 11
INSTRUCTION_PAGE_FAULT: Final = 12
LOAD_PAGE_FAULT: Final = 13
STORE_PAGE_FAULT: Final = 15
INSTRUCTION_GUEST_PAGE_FAULT: Final = 20
LOAD_GUEST_PAGE_FAULT: Final = 21
VIRTUAL_INSTRUCTION: Final = 22
STORE_GUEST_PAGE_FAULT: Final = 23

EXCEPTIONS: Final = {
    row.number: row
    for row in (
        Cause(INSTRUCTION_PAGE_FAULT, "instruction page fault", 1),
        Cause(INSTRUCTION_GUEST_PAGE_FAULT, "instruction guest page fault", 1),
        Cause(INSTRUCTION_ACCESS_FAULT, "instruction access fault", 2),
        Cause(ILLEGAL_INSTRUCTION, "illegal instruction", 3),
        Cause(VIRTUAL_INSTRUCTION, "virtual instruction", 3),
        Cause(INSTRUCTION_ADDRESS_MISALIGNED, "instruction address misaligned", 4),
        Cause(ECALL_FROM_U, "environment call from U", 5),
        Cause(ECALL_FROM_S, "environment call from S", 5),
        Cause(ECALL_FROM_VS, "environment call from VS", 5),
        Cause(ECALL_FROM_M, "environment call from M", 5),
        Cause(BREAKPOINT, "breakpoint", 5),
        Cause(STORE_ADDRESS_MISALIGNED, "store address misaligned", 6),
        Cause(LOAD_ADDRESS_MISALIGNED, "load address misaligned", 6),
        Cause(STORE_PAGE_FAULT, "store page fault", 7),
        Cause(LOAD_PAGE_FAULT, "load page fault", 7),
        Cause(STORE_GUEST_PAGE_FAULT, "store guest page fault", 7),
        Cause(LOAD_GUEST_PAGE_FAULT, "load guest page fault", 7),
        Cause(STORE_ACCESS_FAULT, "store access fault", 8),
        Cause(LOAD_ACCESS_FAULT, "load access fault", 8),
    )
}
"""Exceptions by number, those that go first first. A breakpoint stands with ecall: there are no
address triggers here, only ebreak, which is an instruction of its own."""

SUPERVISOR_SOFTWARE: Final = 1
VIRTUAL_SUPERVISOR_SOFTWARE: Final = 2
MACHINE_SOFTWARE: Final = 3
SUPERVISOR_TIMER: Final = 5
VIRTUAL_SUPERVISOR_TIMER: Final = 6
MACHINE_TIMER: Final = 7
SUPERVISOR_EXTERNAL: Final = 9
VIRTUAL_SUPERVISOR_EXTERNAL: Final = 10
MACHINE_EXTERNAL: Final = 11
GUEST_EXTERNAL: Final = 12

INTERRUPTS: Final = {
    row.number: row
    for row in (
        Cause(MACHINE_EXTERNAL, "machine external interrupt", 1),
        Cause(MACHINE_SOFTWARE, "machine software interrupt", 2),
        Cause(MACHINE_TIMER, "machine timer interrupt", 3),
        Cause(SUPERVISOR_EXTERNAL, "supervisor external interrupt", 4),
        Cause(SUPERVISOR_SOFTWARE, "supervisor software interrupt", 5),
        Cause(SUPERVISOR_TIMER, "supervisor timer interrupt", 6),
        Cause(GUEST_EXTERNAL, "supervisor guest external interrupt", 7),
        Cause(VIRTUAL_SUPERVISOR_EXTERNAL, "virtual supervisor external interrupt", 8),
        Cause(VIRTUAL_SUPERVISOR_SOFTWARE, "virtual supervisor software interrupt", 9),
        Cause(VIRTUAL_SUPERVISOR_TIMER, "virtual supervisor timer interrupt", 10),
    )
}
"""Interrupts by number, those that go first first."""

VS_INTERRUPTS: Final = (
    VIRTUAL_SUPERVISOR_SOFTWARE,
    VIRTUAL_SUPERVISOR_TIMER,
    VIRTUAL_SUPERVISOR_EXTERNAL,
)
"""What VS knows as its supervisor interrupts, whose numbers are one less (hypervisor chapter)."""

PAGE_FAULTS: Final = (INSTRUCTION_PAGE_FAULT, LOAD_PAGE_FAULT, STORE_PAGE_FAULT)
GUEST_PAGE_FAULTS: Final = (
    INSTRUCTION_GUEST_PAGE_FAULT,
    LOAD_GUEST_PAGE_FAULT,
    STORE_GUEST_PAGE_FAULT,
)
ACCESS_FAULTS: Final = (INSTRUCTION_ACCESS_FAULT, LOAD_ACCESS_FAULT, STORE_ACCESS_FAULT)
MISALIGNED: Final = (
    INSTRUCTION_ADDRESS_MISALIGNED,
    LOAD_ADDRESS_MISALIGNED,
    STORE_ADDRESS_MISALIGNED,
)
"""Three causes of one kind, by `core.events.Access`: of a fetch, a load and a store."""

EXPLICIT_ACCESSES: Final = tuple(
    cause
    for of_one_kind in (MISALIGNED, PAGE_FAULTS, ACCESS_FAULTS, GUEST_PAGE_FAULTS)
    for cause in of_one_kind[1:]
)
"""Exceptions of loads and stores, whose instruction tinst may tell."""
H_EXCEPTIONS: Final = (ECALL_FROM_VS, VIRTUAL_INSTRUCTION, *GUEST_PAGE_FAULTS)
"""Exceptions that only a hart with the hypervisor extension raises."""
H_INTERRUPTS: Final = (*VS_INTERRUPTS, GUEST_EXTERNAL)
"""Interrupts that only such a hart has; always delegated past M."""
ABOUT_ADDRESSES: Final = (
    BREAKPOINT,
    *MISALIGNED,
    *PAGE_FAULTS,
    *ACCESS_FAULTS,
    *GUEST_PAGE_FAULTS,
)
"""Exceptions whose tval is a virtual address."""
