"""Paravirtualization, after Xen: the guest's kernel keeps S, and the monitor owns M.

The kernel was built for this: it asks for what it may not do itself (`hypercalls`), in batches.
In between it runs on the real S and its page tables are the hart's own, so a system call never
comes here: ecall from U is delegated to it (Xen's fast handler). Every other trap comes to M; what
is the guest's is passed on as an *upcall*. What TVM cannot hold back, `tables` does.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.modes import Mode, mode_name
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.causes import (
    ECALL_FROM_S,
    ECALL_FROM_U,
    INTERRUPT_BIT,
    PAGE_FAULTS,
    SUPERVISOR_SOFTWARE,
)
from vmlab.isa.extensions import extensions_of
from vmlab.isa.lang import Field
from vmlab.isa.layouts import INTERRUPTS, PMPCFG
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import (
    ARENA_HART_BYTES,
    FFLAGS,
    FRM,
    MEDELEG,
    MIDELEG,
    MIE,
    MIP,
    MODE,
    MSTATUS,
    MTIMECMP,
    SATP,
    SCAUSE,
    SCOUNTEREN,
    SENVCFG,
    SEPC,
    SSCRATCH,
    STIMECMP,
    STVAL,
    STVEC,
    VIRTUAL,
    F,
)
from vmlab.isa.system.pmp import TOR
from vmlab.isa.system.walk import BY_NAME
from vmlab.machine import memmap
from vmlab.machine.platform import Platform
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.frames import FREE, MONITOR
from vmlab.vmm.common.host import MOST_VMS, POOL_BYTES, Host
from vmlab.vmm.common.lending import REGISTERS, Lent, whole
from vmlab.vmm.common.tables import Tables as Mapped
from vmlab.vmm.common.vm import Payload, State, Vm
from vmlab.vmm.paravirt.abi import Shared
from vmlab.vmm.paravirt.builder import build, extra_pages
from vmlab.vmm.paravirt.domain import NEVER, Domain
from vmlab.vmm.paravirt.hypercalls import Hypercalls
from vmlab.vmm.paravirt.rings import console_in
from vmlab.vmm.paravirt.tables import Tables

SV39: Final = BY_NAME["sv39"].number << SATP_LAYOUT["MODE"].low
ASID: Final = SATP_LAYOUT["ASID"]
_SIE: Final = STATUS.mask("SIE")
_SSI: Final = INTERRUPTS.mask("SSI")
UPCALL: Final = INTERRUPT_BIT | SUPERVISOR_SOFTWARE
"""scause of an event."""
GUESTS_CSRS: Final = (STVEC, SSCRATCH, SEPC, SCAUSE, STVAL, SCOUNTEREN, SENVCFG)
"""What the guest's kernel has for itself while it runs."""
_SLOTS: Final = tuple(one.slot for one in GUESTS_CSRS)
_GUESTS_STATUS: Final = STATUS.mask("SIE", "SPIE", "SPP", "SUM", "MXR", "FS")
_F: Final = slice(F.slot, F.slot + F.length)
LENT: Final[Lent] = {
    **REGISTERS,
    **whole(*(one.name for one in GUESTS_CSRS), MTIMECMP.name),
    MSTATUS.name: REGISTERS[MSTATUS.name] | _GUESTS_STATUS,
    MIP.name: _SSI,
    MIE.name: _SSI,
}
"""What the guest's kernel has of the real hart, and the timer that is the monitor's here."""


class Paravirt(DirectMonitor):
    """The monitor of one host, on M."""

    name: ClassVar[str] = "paravirt"
    owns: ClassVar[Mode] = Mode.M
    lends: ClassVar[Lent] = LENT
    timer: ClassVar[Field] = MTIMECMP
    kernel_flags: ClassVar[tuple[str, ...]] = ("G",)
    hart_traps_guest: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self.tables = Tables(host, globals_allowed="G" in self.kernel_flags)
        self.calls = Hypercalls(self.tables, self.owns is Mode.S, self._written)
        self._resident: Domain | None = None
        """Whose translations the TLB may hold."""
        host.placed_by = self.place
        super().__init__(host)

    def set_up(self) -> None:
        host = self.host
        if self.owns is Mode.M and "h" in extensions_of(host.machine.platform.isa):
            raise Unsupported(
                "expected a real hart without the hypervisor extension: with it S is HS, whose "
                "loads (hlv) reach any memory past the tables that are validated"
            )
        super().set_up()
        self._protect()
        self.delegate()
        host.hart_changed()

    def _protect(self) -> None:
        """The monitor's memory stands in front, and the PMP guards it: S and U may use RAM behind
        it, and nothing else. All frames there are the guests', in an order that mixes them."""
        host = self.host
        each = POOL_BYTES + ARENA_HART_BYTES
        self._most = min(MOST_VMS, host.machine.platform.ram_bytes // each)
        self._words = host.frames.take_range(MONITOR, self._most * ARENA_HART_BYTES)
        first = self._words + self._most * ARENA_HART_BYTES
        end = memmap.RAM + host.machine.platform.ram_bytes
        open_to_guests = PMPCFG.mask("R", "W", "X") | TOR << PMPCFG["A"].low
        host.hart.csr_write("pmpcfg0", open_to_guests << 8)
        host.hart.csr_write("pmpaddr0", first >> 2)
        host.hart.csr_write("pmpaddr1", end >> 2)
        pages = (end - first) >> PAGE_BITS
        host.frames.take_range(FREE, pages * PAGE_SIZE_BYTES)
        self._pool = [(first >> PAGE_BITS) + page for page in mixed(pages)]

    def delegate(self) -> None:
        """What goes to the guest's kernel without the monitor: ecall from U, and the software
        interrupt by which an event waits for U."""
        words = self.host.words
        words[MEDELEG.slot] = 1 << ECALL_FROM_U
        words[MIDELEG.slot] = _SSI
        words[MIE.slot] = INTERRUPTS.mask("MTI")
        words[STIMECMP.slot] = NEVER
        words[MSTATUS.slot] |= STATUS.mask("TVM", "TW")

    # Virtual machines ----------------------------------------------------------------------------

    def place(self, platform: Platform, payload: Payload) -> Vm:
        """A new virtual machine, whose memory is scattered. Raises `BadInput` if it has no room."""
        host, number = self.host, len(self.host.vms)
        needed = (platform.ram_bytes >> PAGE_BITS) + extra_pages(host, platform.ram_bytes)
        if number >= self._most or needed > len(self._pool):
            raise BadInput(
                f"expected {needed} free pages of real memory for a paravirtual machine, found "
                f"{len(self._pool)}, and {number} machines already"
            )
        frames, self._pool = self._pool[:needed], self._pool[needed:]
        for frame in frames:
            host.frames.owner[frame - (memmap.RAM >> PAGE_BITS)] = number
        domain = Domain(
            number, host, self._words + number * ARENA_HART_BYTES, frames, platform, payload
        )
        host.vms.append(domain)
        return domain

    def admit(self, vm: Vm) -> None:
        build(self.host, self.tables, domain_of(vm), self.kernel_flags)

    def after_reset(self, vm: Vm) -> None:
        self.admit(vm)

    def mapped(self, vm: Vm, most: int) -> Mapped:
        """The guest's own tables, which the hart walks: each entry was checked."""
        return self.tables.mapped(domain_of(vm), domain_of(vm).root, most)

    def keep(self) -> Any:
        return self._resident, self.tables.frames.memo()

    def put_back(self, kept: Any) -> None:
        self._resident, frames = kept
        self.tables.frames.recall(frames)
        self.tables.written.clear()

    def settle(self, vm: Vm) -> None:
        super().settle(vm)
        domain_of(vm).gather()

    def _written(self, frames: set[int]) -> None:
        for frame in frames:
            self.host.engine.device_wrote((frame << PAGE_BITS) - memmap.RAM, PAGE_SIZE_BYTES)

    # Entry and exit ------------------------------------------------------------------------------

    def ready(self, vm: Vm) -> bool:
        """What has happened becomes an event; a guest that waits for one goes on, its clock put
        forward; an upcall is made if the kernel can be told now."""
        domain = domain_of(vm)
        console_in(domain)
        domain.check_timer()
        if domain.blocked and not domain.pending:
            due = vm.hart.deadline()
            if due is None:
                vm.stop(State.WAITING)
                return False
            domain.sleep_until(due)
            domain.check_timer()
        domain.blocked = False
        domain.share(Shared.TIME, domain.clock())
        if domain.pending:
            self.announce(domain)
        return True

    def announce(self, domain: Domain) -> None:
        """An event is pending. In U the hart itself enters the kernel, at once or as soon as the
        kernel has gone there; the kernel is interrupted if it does not mind."""
        domain.hart.words[MIP.slot] |= _SSI
        if domain.mode is Mode.S and not domain.shared(Shared.MASK):
            self.upcall(domain, UPCALL, 0)

    def upcall(self, domain: Domain, cause: int, tval: int) -> None:
        """The guest's kernel takes a trap, as the description delivers it. The mask is what SIE
        is elsewhere, turned over."""
        words = domain.hart.words
        enabled = _SIE if domain.mode is Mode.S and not domain.shared(Shared.MASK) else 0
        words[MSTATUS.slot] = words[MSTATUS.slot] & ~_SIE | enabled
        self.inject(domain, cause, tval)
        domain.share(Shared.MASK, 1)

    def enter(self, vm: Vm) -> None:
        real, own, domain = self.host.words, vm.hart.words, domain_of(vm)
        for slot in _SLOTS:
            real[slot] = own[slot]
        # Its kernel can turn floating point on by itself: what it finds then must be its own.
        real[_F] = own[_F]
        real[FFLAGS.slot], real[FRM.slot] = own[FFLAGS.slot], own[FRM.slot]
        status = own[MSTATUS.slot] & _GUESTS_STATUS
        real[MSTATUS.slot] = real[MSTATUS.slot] & ~_GUESTS_STATUS | status
        real[MIP.slot] = real[MIP.slot] & ~_SSI | own[MIP.slot] & _SSI
        real[MIE.slot] = real[MIE.slot] & ~_SSI | own[MIE.slot] & _SSI
        real[MODE.slot], real[VIRTUAL.slot] = own[MODE.slot], 0
        self.use(domain, domain.root, domain.space)

    def use(self, domain: Domain, root: int, space: int) -> None:
        """The hart walks this root. Numbers of spaces are each guest's own."""
        if self._resident is not domain:
            self.tables.flush()
            self._resident = domain
        self.host.words[SATP.slot] = SV39 | space << ASID.low | root

    def leave(self, vm: Vm) -> None:
        real, own = self.host.words, vm.hart.words
        for slot in _SLOTS:
            own[slot] = real[slot]
        # And it can turn it off again, and keep them.
        own[_F] = real[_F]
        own[FFLAGS.slot], own[FRM.slot] = real[FFLAGS.slot], real[FRM.slot]
        status = real[MSTATUS.slot] & _GUESTS_STATUS
        own[MSTATUS.slot] = own[MSTATUS.slot] & ~_GUESTS_STATUS | status
        own[MIP.slot] = own[MIP.slot] & ~_SSI | real[MIP.slot] & _SSI
        own[MIE.slot] = own[MIE.slot] & ~_SSI | real[MIE.slot] & _SSI
        own[MODE.slot] = real[MODE.slot]

    def guest_mode(self, vm: Vm) -> Mode:
        return vm.hart.mode if vm.home else self.host.machine.hart.mode

    def real_mode(self, believed: Mode) -> str:
        """The same: the guest's kernel knows where it is."""
        return mode_name(believed)

    # Exits ---------------------------------------------------------------------------------------

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        self.pull(vm)
        if exit.interrupt:
            return Reason.TIMER
        domain = domain_of(vm)
        if exit.cause == ECALL_FROM_S:
            return self.hypercall(domain)
        return self.reflect(domain, exit)

    def hypercall(self, domain: Domain) -> Reason:
        reason = self.calls.call(domain)
        self.slice_over, domain.yields = domain.yields, False
        return reason

    def reflect(self, domain: Domain, exit: TrapExit) -> Reason:
        """It is for the guest's kernel."""
        self.upcall(domain, exit.cause, exit.tval)
        if exit.cause in PAGE_FAULTS:
            domain.counters.true_faults += 1
            return Reason.TRUE_FAULT
        return Reason.SYSTEM_CALL if exit.cause == ECALL_FROM_U else Reason.EXCEPTION


def domain_of(vm: Vm) -> Domain:
    """What `Paravirt.place` has made."""
    assert isinstance(vm, Domain)
    return vm


def mixed(count: int) -> list[int]:
    """The numbers below `count`, each once, in the order of their bits read backwards: whoever
    takes a part of them has every second, or fourth, and not two in a row."""
    bits = max(1, count - 1).bit_length()
    backwards = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [number for number in backwards if number < count]
