"""What `Vcpu.run` comes back with: the exits that user space has to see (`KVM_EXIT_...`).

Most exits never get this far: the kernel part answers them and enters the guest again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mmio:
    """The guest accesses what is not its RAM (KVM_EXIT_MMIO). The instruction has not happened yet:
    it does when the answer is there."""

    gpa: int
    size_bytes: int
    is_write: bool
    data: int
    """What is written; 0 for a read."""


@dataclass(frozen=True, slots=True)
class SbiCall:
    """The guest calls a part of its firmware that is user space's (KVM_EXIT_RISCV_SBI)."""

    extension: int
    function: int
    arguments: tuple[int, ...]
    """a0 to a5."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The guest waits, and only input can wake it (KVM_EXIT_HLT: a kernel with threads of its own
    would sleep instead)."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The guest runs no more (KVM_EXIT_SYSTEM_EVENT)."""

    passed: bool
    why: str = ""
    """Why, if it crashed."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """As many instructions as were asked for have been carried out (KVM_EXIT_INTR)."""


@dataclass(frozen=True, slots=True)
class FailEntry:
    """The guest can't be entered (KVM_EXIT_FAIL_ENTRY)."""

    why: str


KvmExit = Mmio | SbiCall | Idle | Shutdown | Interrupted | FailEntry
