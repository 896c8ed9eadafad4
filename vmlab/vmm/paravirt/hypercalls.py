"""What a guest's kernel asks of its monitor, carried out. Numbers and meanings: `abi`."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import MODE, MSTATUS, PC, RETIRED, X
from vmlab.machine.devices.finisher import FAIL, PASS, RESET
from vmlab.vmm.common import host
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.paravirt.abi import (
    EXTENSION,
    FRAME_BYTES,
    FRAME_PC,
    MOST_OPS,
    OP_BYTES,
    OP_MASK,
    Call,
    Error,
    Event,
    Op,
    Shared,
    Shutdown,
)
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.frametable import Use
from vmlab.vmm.paravirt.rings import block, console_out
from vmlab.vmm.paravirt.tables import MOST_CHECKS, NO_LIMIT, Refused, Tables, page_of

A0, A1, A2, A6, A7 = (REGISTER_NUMBERS[name] for name in ("a0", "a1", "a2", "a6", "a7"))
MOST_SPACES: Final = (host.MOST_SPACES + 1) // 2
"""Numbers of spaces: of the hart's bits for them one is the monitor's (level u)."""
_ENDINGS: Final = {Shutdown.OFF: PASS, Shutdown.FAILED: FAIL | 1 << 16, Shutdown.REBOOT: RESET}
_SIE: Final = STATUS.mask("SIE")
_SEPC: Final = CSRS["sepc"].number

Answer = tuple[Error, int]
"""(error, value)."""
DONE: Final[Answer] = Error.NONE, 0


class Hypercalls:
    """The hypercalls of one monitor's guests. The caller's registers are home."""

    def __init__(self, tables: Tables, level_u: bool, tell: Callable[[set[int]], None]) -> None:
        self._tables = tables
        self._level_u = level_u
        self._tell = tell
        """Machine frames have been written by a device."""
        self._calls: dict[int, Callable[[Domain], Answer]] = {
            Call.MMU: self._mmu,
            Call.SET_TIMER: self._set_timer,
            Call.GET_TIME: self._get_time,
            Call.NOTIFY: self._notify,
            Call.UNMASK: self._unmask,
            Call.BLOCK: self._block,
            Call.YIELD: self._yield,
            Call.SHUTDOWN: self._shutdown,
            Call.IRET: self._iret,
        }
        if level_u:
            self._calls[Call.SET_ENTRY] = self._set_entry

    def call(self, domain: Domain) -> Reason:
        """Answer the ecall at pc, and go on behind it. It counts as an instruction of the guest's
        that the monitor has carried out."""
        words, x = domain.hart.words, domain.machine.hart.x
        words[RETIRED.slot] += 1
        words[PC.slot] += 4
        domain.counters.hypercalls += 1
        number = x[A6] if x[A7] == EXTENSION else -1
        call = self._calls.get(number)
        domain.asked = "" if call is None else Call(number).name.lower()
        error, value = (Error.NOT_SUPPORTED, 0) if call is None else call(domain)
        if number != Call.IRET or error is not Error.NONE:
            x[A0], x[A1] = error, value
        return Reason.IDLE if number == Call.BLOCK else Reason.HYPERCALL

    # Page tables ---------------------------------------------------------------------------------

    def _mmu(self, domain: Domain) -> Answer:
        x = domain.machine.hart.x
        return self._operations(domain, x[A0], x[A1])

    def _operations(self, domain: Domain, at: int, count: int) -> Answer:
        """Copied first, so that none of them can change another. What takes the monitor long takes
        the guest the rest of its slice."""
        if count > MOST_OPS:
            return Error.INVALID, 0
        batch = domain.fetch(at, count * OP_BYTES)
        if batch is None:
            return Error.ADDRESS, 0
        done, updates, answer = 0, 0, Error.NONE
        self._tables.checks_left = MOST_CHECKS
        for address, value in struct.iter_unpack("<QQ", batch):
            try:
                updates += self._operation(domain, Op(address & OP_MASK), address, value)
            except Refused as refused:
                domain.refused = str(refused)
                answer = refused.error
                break
            done += 1
        self._tables.tell_engine()
        domain.yields |= self._tables.checks_left < MOST_CHECKS // 2
        self._tables.checks_left = NO_LIMIT
        if updates:
            domain.counters.updates_per_hypercall[updates] += 1
            domain.asked = f"{domain.asked} {updates}"
        return answer, done

    def _operation(self, domain: Domain, op: Op, address: int, value: int) -> int:
        """Carry one out; how many entries it changed. Raises `Refused`."""
        tables, owner, address = self._tables, domain.number, address & ~OP_MASK
        match op:
            case Op.WRITE:
                tables.write(owner, address, value)
                return 1
            case Op.WRITE_VA:
                tables.write(owner, tables.walk(domain.root, address), value)
                return 1
            case Op.PIN:
                tables.pin(owner, page_of(address), value)
            case Op.UNPIN:
                tables.unpin(owner, page_of(address))
            case Op.SWITCH:
                if value >= MOST_SPACES:
                    raise Refused(f"there is no space {value}", Error.INVALID)
                tables.take(owner, page_of(address), Use.TABLE_2)
                tables.give(domain.root)
                domain.root, domain.space = address >> PAGE_BITS, value
            case Op.USER_ROOT:
                if not self._level_u:
                    raise Refused("the kernel's root is the user's, too", Error.NOT_SUPPORTED)
                new = page_of(address)
                if new:
                    tables.take(owner, new, Use.TABLE_2)
                if domain.user_root:
                    tables.give(domain.user_root)
                domain.user_root = new
            case Op.FLUSH_VA | Op.FLUSH:
                # More than one page is more than asked, and always right.
                tables.flush()
        return 0

    # Time and events -----------------------------------------------------------------------------

    def _set_timer(self, domain: Domain) -> Answer:
        domain.set_timer(domain.machine.hart.x[A0])
        return DONE

    def _get_time(self, domain: Domain) -> Answer:
        return Error.NONE, domain.clock()

    def _notify(self, domain: Domain) -> Answer:
        match domain.machine.hart.x[A0]:
            case Event.CONSOLE:
                console_out(domain)
            case Event.BLOCK:
                self._tell(block(domain, self._tables.frames))
            case _:
                return Error.INVALID, 0
        return DONE

    def _unmask(self, domain: Domain) -> Answer:
        domain.share(Shared.MASK, 0)
        return DONE

    def _block(self, domain: Domain) -> Answer:
        domain.blocked = True
        return DONE

    def _yield(self, domain: Domain) -> Answer:
        domain.yields = True
        return DONE

    def _shutdown(self, domain: Domain) -> Answer:
        reason = domain.machine.hart.x[A0]
        if reason not in _ENDINGS:
            return Error.INVALID, 0
        domain.machine.finisher.write(0, 4, _ENDINGS[Shutdown(reason)])
        return DONE

    # Traps ---------------------------------------------------------------------------------------

    def _iret(self, domain: Domain) -> Answer:
        """sret by the description, with the registers of a frame."""
        x, words = domain.machine.hart.x, domain.hart.words
        frame = domain.fetch(x[A0], FRAME_BYTES)
        if frame is None:
            return Error.ADDRESS, 0
        if x[A2]:
            error, done = self._operations(domain, x[A1], x[A2])
            if error is not Error.NONE:
                return error, done
        registers = memoryview(frame).cast("Q")
        words[X.slot + 1 : X.slot + X.length] = registers[1 : X.length]
        domain.hart.kernel("csr_write")(_SEPC, registers[FRAME_PC >> 3])
        words[PC.slot] = domain.hart.kernel("sret")()
        if words[MODE.slot] == Mode.S:
            domain.share(Shared.MASK, int(not words[MSTATUS.slot] & _SIE))
        words[MSTATUS.slot] &= ~_SIE
        return DONE

    def _set_entry(self, domain: Domain) -> Answer:
        domain.hart.csr_write("stvec", domain.machine.hart.x[A0])
        return DONE
