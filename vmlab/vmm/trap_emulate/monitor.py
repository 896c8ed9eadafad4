"""Trap and emulate: the monitor owns S, and all of the guest runs in U.

The guest's kernel is deprived of its mode and does not know. Whatever it does that needs S traps,
comes here, and is done to a hart that it believes to be real; everything else runs directly. Page
tables are composed (`common.shadow`), by one of two schemes: *lazy* or *traced* (`common.trace`).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_OFFSET
from vmlab.isa.causes import ECALL_FROM_U, ILLEGAL_INSTRUCTION, PAGE_FAULTS
from vmlab.isa.state import MODE, SATP, VIRTUAL, WAITING
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.shadow import Shadow
from vmlab.vmm.common.tables import Tables
from vmlab.vmm.common.trace import Traced
from vmlab.vmm.common.vm import Vm

SCHEMES: Final = ("lazy", "traced")
_ACCESS: Final = {cause: Access(number) for number, cause in enumerate(PAGE_FAULTS)}


class TrapAndEmulate(DirectMonitor):
    """The monitor of one host."""

    name: ClassVar[str] = "trap_emulate"
    owns: ClassVar[Mode] = Mode.S

    def __init__(self, host: Host, scheme: str = "lazy") -> None:
        if scheme not in SCHEMES:
            raise BadInput(f"expected shadows of {' or '.join(SCHEMES)}, found {scheme!r}")
        self.scheme = scheme
        self.shadows: dict[int, Shadow] = {}
        super().__init__(host)

    def admit(self, vm: Vm) -> None:
        make = Traced if self.scheme == "traced" else Shadow
        self.shadows[vm.number] = make(self.host, vm)

    def enter(self, vm: Vm) -> None:
        """In U, behind the shadow of the context that the guest is in now."""
        words = self.host.words
        words[MODE.slot] = Mode.U
        words[VIRTUAL.slot] = 0
        words[SATP.slot] = self.shadows[vm.number].root().satp

    def after_reset(self, vm: Vm) -> None:
        self.shadows[vm.number].forget()

    def mapped(self, vm: Vm, most: int) -> Tables:
        return self.shadows[vm.number].tables(most)

    def keep(self) -> Any:
        return {number: shadow.memo() for number, shadow in self.shadows.items()}

    def put_back(self, kept: Any) -> None:
        for number, memo in kept.items():
            self.shadows[number].recall(memo)

    # Exits ---------------------------------------------------------------------------------------

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        if exit.interrupt:
            self.pull(vm)
            return Reason.TIMER
        access = _ACCESS.get(exit.cause)
        if access is not None:
            return self._page_fault(vm, exit, access)
        self.pull(vm)
        if exit.cause == ILLEGAL_INSTRUCTION:
            return self._illegal(vm, exit)
        if exit.cause == ECALL_FROM_U and vm.mode is Mode.S:
            before = vm.hart.flushes
            self.call_firmware(vm)
            if vm.hart.flushes != before:
                self.shadows[vm.number].fence(None, None)
            return Reason.FIRMWARE_CALL
        # On the real hart the guest's kernel would have got it.
        self.inject(vm, exit.cause, exit.tval)
        return Reason.SYSTEM_CALL if exit.cause == ECALL_FROM_U else Reason.EXCEPTION

    def _illegal(self, vm: Vm, exit: TrapExit) -> Reason:
        """An instruction that the guest may not execute in U. Whether it may in the mode that it
        believes in, the virtual hart says."""
        words, before = vm.hart.words, vm.hart.flushes
        sensitive = vm.mode is Mode.S
        word = self._word(vm, exit)
        self.emulate(vm, word)
        if vm.hart.flushes != before:
            self._fence(vm, word)
        if words[WAITING.slot]:
            return Reason.IDLE
        return Reason.SENSITIVE if sensitive else Reason.EXCEPTION

    def _word(self, vm: Vm, exit: TrapExit) -> int | None:
        """tval may be the instruction, and may be 0: then the virtual hart fetches it."""
        return exit.tval or None

    def _fence(self, vm: Vm, word: int | None) -> None:
        """The guest has had translations forgotten: forget what the shadows made of them."""
        shadow = self.shadows[vm.number]
        found = None if word is None else vm.hart.decode(word)
        if found is None:
            shadow.fence(None, None)
            return
        x = vm.machine.hart.x
        _, operands = found
        address, space = operands.get("rs1", 0), operands.get("rs2", 0)
        shadow.fence(x[address] if address else None, x[space] if space else None)

    # Page faults ---------------------------------------------------------------------------------

    def _page_fault(self, vm: Vm, exit: TrapExit, access: Access) -> Reason:
        """The shadow refused. If the guest's own tables would have, too, it is a true fault;
        otherwise the guest must never learn of it."""
        shadow, va = self.shadows[vm.number], exit.tval
        reads: list[int] = []
        if isinstance(shadow, Traced):
            (cause, page, allowed, level), reads = vm.hart.walk_told(va, access)
        else:
            cause, page, allowed, level = vm.hart.walk(va, access)
        self.host.monitor_wrote(vm)  # the walk may have set A and D
        if cause:
            self.pull(vm)
            self.inject(vm, cause, va)
            vm.counters.true_faults += 1
            return Reason.TRUE_FAULT
        spa = vm.spa(page)
        if spa is None:
            self.pull(vm)
            self.emulate(vm)
            return Reason.DEVICE
        if isinstance(shadow, Traced):
            if access is Access.STORE and shadow.is_traced(page):
                return self._table_write(vm, shadow, page | va & PAGE_OFFSET)
            shadow.fill_from(va, page, spa, allowed, level, reads)
        else:
            shadow.fill(va, spa, allowed, level)
        self.host.words[SATP.slot] = shadow.root().satp
        vm.counters.shadow_fills += 1
        return Reason.HIDDEN_FAULT

    def _table_write(self, vm: Vm, shadow: Traced, gpa: int) -> Reason:
        """A store to a page table that is traced: carry it out, and let the shadow follow."""
        self.pull(vm)
        self.emulate(vm)
        shadow.written(gpa, 8)
        vm.counters.guest_pt_writes += 1
        return Reason.TABLE_WRITE
