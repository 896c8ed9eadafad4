"""The same interface where the monitor owns S: the guest's kernel and its user both run in U.

So it is on x86-64, where Xen has but two levels: nothing can be delegated to a kernel in U, and a
system call bounces, in (upcall) and out (IRET). Two roots hold user and kernel apart: the kernel's
maps both, with U set everywhere; the one that the user is shown has no kernel in it.
"""

from __future__ import annotations

from typing import ClassVar

from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import ECALL_FROM_U
from vmlab.isa.lang import Field
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import MODE, SCAUSE, SEPC, STIMECMP, STVAL, VIRTUAL
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.lending import REGISTERS, Lent
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.paravirt.abi import Shared
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.monitor import UPCALL, Paravirt, domain_of

_SP = REGISTER_NUMBERS["sp"]
_TOLD = ((Shared.PC, SEPC), (Shared.CAUSE, SCAUSE), (Shared.VALUE, STVAL))


class ParavirtU(Paravirt):
    """The monitor of one host, on S. The mode that the guest is in stands in its own words only:
    S for its kernel, U for its user."""

    name: ClassVar[str] = "paravirt_u"
    owns: ClassVar[Mode] = Mode.S
    lends: ClassVar[Lent] = REGISTERS
    timer: ClassVar[Field] = STIMECMP
    kernel_flags: ClassVar[tuple[str, ...]] = ("U",)
    hart_traps_guest: ClassVar[bool] = False

    def delegate(self) -> None:
        """Firmware has left all to S, and so to the monitor."""

    def announce(self, domain: Domain) -> None:
        if domain.mode is Mode.U or not domain.shared(Shared.MASK):
            self.upcall(domain, UPCALL, 0)

    def upcall(self, domain: Domain, cause: int, tval: int) -> None:
        """What S's CSRs would say stands in the shared page, and sp is exchanged already: a
        kernel in U has no register to do it by."""
        super().upcall(domain, cause, tval)
        for word, field in _TOLD:
            domain.share(word, domain.hart.words[field.slot])
        x = domain.machine.hart.x
        scratch = domain.shared(Shared.SCRATCH)
        domain.share(Shared.SCRATCH, x[_SP])
        x[_SP] = scratch

    def enter(self, vm: Vm) -> None:
        domain, words = domain_of(vm), self.host.words
        words[MODE.slot], words[VIRTUAL.slot] = Mode.U, 0
        user = domain.mode is Mode.U and domain.user_root
        # Each space is two to the hart, and none sees what the other may.
        self.use(domain, user or domain.root, 2 * domain.space + bool(user))

    def leave(self, vm: Vm) -> None:
        """Nothing: the guest changes no CSR by itself."""

    def guest_mode(self, vm: Vm) -> Mode:
        return vm.hart.mode

    def real_mode(self, believed: Mode) -> str:
        return mode_name(Mode.U)

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        self.pull(vm)
        if exit.interrupt:
            return Reason.TIMER
        domain = domain_of(vm)
        if exit.cause == ECALL_FROM_U and domain.mode is Mode.S:
            return self.hypercall(domain)
        return self.reflect(domain, exit)
