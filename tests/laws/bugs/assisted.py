"""Mistakes of a monitor with hardware assistance."""

from __future__ import annotations

from vmlab.isa.layouts import COUNTEREN
from vmlab.isa.layouts import MSTATUS as LAYOUT
from vmlab.isa.state import (
    HCOUNTEREN,
    HGATP,
    HTIMEDELTA,
    MEDELEG,
    SCOUNTEREN,
    STIMECMP,
    VSSTATUS,
    VSTIMECMP,
)
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.hwassist.monitor import HardwareAssist


class ShowsInstret(HardwareAssist):
    """hcounteren lets VS read the real counters."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        self.host.words[HCOUNTEREN.slot] |= COUNTEREN.mask("CY", "IR")


class DeltaForgotten(HardwareAssist):
    """htimedelta is set once, and not after the guest has slept or others have run."""

    def enter(self, vm: Vm) -> None:
        before = self.host.words[HTIMEDELTA.slot]
        super().enter(vm)
        if before:
            self.host.words[HTIMEDELTA.slot] = before


class KeepsStage(HardwareAssist):
    """hgatp stays at a world switch: the next machine runs in the memory of the last."""

    def enter(self, vm: Vm) -> None:
        before = self.host.words[HGATP.slot]
        super().enter(vm)
        if before:
            self.host.words[HGATP.slot] = before


class NoFlushAtSwitch(HardwareAssist):
    """hgatp is written, and what the TLB made of the old one stays."""

    def enter(self, vm: Vm) -> None:
        host, flush = self.host, self.host.flush_tlb
        host.flush_tlb = lambda: None  # type: ignore[method-assign]
        try:
            super().enter(vm)
        finally:
            host.flush_tlb = flush  # type: ignore[method-assign]


class FloatAlwaysOn(HardwareAssist):
    """FS of VS is what the real mstatus has."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        self.host.words[VSSTATUS.slot] |= LAYOUT.mask("FS")


class TimerNotGiven(HardwareAssist):
    """vstimecmp is left as it was: the guest's timer never comes by itself."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        self.host.words[VSTIMECMP.slot] = (1 << 64) - 1


class EnablesLost(HardwareAssist):
    """scounteren does not come home."""

    def leave(self, vm: Vm) -> None:
        before = vm.hart.words[SCOUNTEREN.slot]
        super().leave(vm)
        vm.hart.words[SCOUNTEREN.slot] = before


class SliceNotArmed(HardwareAssist):
    """The real timer is not set: the guest's own is taken for it."""

    def set_timer(self, vm: Vm) -> None:
        super().set_timer(vm)
        self.host.words[STIMECMP.slot] = (1 << 64) - 1


class DelegatesForM(HardwareAssist):
    """The guest's medeleg is written into the real one."""

    def enter(self, vm: Vm) -> None:
        super().enter(vm)
        self.host.words[MEDELEG.slot] = vm.hart.words[MEDELEG.slot]
