"""Mistakes with what belongs to others: real memory, the timer, the world switch; and waste."""

from __future__ import annotations

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.layouts import MSTATUS
from vmlab.isa.state import FFLAGS, FRM, STIMECMP, WAITING, F
from vmlab.isa.state import MSTATUS as STATUS
from vmlab.machine import memmap
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.shadow import Shadow
from vmlab.vmm.common.vm import State, Vm
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

_F = slice(F.slot, F.slot + F.length)


class MapsBehindRam(TrapAndEmulate):
    """The bound of the guest's RAM is checked one page too late."""

    def admit(self, vm: Vm) -> None:
        super().admit(vm)
        size = vm.machine.platform.ram_bytes

        def spa(gpa: int) -> int | None:
            offset = gpa - memmap.RAM
            return vm.ram_at + offset if 0 <= offset < size + PAGE_SIZE_BYTES else None

        vm.spa = spa  # type: ignore[method-assign]


class TablesInGuest(TrapAndEmulate):
    """The page of a shadow table is taken from the guest's own RAM."""

    def admit(self, vm: Vm) -> None:
        super().admit(vm)
        host, shadow = self.host, self.shadows[vm.number]
        last = vm.ram_at + vm.machine.platform.ram_bytes - 64 * PAGE_SIZE_BYTES
        take = shadow._page

        def page() -> int:
            nonlocal last
            if last == vm.ram_at + vm.machine.platform.ram_bytes - 32 * PAGE_SIZE_BYTES:
                return take()
            last += PAGE_SIZE_BYTES
            host.clear_page(last)
            shadow.pages += 1
            return last

        shadow._page = page  # type: ignore[method-assign]


class LeavesTableWritable(Shadow):
    """The monitor's own table is mapped for the guest, where nothing of the guest's is."""

    def fill(self, va: int, spa: int, allowed: int, level: int) -> None:
        super().fill(va, spa, allowed, level)
        super().fill(va ^ 1 << 37, self.root().pa, allowed, 0)


class NoSliceEnd(TrapAndEmulate):
    """The real timer is set for the guest alone: who spins keeps the hart."""

    def set_timer(self, vm: Vm) -> None:
        end, self._slice_end = self._slice_end, None
        super().set_timer(vm)
        self._slice_end = end


class FloatsNotSwitched(TrapAndEmulate):
    """Floating-point registers stay on the hart at a world switch."""

    def push(self, vm: Vm) -> None:
        real = self.host.words
        kept = bytes(real[_F].cast("B")), real[FFLAGS.slot], real[FRM.slot]
        super().push(vm)
        if vm.hart.words[STATUS.slot] & MSTATUS.mask("FS"):
            real[_F] = memoryview(kept[0]).cast("Q")


class WritesNeighbour(TrapAndEmulate):
    """What is emulated at a device writes a word of another machine's, too."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super().on_exit(vm, exit)
        if reason is Reason.DEVICE:
            for other in self.host.vms:
                if other is not vm:
                    other.machine.arena.ram8[1] += 1
        return reason


class TimerOff(TrapAndEmulate):
    """The real timer is switched off while a guest whose own timer is off runs."""

    def set_timer(self, vm: Vm) -> None:
        super().set_timer(vm)
        if vm.hart.deadline() is None:
            self.host.words[STIMECMP.slot] = (1 << 64) - 1


class ForgetsAtEachExit(TrapAndEmulate):
    """All shadows are dropped at each exit: right, and slow."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super().on_exit(vm, exit)
        if vm.home:
            self.shadows[vm.number].forget()
        return reason


class EmulatesOn(TrapAndEmulate):
    """Once it has the hart, the monitor carries out what follows, too: right, and not direct."""

    def _illegal(self, vm: Vm, exit: TrapExit) -> Reason:
        reason = super()._illegal(vm, exit)
        for _ in range(3):
            if vm.state is State.READY and not vm.asks and not vm.hart.words[WAITING.slot]:
                self.emulate(vm)
        return reason
