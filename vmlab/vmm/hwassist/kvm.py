"""An interface of the shape of /dev/kvm: user space makes a machine, and runs its hart until the
kernel part cannot go on alone.

    ioctl of Linux                     here
    KVM_CREATE_VM                      Kvm(host).create_vm()
    KVM_SET_USER_MEMORY_REGION         KvmVm.set_user_memory_region(slot, gpa, size_bytes, payload)
    KVM_CREATE_VCPU                    KvmVm.create_vcpu(0)
    KVM_RUN, struct kvm_run            Vcpu.run(most) -> KvmExit, Vcpu.answer(value)
    KVM_GET/SET_ONE_REG                Vcpu.get_one_reg(name), set_one_reg(name, value)
    KVM_INTERRUPT, KVM_IRQ_LINE        Vcpu.interrupt(level), KvmVm.irq_line(source, level)
    KVM_MEM_LOG_DIRTY_PAGES            KvmVm.start_dirty_log(), stop_dirty_log()
    KVM_GET_DIRTY_LOG                  KvmVm.get_dirty_log()

What differs: one region of memory and one hart a machine; the board's model stands with the memory,
since the guest's state is one thing here; and `run` is given a budget in place of a signal.
"""

from __future__ import annotations

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput, Unsupported
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import extensions_of, isa_string
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import MIP
from vmlab.machine import memmap
from vmlab.machine.platform import Platform
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import Payload, State, Vm
from vmlab.vmm.hwassist.exits import (
    FailEntry,
    Idle,
    Interrupted,
    KvmExit,
    Mmio,
    SbiCall,
    Shutdown,
)
from vmlab.vmm.hwassist.gstage import GStage
from vmlab.vmm.hwassist.kernel import KvmKernel, NeedsUserSpace


class Kvm:
    """/dev/kvm of one real machine."""

    def __init__(self, host: Host, big_pages: bool = False) -> None:
        self.kernel = KvmKernel(host, big_pages)

    def create_vm(self) -> KvmVm:
        """A machine with neither memory nor a hart."""
        return KvmVm(self.kernel)


class KvmVm:
    """A virtual machine's file descriptor."""

    def __init__(self, kernel: KvmKernel) -> None:
        self._kernel = kernel
        self._memory: tuple[int, Payload] | None = None
        self._vm: Vm | None = None

    def set_user_memory_region(
        self, slot: int, gpa: int, size_bytes: int, content: Payload
    ) -> None:
        """Its RAM, with what user space has put there. Raises `Unsupported` for a second region and
        for one that does not begin where the board's RAM does."""
        if slot or self._memory is not None:
            raise Unsupported("expected one region of memory in slot 0, found another")
        if gpa != memmap.RAM:
            raise Unsupported(f"expected memory to begin at {memmap.RAM:#x}, found {gpa:#x}")
        self._memory = size_bytes, content

    def create_vcpu(self, number: int) -> Vcpu:
        """Its hart, in S at the entry of what its memory holds."""
        if number or self._vm is not None:
            raise Unsupported("expected one hart with number 0, found another")
        if self._memory is None:
            return Vcpu(self._kernel, None)
        host = self._kernel.host
        real = host.machine.platform
        isa = isa_string(frozenset(extensions_of(real.isa)) - {"h"})
        size_bytes, content = self._memory
        platform = Platform(
            size_bytes,
            isa=isa,
            translation=real.translation,
            misaligned=real.misaligned,
            illegal_tval=real.illegal_tval,
        )
        self._vm = host.place(platform, content)
        self._kernel.admit(self._vm)
        return Vcpu(self._kernel, self._vm)

    @property
    def vm(self) -> Vm:
        """The machine itself: its devices are user space's to serve. Raises `BadInput` while it has
        no hart."""
        if self._vm is None:
            raise BadInput("expected a machine with memory and a hart, found none yet")
        return self._vm

    # Interrupts and memory -----------------------------------------------------------------------

    def irq_line(self, source: int, level: bool) -> None:
        """A device raises or lowers its line to the interrupt controller."""
        self._kernel.settle(self.vm)
        self.vm.machine.plic.wire(source)(level)

    def _stage(self) -> GStage:
        return self._kernel.stages[self.vm.number]

    def start_dirty_log(self) -> None:
        """From now on note which pages of memory are written."""
        self._stage().start_log()

    def get_dirty_log(self) -> frozenset[int]:
        """The pages (numbers from the region's start) written since this was last asked. Raises
        `BadInput` if no log was started."""
        self._kernel.host.monitor_wrote(self.vm)
        return frozenset(self._stage().take_log())

    def stop_dirty_log(self) -> None:
        """Note no more."""
        self._stage().stop_log()


class Vcpu:
    """A hart's file descriptor, and the words that it shares with user space (`struct kvm_run`)."""

    def __init__(self, kernel: KvmKernel, vm: Vm | None) -> None:
        self._kernel, self._vm = kernel, vm
        self._asked: Mmio | SbiCall | None = None
        self._answered = False

    def run(self, most: int) -> KvmExit:
        """Enter the guest, for at most so many instructions. Raises `BadInput` if the last exit has
        not been answered."""
        vm = self._vm
        if vm is None:
            return FailEntry("expected memory for the guest, found no region")
        if self._asked is not None and not self._answered:
            raise BadInput(f"expected an answer to {self._asked}, found none")
        if vm.state is State.WAITING:
            vm.state = State.READY  # an interrupt may have come; if not, it waits on
        goal = vm.hart.retired + most
        asked, self._asked = self._asked, None
        try:
            if asked is not None:
                self._kernel.resume(vm, asked)
            if vm.runnable:
                self._kernel.run(vm, goal - vm.hart.retired)
        except NeedsUserSpace as needs:
            self._asked, self._answered = needs.exit, False
            return needs.exit
        if vm.state is State.READY:
            return Interrupted()
        return Idle() if vm.state is State.WAITING else Shutdown(vm.passed, vm.why)

    def answer(self, value: int | None = 0) -> None:
        """The answer to the last exit: what was read; of a write or a call any number; None if
        nothing answers at that address. A call's results go into the registers. Raises `BadInput`
        if nothing was asked."""
        if self._asked is None or self._vm is None:
            raise BadInput("expected an exit that asks for an answer, found none")
        if isinstance(self._asked, Mmio):
            self._kernel.doorways[self._vm.number].answer(value)
        self._answered = True

    # Registers -----------------------------------------------------------------------------------

    def _home(self) -> Vm:
        if self._vm is None:
            raise BadInput("expected a hart with memory, found none")
        self._kernel.settle(self._vm)
        return self._vm

    def get_one_reg(self, name: str) -> int:
        """`pc`, an integer register or a CSR, by name. Raises `BadInput` for any other."""
        vm = self._home()
        if name == "pc":
            return vm.machine.hart.pc
        if name in REGISTER_NUMBERS:
            return vm.machine.hart.x[REGISTER_NUMBERS[name]]
        return vm.hart.csr_read(_csr(name))

    def set_one_reg(self, name: str, value: int) -> None:
        """Write one; a CSR is legalised. Raises `BadInput` for a name or a value that is none."""
        vm = self._home()
        if not 0 <= value <= MASK64:
            raise BadInput(f"expected 64 bits for {name}, found {value:#x}")
        if name == "pc":
            vm.machine.hart.pc = value
        elif name in REGISTER_NUMBERS:
            if REGISTER_NUMBERS[name]:
                vm.machine.hart.x[REGISTER_NUMBERS[name]] = value
        elif CSRS[_csr(name)].is_read_only:
            raise BadInput(f"expected a register that can be written, found {name}")
        else:
            vm.hart.csr_write(name, value)

    def interrupt(self, level: bool) -> None:
        """Raise or lower the external interrupt of the guest's S, past any controller."""
        words, bit = self._home().hart.words, INTERRUPTS.mask("SEI")
        words[MIP.slot] = words[MIP.slot] & ~bit | bit * level


def _csr(name: str) -> str:
    if name not in CSRS:
        raise BadInput(f"expected pc, an integer register or a CSR, found {name!r}")
    return name
