"""Mistakes of a monitor that traps and emulates."""

from __future__ import annotations

from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.isa.causes import ECALL_FROM_S, ECALL_FROM_U, STORE_PAGE_FAULT
from vmlab.isa.layouts import ENVCFG, INTERRUPTS, MSTATUS
from vmlab.isa.state import (
    MENVCFG,
    MIE,
    NO_RESERVATION,
    PC,
    RESERVATION,
    SCAUSE,
    SCOUNTEREN,
    SENVCFG,
    SKIPPED,
    SSCRATCH,
    STIMECMP,
    STVEC,
)
from vmlab.isa.state import MSTATUS as STATUS
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate


class DirtyTooEarly(TrapAndEmulate):
    """Each fill lets the guest store, and says in its table that it has."""

    def _page_fault(self, vm: Vm, exit: TrapExit, access: Access) -> Reason:
        if access is Access.LOAD:
            vm.hart.walk(exit.tval, Access.STORE)
        return super()._page_fault(vm, exit, access)


class DirtyTooLate(TrapAndEmulate):
    """Writable from the first load on: the store that should set D never comes here."""

    def admit(self, vm: Vm) -> None:
        super().admit(vm)
        fill = self.shadows[vm.number].fill

        def eager(va: int, spa: int, allowed: int, level: int) -> None:
            fill(va, spa, allowed | 1 << Access.STORE, level)

        self.shadows[vm.number].fill = eager  # type: ignore[method-assign]


class SpieNotCopied(TrapAndEmulate):
    """A trap into the guest leaves SPIE as it was."""

    def inject(self, vm: Vm, cause: int, tval: int) -> None:
        spie, words = MSTATUS.mask("SPIE"), vm.hart.words
        before = words[STATUS.slot] & spie
        super().inject(vm, cause, tval)
        words[STATUS.slot] = words[STATUS.slot] & ~spie | before


class WrongEcallCause(TrapAndEmulate):
    """A system call reaches the guest's kernel as a call of the supervisor."""

    def inject(self, vm: Vm, cause: int, tval: int) -> None:
        super().inject(vm, cause, tval)
        if cause == ECALL_FROM_U:
            vm.hart.words[SCAUSE.slot] = ECALL_FROM_S


class AlwaysFourBytes(TrapAndEmulate):
    """What is emulated at a device is taken for four bytes long."""

    def _page_fault(self, vm: Vm, exit: TrapExit, access: Access) -> Reason:
        reason = super()._page_fault(vm, exit, access)
        if reason is Reason.DEVICE and vm.hart.words[PC.slot] == exit.pc + 2:
            vm.hart.words[PC.slot] = exit.pc + 4
        return reason


class TimeLeaks(TrapAndEmulate):
    """The guest's clock goes on while its monitor works: one tick an exit."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super().on_exit(vm, exit)
        if vm.home:
            vm.hart.words[SKIPPED.slot] += 1
        return reason


class ReadsRealTime(TrapAndEmulate):
    """mcounteren is left open: the guest reads the real clock."""

    def set_up(self) -> None:
        super().set_up()
        self.host.hart.csr_write("mcounteren", (1 << 32) - 1)
        self.host.hart.csr_write("scounteren", (1 << 32) - 1)


class ReservationKept(TrapAndEmulate):
    """A reservation survives the guest's trap."""

    def push(self, vm: Vm) -> None:
        real, own = self.host.words, vm.hart.words
        kept = real[RESERVATION.slot]
        super().push(vm)
        if own[RESERVATION.slot] == NO_RESERVATION:
            real[RESERVATION.slot] = kept


class ReservationLost(TrapAndEmulate):
    """Each exit ends the guest's reservation."""

    def pull(self, vm: Vm) -> None:
        super().pull(vm)
        vm.hart.words[RESERVATION.slot] = NO_RESERVATION


class FsNotMerged(TrapAndEmulate):
    """The hart makes FS dirty by itself; the guest is not told."""

    def pull(self, vm: Vm) -> None:
        fs = MSTATUS.mask("FS", "SD")
        before = vm.hart.words[STATUS.slot] & fs
        super().pull(vm)
        vm.hart.words[STATUS.slot] = vm.hart.words[STATUS.slot] & ~fs | before


class TimerWhileMasked(TrapAndEmulate):
    """The real timer is passed on as the guest's, whether it is open to it or not."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super().on_exit(vm, exit)
        if exit.interrupt and vm.mode is Mode.S:
            vm.hart.words[STATUS.slot] |= MSTATUS.mask("SIE")
        return reason


class TimerAlwaysOpen(TrapAndEmulate):
    """sie is not asked: a timer that the guest has masked comes through."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super().on_exit(vm, exit)
        if exit.interrupt:
            vm.hart.words[MIE.slot] |= INTERRUPTS.mask("STI")
        return reason


class TimerForgotten(TrapAndEmulate):
    """The real timer is set for the slice alone."""

    def set_timer(self, vm: Vm) -> None:
        super().set_timer(vm)
        self.host.words[STIMECMP.slot] = (
            (1 << 64) - 1 if self._slice_end is None else self._slice_end
        )


class FenceNarrowed(TrapAndEmulate):
    """A fence of everything is taken for one of the present space."""

    def _fence(self, vm: Vm, word: int | None) -> None:
        shadow = self.shadows[vm.number]
        x0_x0 = word is not None and word >> 15 & 0x3FF == 0
        shadow.fence(*((None, shadow.context().asid) if x0_x0 else self._named(vm, word)))

    def _named(self, vm: Vm, word: int | None) -> tuple[int | None, int | None]:
        found = None if word is None else vm.hart.decode(word)
        if found is None:
            return None, None
        x, (_, operands) = vm.machine.hart.x, found
        address, space = operands.get("rs1", 0), operands.get("rs2", 0)
        return x[address] if address else None, x[space] if space else None


class GuestValueInRealCsr(TrapAndEmulate):
    """The guest's stvec is written into the real one."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        self.host.words[STVEC.slot] = vm.hart.words[STVEC.slot]


class GuestEnvironment(TrapAndEmulate):
    """The guest's counter enables are written into the real ones: harmless while mcounteren is 0,
    and not the guest's to write."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        for word in (SCOUNTEREN, SENVCFG, SSCRATCH):
            self.host.words[word.slot] = vm.hart.words[word.slot]


class TrustsTval(TrapAndEmulate):
    """tval of an illegal instruction is taken for its word, also where it is 0."""

    def _word(self, vm: Vm, exit: TrapExit) -> int | None:
        return exit.tval


class TrueFaultHidden(TrapAndEmulate):
    """A true fault is told with the address of its page."""

    def inject(self, vm: Vm, cause: int, tval: int) -> None:
        super().inject(vm, cause, tval & ~0xFFF if cause == STORE_PAGE_FAULT else tval)


class SvadeForced(TrapAndEmulate):
    """The guest is to set A and D itself, and has not been told."""

    def admit(self, vm: Vm) -> None:
        super().admit(vm)
        vm.hart.words[MENVCFG.slot] &= ~ENVCFG.mask("ADUE")


class IllegalSkipped(TrapAndEmulate):
    """An instruction that is illegal for the guest, too, is skipped."""

    def _illegal(self, vm: Vm, exit: TrapExit) -> Reason:
        epc = exit.pc
        reason = super()._illegal(vm, exit)
        if vm.mode is Mode.S and reason is Reason.EXCEPTION:
            vm.hart.csr_write("sepc", epc + 4)
        return reason
