"""User space over `kvm`, as kvmtool is over Linux's: it makes a machine, and serves its devices.

All of a machine monitor is this loop: run, look why it came back, do that, run again.
"""

from __future__ import annotations

from typing import assert_never

from vmlab.core.errors import Unsupported
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import Payload, State, Vm
from vmlab.vmm.hwassist.exits import FailEntry, Idle, Interrupted, Mmio, SbiCall, Shutdown
from vmlab.vmm.hwassist.kernel import Doorway
from vmlab.vmm.hwassist.kvm import Kvm


class UserSpace:
    """One virtual machine and its devices."""

    def __init__(self, kvm: Kvm, ram_bytes: int, payload: Payload) -> None:
        self.kvm_vm = kvm.create_vm()
        self.kvm_vm.set_user_memory_region(0, memmap.RAM, ram_bytes, payload)
        self.vcpu = self.kvm_vm.create_vcpu(0)
        self._kernel = kvm.kernel
        self.exits: list[Mmio | SbiCall] = []
        """Everything that came as far as here."""

    @classmethod
    def alone(cls, host: Host, ram_bytes: int, payload: Payload) -> UserSpace:
        """The only virtual machine of a host."""
        return cls(Kvm(host), ram_bytes, payload)

    @property
    def vm(self) -> Vm:
        return self.kvm_vm.vm

    def run(self, most: int) -> None:
        """Carry out `most` more instructions, or until it waits for input or is over."""
        goal = self.vm.hart.retired + most
        while True:
            exit = self.vcpu.run(goal - self.vm.hart.retired)
            match exit:
                case Mmio():
                    self.exits.append(exit)
                    self.vcpu.answer(self._device(exit))
                case SbiCall():
                    self.exits.append(exit)
                    self.vm.sbi.call()
                    self.vcpu.answer()
                case Idle() | Shutdown() | Interrupted():
                    return
                case FailEntry(why):
                    raise Unsupported(why)
                case _:
                    assert_never(exit)

    def _device(self, access: Mmio) -> int | None:
        """What a device answers; None if there is none."""
        bus = self.vm.machine.bus
        assert isinstance(bus, Doorway)
        if not access.is_write:
            return bus.board.read(access.gpa, access.size_bytes)
        written = bus.board.write(access.gpa, access.size_bytes, access.data)
        return 0 if written else None

    def type(self, data: bytes) -> None:
        """Input arrives at the console."""
        self._kernel.type(self.vm, data)

    def settle(self) -> None:
        """Make the machine's words hold the guest's state."""
        self._kernel.settle(self.vm)

    @property
    def state(self) -> State:
        return self.vm.state
