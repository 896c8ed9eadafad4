"""From operations to the assembly of a profile.

`Native` has page tables; `Flat` is the same with satp Bare: its places are physical, and what is
about tables comes to nothing but its fences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, assert_never

from vmlab.derive.asm import assemble
from vmlab.isa.layouts import INTERRUPTS, MSTATUS
from vmlab.isa.system.walk import BY_NAME
from vmlab.machine import memmap
from vmlab.machine.devices.uart import LSR
from vmlab.machine.virtio import transport
from vmlab.vmm.common.sbi import TIME
from vmlab.vmm.laws.kernels import operations as ops
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.handler import BEGIN, END, FINISH
from vmlab.vmm.laws.kernels.operations import How
from vmlab.vmm.laws.kernels.places import (
    DATA_FIRST,
    PAGES,
    QUEUE,
    TEXT,
    USER_TEXT,
    USER_TEXT_AT,
    Place,
)

_SPP, _SPIE, _SIE = (MSTATUS.mask(name) for name in ("SPP", "SPIE", "SIE"))
_FS: Final = MSTATUS.mask("FS")
_STI: Final = INTERRUPTS.mask("STI")
_SV39: Final = BY_NAME["sv39"].number
_ENTROPY: Final = memmap.VIRTIO + 2 * memmap.VIRTIO_STEP_BYTES
_USER_LIMIT: Final = USER_TEXT_AT - TEXT
_DESCRIPTOR, _AVAILABLE, _USED = QUEUE, QUEUE + 0x100, QUEUE + 0x200
_DRIVER: Final = (
    (transport.STATUS, 0),
    (transport.STATUS, 1 | 2),
    (transport.DRIVER_FEATURES_SEL, 1),
    (transport.DRIVER_FEATURES, transport.VERSION_1 >> 32),
    (transport.STATUS, 1 | 2 | transport.FEATURES_OK),
    (transport.QUEUE_SEL, 0),
    (transport.QUEUE_NUM, 8),
    (transport.QUEUE_DESC, _DESCRIPTOR),
    (transport.QUEUE_DRIVER, _AVAILABLE),
    (transport.QUEUE_DEVICE, _USED),
    (transport.QUEUE_READY, 1),
    (transport.STATUS, 1 | 2 | transport.FEATURES_OK | transport.DRIVER_OK),
)
"""What a driver writes to the entropy device before its first request."""
_WRITE: Final = 2
"""A descriptor's flag: the device writes this buffer."""


class Native:
    """The profile `native`: for the bare machine, with page tables."""

    user_text: ClassVar[int] = USER_TEXT
    finish: ClassVar[str] = FINISH

    def __init__(self) -> None:
        self._kernel: list[str] = []
        self._user: list[str] = []
        self._labels = 0
        self._out = self._kernel
        self._resume = "s10"

    # What a profile decides ----------------------------------------------------------------------

    def start(self) -> str:
        """What comes before the first operation: the first space."""
        return f"    li t0, {tables.satp(0, _SV39):#x}\n    csrw satp, t0\n    sfence.vma\n"

    def routines(self) -> str:
        """What operations call."""
        return ""

    def address(self, place: Place) -> int:
        """Where the guest finds a place."""
        return place.virtual

    def edit(self, op: ops.EditTable) -> None:
        """An entry changes, and what it has translated is forgotten."""
        va = tables.covered(op.slot, op.index)
        self._emit(
            f"li t0, {tables.entry(op.space, op.slot, op.index):#x}",
            f"li t1, {op.pte:#x}",
            "sd t1, 0(t0)",
            f"li t0, {va:#x}",
            f"li t1, {tables.asid_of(op.space)}",
        )
        self._fence(op.fence)

    def switch(self, op: ops.Switch) -> None:
        self._emit(f"li t0, {tables.satp(op.space, op.format):#x}", "csrw satp, t0")

    def reuse(self, op: ops.ReuseAsid) -> None:
        """The neighbour's number is used for this space: sfence.vma must come between."""
        other = tables.asid_of(1 - op.space)
        fence = f"li t1, {other}", "sfence.vma x0, t1"
        borrowed = tables.satp(op.space, _SV39, other)
        self._emit("csrr s6, satp", f"li t0, {borrowed:#x}", "csrw satp, t0", *fence)
        self._steps(op.steps)
        self._emit("csrw satp, s6", *fence)

    def untranslated(self, op: ops.Untranslated) -> None:
        self._emit("csrr s6, satp", "csrw satp, x0")
        self._steps(op.steps)
        self._emit("csrw satp, s6")

    # The program ---------------------------------------------------------------------------------

    def program(self, operations: Iterable[ops.Operation]) -> tuple[tuple[int, bytes], ...]:
        """The machine code: (physical address, bytes) of the kernel's text and the user's."""
        for operation in operations:
            self._operation(operation)
        kernel, user = "\n".join(self._kernel), "\n".join(self._user)
        source = f"""{BEGIN}{self.start()}{kernel}
finish:
{self.finish}{END}{self.routines()}kernel_end:
.balign {_USER_LIMIT:#x}
user:
{user}
    nop
"""
        made = assemble(source, "kernel.S")
        (text,) = (section for section in made.sections if section.name == ".text")
        places = {symbol.name: symbol.value for symbol in made.symbols}
        assert places["user"] == USER_TEXT_AT
        end = places["kernel_end"] - TEXT
        return (TEXT, text.data[:end]), (USER_TEXT_AT, text.data[_USER_LIMIT:])

    def _emit(self, *lines: str) -> None:
        self._out.extend(f"    {line}" for line in lines)

    def _label(self) -> str:
        self._labels += 1
        return f"L{self._labels}"

    def _place(self, label: str) -> None:
        self._out.append(f"{label}:")

    def _fence(self, fence: ops.Fence) -> None:
        names = {
            ops.Fence.ALL: "",
            ops.Fence.ADDRESS: " t0",
            ops.Fence.SPACE: " x0, t1",
            ops.Fence.BOTH: " t0, t1",
        }
        self._emit(f"sfence.vma{names[fence]}")

    # Operations ----------------------------------------------------------------------------------

    def _operation(self, op: ops.Operation) -> None:
        match op:
            case ops.InKernel():
                self._steps(op.steps)
            case ops.InUser():
                self._in_user(op)
            case ops.EditTable():
                self.edit(op)
            case ops.Switch():
                self.switch(op)
            case ops.ReuseAsid():
                self.reuse(op)
            case ops.Untranslated():
                self.untranslated(op)
            case ops.SetBits():
                verb = "csrs" if op.on else "csrc"
                self._emit(f"li t0, {op.bits:#x}", f"{verb} sstatus, t0")
            case ops.SetFloat():
                fs = MSTATUS["FS"].low
                self._emit(f"li t0, {_FS:#x}", "csrc sstatus, t0", f"li t0, {op.fs << fs:#x}")
                self._emit("csrs sstatus, t0")
            case ops.Timer():
                self._timer(op)
            case ops.Wait():
                self._wait(op)
            case ops.FirmwareCall():
                arguments = [f"li a{n}, {value:#x}" for n, value in enumerate(op.arguments)]
                self._emit(*arguments, f"li a6, {op.function}", f"li a7, {op.extension:#x}")
                self._emit("ecall", "xor s2, s2, a0", "add s2, s2, a1")
            case ops.Vector():
                self._emit(f"csrci sstatus, {_SIE}", f"li a0, {op.value:#x}", "csrw stvec, a0")
                self._emit("csrr a0, stvec", "xor s2, s2, a0", "la t0, vector")
                self._emit(f"addi t0, t0, {int(op.vectored)}", "csrw stvec, t0")
            case ops.ReturnToSelf():
                self._return(_SPP, op.spie)
            case ops.Patch():
                self._patch(op)
            case ops.DeviceWrites():
                self._device_writes(op)
            case _:
                assert_never(op)

    def _return(self, spp: int, spie: bool, target: str | None = None) -> None:
        """sret: to a label of the user's text, or to the next instruction."""
        here = self._label()
        self._emit(f"csrci sstatus, {_SIE}", f"la s10, {here}", "li s9, 0")
        self._emit(f"la t0, {target or here}")
        if target:
            self._emit(f"li t1, {self.user_text - USER_TEXT_AT}", "add t0, t0, t1")
        self._emit("csrw sepc, t0", f"li t0, {_SPP}")
        self._emit("csrs sstatus, t0" if spp else "csrc sstatus, t0", f"li t0, {_SPIE}")
        self._emit("csrs sstatus, t0" if spie else "csrc sstatus, t0", "sret")
        self._place(here)

    def _in_user(self, op: ops.InUser) -> None:
        label = self._label()
        self._return(0, op.spie, label)
        self._out, self._resume = self._user, "s9"
        self._place(label)
        self._steps(op.steps)
        self._emit("li a7, 0", "ecall")
        self._out, self._resume = self._kernel, "s10"

    def _timer(self, op: ops.Timer) -> None:
        self._emit("rdtime a0", f"li a1, {op.ticks}", "add a0, a0, a1")
        if op.sbi:
            self._emit(f"li a7, {TIME:#x}", "li a6, 0", "ecall")
        else:
            self._emit("csrw stimecmp, a0")
        self._emit(f"li t0, {_STI}", f"{'csrs' if op.wanted else 'csrc'} sie, t0")
        self._emit(f"{'csrsi' if op.enabled else 'csrci'} sstatus, {_SIE}")

    def _wait(self, op: ops.Wait) -> None:
        self._emit(f"li t0, {_STI}", "csrs sie, t0")
        self._emit(f"{'csrsi' if op.interrupts else 'csrci'} sstatus, {_SIE}")
        self._emit("rdtime a0", f"li a1, {op.ticks}", "add a0, a0, a1", "csrw stimecmp, a0")
        self._emit("wfi", "rdtime a0", "xor s2, s2, a0", "li a0, -1", "csrw stimecmp, a0")

    def _patch(self, op: ops.Patch) -> None:
        place = self._label()
        word = op.number << 20 | 0x98993  # addi s3, s3, 0 with the number in its place
        self._emit(f"la t0, {place}", f"li t1, {word:#x}", "sw t1, 0(t0)", "fence.i", ".balign 4")
        self._place(place)
        self._emit("addi s3, s3, 0")

    def _device_writes(self, op: ops.DeviceWrites) -> None:
        """A driver of the entropy device, from its reset to one request."""
        here = self._label()
        self._emit(f"la s10, {here}")
        at = PAGES + op.page * 0x1000 + DATA_FIRST
        for address, value in (
            (_DESCRIPTOR, at),
            (_DESCRIPTOR + 8, _WRITE << 32 | op.length),
            (_AVAILABLE, 1 << 16),
            (_USED, 0),
        ):
            self._emit(f"li t0, {address:#x}", f"li t1, {value:#x}", "sd t1, 0(t0)")
        self._emit(f"li t0, {_ENTROPY:#x}")
        for register, value in (*_DRIVER, (transport.QUEUE_NOTIFY, 0)):
            self._emit(f"li t1, {value:#x}", f"sw t1, {register}(t0)")
        for register in (transport.INTERRUPT_STATUS, transport.STATUS):
            self._emit(f"lw a0, {register}(t0)", "xor s2, s2, a0")
        self._place(here)

    # Steps ---------------------------------------------------------------------------------------

    def _steps(self, steps: Sequence[ops.Step]) -> None:
        for step in steps:
            self._step(step)

    def _step(self, step: ops.Step) -> None:
        after = self._label()
        self._emit(f"la {self._resume}, {after}")
        match step:
            case ops.Touch():
                self._touch(step)
            case ops.Reserve():
                self._reserve(step, after)
            case ops.Word():
                self._emit(f".{step.size_bytes}byte {step.word:#x}")
            case ops.Break():
                self._emit("c.ebreak" if step.compressed else "ebreak")
            case ops.CsrAccess():
                number, operand = f"{step.number:#x}", ", a0"
                if step.name.endswith("i"):
                    operand = f", {step.value & 31}"
                elif step.name == "csrr":
                    operand = ""
                self._emit(f"li a0, {step.value:#x}", f"{step.name} a0, {number}{operand}")
            case ops.Float() | ops.Forbidden():
                self._emit(step.text)
            case ops.SystemCall():
                self._emit(f"li a7, {step.number}", "ecall")
            case _:
                assert_never(step)
        self._place(after)
        self._emit("xor s2, s2, a0")

    def _touch(self, step: ops.Touch) -> None:
        self._emit(f"li a1, {self.address(step.place):#x}", f"li a0, {step.value:#x}")
        match step.how:
            case How.FLOAT_LOAD | How.FLOAT_STORE:
                self._emit(f"{step.how.value} fa0, 0(a1)")
            case How.ADD | How.SWAP:
                self._emit(f"{step.how.value} a0, a0, (a1)")
            case How.RESERVE:
                self._emit("lr.d a0, (a1)")
            case How.FETCH:
                self._emit("jalr ra, 0(a1)")
            case _:
                self._emit(f"{step.how.value} a0, 0(a1)")

    def _reserve(self, step: ops.Reserve, after: str) -> None:
        self._emit(f"li a1, {self.address(step.place):#x}", f"li a0, {step.value:#x}")
        self._emit("lr.d a2, (a1)")
        match step.between:
            case ops.Between.TRAP:
                inside = self._label()
                self._emit(f"la {self._resume}, {inside}", ".4byte 0")
                self._place(inside)
                self._emit(f"la {self._resume}, {after}")
            case ops.Between.CSR:
                self._emit("rdtime a2")
            case ops.Between.DEVICE:
                self._emit(f"li a3, {memmap.UART + LSR:#x}", "lbu a2, 0(a3)")
            case ops.Between.STORE:
                self._emit("sd a2, 0(a1)")
            case ops.Between.NOTHING:
                pass
        self._emit("sc.d a0, a0, (a1)")


class Flat(Native):
    """The profile `native-flat`: without translation."""

    user_text: ClassVar[int] = USER_TEXT_AT

    def start(self) -> str:
        return ""

    def address(self, place: Place) -> int:
        return place.physical

    def edit(self, op: ops.EditTable) -> None:
        self._emit("li t0, 0", "li t1, 0")
        self._fence(op.fence)

    def switch(self, op: ops.Switch) -> None:
        self._emit("csrr a0, satp", "xor s2, s2, a0")

    def reuse(self, op: ops.ReuseAsid) -> None:
        self._steps(op.steps)

    def untranslated(self, op: ops.Untranslated) -> None:
        self._steps(op.steps)
