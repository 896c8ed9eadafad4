"""The SBI: what a kernel asks of its firmware (RISC-V SBI specification 2.0), answered in Python.

A monitor stands where firmware would stand, so it answers for it; on the bare machine the same
text is the firmware. A call changes the caller's registers a0 and a1, its timer and its devices,
all of them in one machine's words: those of the guest. It counts as one instruction.

    a7 extension   a6 function   a0.. arguments   ->   a0 error, a1 value
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import MIP, RETIRED, WAITING
from vmlab.isa.system.tlb import tlb_flush
from vmlab.machine.devices.finisher import FAIL, PASS, RESET
from vmlab.machine.devices.uart import LSR, LSR_DATA_READY, RBR_THR_DLL
from vmlab.vmm.common.vhart import VirtualHart

A0, A1, A2, A3, A6, A7 = (REGISTER_NUMBERS[name] for name in ("a0", "a1", "a2", "a3", "a6", "a7"))

SUCCESS: Final = 0
FAILED: Final = -1
NOT_SUPPORTED: Final = -2
INVALID_PARAMETER: Final = -3
INVALID_ADDRESS: Final = -5
ALREADY_AVAILABLE: Final = -6

VERSION: Final = 2 << 24
IMPLEMENTATION: Final = 0x766D6C6162
"""`vmlab`: no number is registered for us."""
LEGACY_SET_TIMER, LEGACY_PUTCHAR, LEGACY_GETCHAR, LEGACY_CLEAR_IPI = 0, 1, 2, 3
LEGACY_SEND_IPI, LEGACY_FENCE_I, LEGACY_FENCE, LEGACY_FENCE_ASID, LEGACY_SHUTDOWN = range(4, 9)
BASE: Final = 0x10
TIME: Final = 0x54494D45
IPI: Final = 0x735049
RFENCE: Final = 0x52464E43
HSM: Final = 0x48534D
SRST: Final = 0x53525354
DBCN: Final = 0x4442434E
EXTENSIONS: Final = frozenset({BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN})
SHUTDOWN, COLD_REBOOT, WARM_REBOOT = range(3)
"""Kinds of reset."""
NO_REASON, SYSTEM_FAILURE = range(2)
_MOST_CONSOLE_BYTES: Final = 1 << 16
_STARTED: Final = 0

Answer = tuple[int, int]
"""(error, value)."""


class Sbi:
    """Firmware for one machine's kernel."""

    def __init__(self, hart: VirtualHart) -> None:
        self._hart = hart
        self._machine = hart.machine
        self._answers: dict[int, Callable[[int], Answer]] = {
            BASE: self._base,
            TIME: self._time,
            IPI: self._ipi,
            RFENCE: self._rfence,
            HSM: self._hsm,
            SRST: self._reset,
            DBCN: self._console,
        }

    def call(self) -> None:
        """Answer the ecall at pc, and go on behind it."""
        hart = self._machine.hart
        x, words = hart.x, self._hart.words
        extension, function = x[A7], x[A6]
        hart.pc += 4
        # Firmware takes time: a kernel that does nothing but call gets on, and does not stop time.
        words[RETIRED.slot] += 1
        if extension <= LEGACY_SHUTDOWN:
            x[A0] = self._legacy(extension)
            return
        answer = self._answers.get(extension)
        error, value = (NOT_SUPPORTED, 0) if answer is None else answer(function)
        x[A0] = error
        x[A1] = value

    def _argument(self, number: int) -> int:
        return self._machine.hart.x[number]

    # Extensions, in the order of the specification -----------------------------------------------

    def _base(self, function: int) -> Answer:
        if function == 3:  # probe
            asked = self._argument(A0)
            return SUCCESS, int(asked in EXTENSIONS or asked <= LEGACY_SHUTDOWN)
        values = {0: VERSION, 1: IMPLEMENTATION, 2: 1}
        ids = {4: "mvendorid", 5: "marchid", 6: "mimpid"}
        if function in ids:
            return SUCCESS, self._hart.csr_read(ids[function])
        return (SUCCESS, values[function]) if function in values else (NOT_SUPPORTED, 0)

    def _legacy(self, extension: int) -> int:
        """One value and no error apart from it."""
        if extension == LEGACY_SET_TIMER:
            self._set_timer()
        elif extension == LEGACY_PUTCHAR:
            self.put(self._argument(A0))
        elif extension == LEGACY_GETCHAR:
            byte = self.get()
            return -1 if byte is None else byte
        elif extension == LEGACY_CLEAR_IPI:
            self._software_interrupt(0)
        elif extension == LEGACY_SEND_IPI:
            self._software_interrupt(1)
        elif extension in (LEGACY_FENCE, LEGACY_FENCE_ASID):
            self._hart.kernel(tlb_flush.name)()
        elif extension == LEGACY_SHUTDOWN:
            self._end(PASS)
        return 0

    def _time(self, function: int) -> Answer:
        if function:
            return NOT_SUPPORTED, 0
        self._set_timer()
        return SUCCESS, 0

    def _set_timer(self) -> None:
        self._hart.csr_write("stimecmp", self._argument(A0))

    def _software_interrupt(self, level: int) -> None:
        words, bit = self._hart.words, INTERRUPTS["SSI"].mask
        words[MIP.slot] = words[MIP.slot] & ~bit | bit * level

    def _names_us(self) -> bool:
        """True if the hart mask in a0 and a1 names no hart but the only one there is; it may name
        none."""
        mask, base = self._argument(A0), self._argument(A1)
        return base == MASK64 or not mask or (base == 0 and mask == 1)

    def _ipi(self, function: int) -> Answer:
        if function:
            return NOT_SUPPORTED, 0
        if not self._names_us():
            return INVALID_PARAMETER, 0
        if self._argument(A0) or self._argument(A1) == MASK64:
            self._software_interrupt(1)
        return SUCCESS, 0

    def _rfence(self, function: int) -> Answer:
        """fence.i, sfence.vma, sfence.vma of an ASID; those of guests need a hypervisor."""
        if function > 2:
            return NOT_SUPPORTED, 0
        if not self._names_us():
            return INVALID_PARAMETER, 0
        if function:
            self._hart.kernel(tlb_flush.name)()
        return SUCCESS, 0

    def _hsm(self, function: int) -> Answer:
        """The only hart is running: it calls."""
        if function == 0:
            return (INVALID_PARAMETER if self._argument(A0) else ALREADY_AVAILABLE), 0
        if function == 1:
            return FAILED, 0  # stopping the last hart would end the machine: SRST does that
        if function == 2:
            return (INVALID_PARAMETER, 0) if self._argument(A0) else (SUCCESS, _STARTED)
        if function == 3 and self._argument(A0) == 0:  # the default retentive suspend is a wait
            self._hart.words[WAITING.slot] = 1
            return SUCCESS, 0
        return NOT_SUPPORTED, 0

    def _reset(self, function: int) -> Answer:
        kind, reason = self._argument(A0), self._argument(A1)
        if function:
            return NOT_SUPPORTED, 0
        if kind > WARM_REBOOT or reason > SYSTEM_FAILURE:
            return INVALID_PARAMETER, 0
        ending = FAIL | 1 << 16 if reason else PASS
        self._end(ending if kind == SHUTDOWN else RESET)
        return SUCCESS, 0

    def _end(self, how: int) -> None:
        self._machine.finisher.write(0, 4, how)

    # The console is the UART, as it is for firmware on the board ---------------------------------

    def put(self, byte: int) -> None:
        self._machine.uart.write(RBR_THR_DLL, 1, byte)

    @property
    def typed(self) -> bool:
        """True if a byte that was typed can be had."""
        return bool((self._machine.uart.read(LSR, 1) or 0) & LSR_DATA_READY)

    def get(self) -> int | None:
        """A byte that was typed, or None."""
        return self._machine.uart.read(RBR_THR_DLL, 1) if self.typed else None

    def _console(self, function: int) -> Answer:
        if function == 2:
            self.put(self._argument(A0))
            return SUCCESS, 0
        if function > 2:
            return NOT_SUPPORTED, 0
        length, at = self._argument(A0), self._argument(A1)
        if self._argument(A2) or not self._machine.dma.holds(at, length):
            return INVALID_PARAMETER, 0
        length = min(length, _MOST_CONSOLE_BYTES)
        if function == 0:
            for sent in self._machine.dma.read(at, length):
                self.put(sent)
            return SUCCESS, length
        typed = bytearray()
        while len(typed) < length:
            byte = self.get()
            if byte is None:
                break
            typed.append(byte)
        self._machine.dma.write(at, bytes(typed))
        return SUCCESS, len(typed)
