"""Hardware assistance in two stages: the monitor owns HS, and the guest runs with V = 1.

Its kernel runs in VS, its user in VU; traps between them, page tables and the timer are the
hardware's. Nothing that the guest does to its own state comes here. What does: a page of memory met
for the first time, a device, a wait, a call of the firmware, and what must not be seen (counters).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from vmlab.core.errors import Unsupported
from vmlab.core.events import Access
from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import (
    ECALL_FROM_VS,
    GUEST_PAGE_FAULTS,
    H_EXCEPTIONS,
    ILLEGAL_INSTRUCTION,
    VIRTUAL_INSTRUCTION,
)
from vmlab.isa.csr_rules import VS_BITS
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layouts import COUNTEREN
from vmlab.isa.state import (
    EVENT_AT,
    HGATP,
    MENVCFG,
    TRAP_TVAL2,
    WAITING,
)
from vmlab.isa.system.time import NEVER
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.lending import REGISTERS, Lent
from vmlab.vmm.common.tables import Tables
from vmlab.vmm.common.vhart import DELEGATED
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.hwassist import state
from vmlab.vmm.hwassist.given import TAKEN_AWAY, Given, check, given
from vmlab.vmm.hwassist.gstage import GStage

_ACCESS: Final = {cause: Access(number) for number, cause in enumerate(GUEST_PAGE_FAULTS)}
_TELL_THE_WORD: Final = (ILLEGAL_INSTRUCTION, VIRTUAL_INSTRUCTION)
"""tval of these may be the instruction."""
_EVENT_AT, _HGATP, _TVAL2 = EVENT_AT.slot, HGATP.slot, TRAP_TVAL2.slot


class HardwareAssist(DirectMonitor):
    """The monitor of one host. With `big_pages` the G-stage maps 2 MiB at a time where it can."""

    name: ClassVar[str] = "hwassist"
    owns: ClassVar[Mode] = Mode.S
    lends: ClassVar[Lent] = {**REGISTERS, **state.LENT, **TAKEN_AWAY}
    hart_walks_guest: ClassVar[bool] = True
    hart_traps_guest: ClassVar[bool] = True

    def __init__(self, host: Host, big_pages: bool = False) -> None:
        if "h" not in extensions_of(host.machine.platform.isa):
            raise Unsupported("expected a hart with the hypervisor extension, found none")
        self.big_pages = big_pages
        self.stages: dict[int, GStage] = {}
        self.given: dict[int, Given] = {}
        super().__init__(host)

    def set_up(self) -> None:
        super().set_up()
        csr = self.host.hart.csr_write
        csr("medeleg", DELEGATED | sum(1 << cause for cause in H_EXCEPTIONS))
        csr("hideleg", VS_BITS)
        # What M hides is an illegal instruction, which VS would get: HS does the hiding.
        csr("mcounteren", sum(field.mask for field in COUNTEREN.fields))
        platform = self.host.machine.platform
        self._control(given(platform, platform, self.host.words[MENVCFG.slot]))
        self.host.hart_changed()

    def admit(self, vm: Vm) -> None:
        real, board = self.host.machine.platform, vm.machine.platform
        check(real, board)
        self.stages[vm.number] = GStage(self.host, vm, self.big_pages)
        self.given[vm.number] = given(real, board, vm.hart.words[MENVCFG.slot])

    def _control(self, given: Given) -> None:
        words = self.host.words
        for place, value in given.words:
            words[place] = value

    def enter(self, vm: Vm) -> None:
        words, given = self.host.words, self.given[vm.number]
        state.put(self.host, vm, given.clock)
        self._control(given)
        hgatp = self.stages[vm.number].hgatp
        if words[_HGATP] != hgatp:
            words[_HGATP] = hgatp
            self.host.flush_tlb()  # as a write of hgatp does

    def leave(self, vm: Vm) -> None:
        state.fetch(self.host, vm)

    def guest_mode(self, vm: Vm) -> Mode:
        """VS is the guest's S, and VU its U, by the same numbers."""
        return vm.hart.mode if vm.home else self.host.machine.hart.mode

    def real_mode(self, believed: Mode) -> str:
        """With V = 1."""
        return mode_name(believed, virtual=True)

    @property
    def owner_mode(self) -> str:
        """S with V = 0 is HS where there is a hypervisor."""
        return "HS"

    def due(self, vm: Vm) -> int | None:
        """A device; the guest's timer goes off without us."""
        if not self.given[vm.number].clock:
            return super().due(vm)
        event: int = vm.hart.words[_EVENT_AT]
        return None if event >= NEVER else event

    def after_reset(self, vm: Vm) -> None:
        self.stages[vm.number].forget()

    def mapped(self, vm: Vm, most: int) -> Tables:
        return self.stages[vm.number].tables(most)

    def keep(self) -> Any:
        return {number: stage.memo() for number, stage in self.stages.items()}

    def put_back(self, kept: Any) -> None:
        for number, memo in kept.items():
            self.stages[number].recall(memo)

    # Exits ---------------------------------------------------------------------------------------

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        if exit.interrupt:
            self.pull(vm)
            return Reason.TIMER
        access = _ACCESS.get(exit.cause)
        if access is not None:
            return self._guest_page_fault(vm, exit.tval, access)
        self.pull(vm)
        before = vm.hart.flushes
        if exit.cause == ECALL_FROM_VS:
            reason = self.answer_firmware_call(vm)
        else:
            # What VS or VU may not do at all, or only in its own belief: the virtual hart knows.
            self.emulate(vm, exit.tval if exit.cause in _TELL_THE_WORD and exit.tval else None)
            sensitive = exit.cause == VIRTUAL_INSTRUCTION
            reason = Reason.SENSITIVE if sensitive else Reason.EXCEPTION
            if vm.hart.words[WAITING.slot]:
                reason = Reason.IDLE
        if vm.hart.flushes != before:
            self.host.flush_tlb()
        return reason

    def answer_firmware_call(self, vm: Vm) -> Reason:
        """The guest's kernel has called its firmware. The registers are home."""
        self.call_firmware(vm)
        return Reason.FIRMWARE_CALL

    def answer_device(self, vm: Vm) -> Reason:
        """The instruction at pc accesses what is not RAM. The registers are home."""
        self.emulate(vm)
        return Reason.DEVICE

    def _guest_page_fault(self, vm: Vm, va: int, access: Access) -> Reason:
        """The G-stage refused. If it is RAM of the guest's, the guest never learns of it."""
        stage, gpa = self.stages[vm.number], self.host.words[_TVAL2] << 2
        if not gpa:
            return self._search(vm, stage, va, access)
        if vm.spa(gpa) is None:
            self.pull(vm)
            return self.answer_device(vm)
        if stage.give(gpa, access is Access.STORE):
            vm.counters.gstage_faults += 1
        else:
            self.host.flush_tlb()  # a hart may hold on to what was refused before
        return Reason.GSTAGE_FAULT

    def _search(self, vm: Vm, stage: GStage, va: int, access: Access) -> Reason:
        """htval may be 0. Then the guest's own tables say which address it was: one of theirs, or
        the last that they lead to. If nothing was missing, it is none of RAM's."""
        self.pull(vm)
        (cause, page, _, _), reads = vm.hart.walk_told(va, access)
        self.host.monitor_wrote(vm)  # the walk may have set A and D
        given = [stage.give(gpa, False) for gpa in reads if vm.spa(gpa) is not None]
        if not cause and vm.spa(page) is not None:
            given.append(stage.give(page, access is Access.STORE))
        if not any(given):
            return self.answer_device(vm)
        vm.counters.gstage_faults += 1
        return Reason.GSTAGE_FAULT
