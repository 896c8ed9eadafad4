"""The kernel part of KVM: the same monitor, but devices and the console live in user space.

The virtual hart does not decode an access for user space: it begins the instruction, and asks its
bus. The bus has no device; it stops the instruction and says what was asked. Once user space has
answered, the instruction begins again, finds the answer, and happens. An instruction that accesses
twice (an atomic operation) stops twice.
"""

from __future__ import annotations

from typing import Final

from vmlab.machine.bus import Bus
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.sbi import A0, A6, A7, DBCN, LEGACY_GETCHAR, LEGACY_PUTCHAR
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.hwassist.exits import Mmio, SbiCall
from vmlab.vmm.hwassist.monitor import HardwareAssist

OF_USER_SPACE: Final = frozenset({LEGACY_PUTCHAR, LEGACY_GETCHAR, DBCN})
"""The console; the rest of the SBI is about the hart, and the kernel's."""
_ARGUMENTS: Final = 6


class NeedsUserSpace(Exception):
    """What the guest asks for is not here. Nothing has happened yet."""

    def __init__(self, exit: Mmio | SbiCall) -> None:
        super().__init__(exit)
        self.exit: Final = exit


class Doorway(Bus):
    """In place of a board's bus: the accesses of one instruction are answered from a list, and the
    first that is not there goes to user space. `board` has the devices."""

    def __init__(self, board: Bus) -> None:
        super().__init__(board.devices)
        self.board = board
        self._answers: list[int | None] = []
        self._used = 0

    def begin(self) -> None:
        """The instruction begins, perhaps once more."""
        self._used = 0

    def done(self) -> None:
        """It has happened: its answers are of no use to another."""
        self._answers.clear()

    def answer(self, value: int | None) -> None:
        """The answer to the access that was asked; None: nothing answers there."""
        self._answers.append(value)

    def _ask(self, access: Mmio) -> int | None:
        if self._used == len(self._answers):
            raise NeedsUserSpace(access)
        self._used += 1
        return self._answers[self._used - 1]

    def read(self, pa: int, size_bytes: int) -> int | None:
        return self._ask(Mmio(pa, size_bytes, False, 0))

    def write(self, pa: int, size_bytes: int, value: int) -> bool:
        return self._ask(Mmio(pa, size_bytes, True, value)) is not None


class KvmKernel(HardwareAssist):
    """The monitor of a host whose virtual machines have their devices in user space."""

    def __init__(self, host: Host, big_pages: bool = False) -> None:
        super().__init__(host, big_pages)
        self.doorways: dict[int, Doorway] = {}

    def admit(self, vm: Vm) -> None:
        super().admit(vm)
        self.doorways[vm.number] = vm.machine.bus = Doorway(vm.machine.bus)

    def answer_device(self, vm: Vm) -> Reason:
        doorway = self.doorways[vm.number]
        doorway.begin()
        reason = super().answer_device(vm)
        doorway.done()
        return reason

    def answer_firmware_call(self, vm: Vm) -> Reason:
        x = vm.machine.hart.x
        if x[A7] in OF_USER_SPACE:
            arguments = tuple(x[A0 + at] for at in range(_ARGUMENTS))
            raise NeedsUserSpace(SbiCall(x[A7], x[A6], arguments))
        return super().answer_firmware_call(vm)

    def resume(self, vm: Vm, exit: Mmio | SbiCall) -> None:
        """User space has answered: the exit is over. Raises `NeedsUserSpace` if the instruction
        asks for more."""
        if isinstance(exit, Mmio):
            reason = self.answer_device(vm)
        else:
            reason = Reason.FIRMWARE_CALL
            self.host.monitor_wrote(vm)
        vm.counters.exits[reason] += 1
        # All that the guest has got on by since it left, in user space and here.
        vm.counters.emulated_insns += vm.hart.retired - vm.counters.instructions
        if vm.asks:
            self._end(vm)
