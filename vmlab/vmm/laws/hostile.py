"""Hostile guests, one a class: each tries to reach what is not its own, or to keep the hart.

They need not end, and may crash; what counts is that they reach nothing, that their neighbour is
none the wiser, and that the monitor has the hart again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from vmlab.core.units import MIB, PAGE_BITS
from vmlab.derive.asm import assemble
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import INTERRUPTS, MSTATUS, PTE, SATP
from vmlab.isa.system.walk import BY_NAME
from vmlab.machine import memmap
from vmlab.machine.virtio import transport
from vmlab.vmm.common import sbi
from vmlab.vmm.common.vm import Payload
from vmlab.vmm.laws.kernels import entropy
from vmlab.vmm.laws.kernels.places import RAM_BYTES, TEXT
from vmlab.vmm.laws.kernels.tables import pte

_ROOT: Final = memmap.RAM + 1 * MIB
_NEXT: Final = _ROOT + 0x1000
_END: Final = memmap.RAM + RAM_BYTES
_ALL: Final = PTE.mask("V", "R", "W", "X", "U", "A", "D")
_KERNEL: Final = PTE.mask("V", "R", "W", "X", "A", "D")
_SV39: Final = BY_NAME["sv39"].number << SATP["MODE"].low
_SKIP: Final = f"""
.balign 4
skip:
    csrr t6, sepc
    addi t6, t6, 4
    csrw sepc, t6
    li t6, {MSTATUS.mask("SPP"):#x}
    csrs sstatus, t6
    sret
"""
"""A handler that goes on behind whatever trapped: four bytes are taken for granted."""
_SIE: Final = MSTATUS.mask("SIE")
_STI: Final = INTERRUPTS.mask("STI")
_CATCH: Final = "    la t0, skip\n    csrw stvec, t0\n"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A guest: what it tries, and its text behind `_start`."""

    name: str
    tries: str
    source: str

    def payload(self) -> Payload:
        """What a machine starts with."""
        return _payload(self.name, self.source)


@cache
def _payload(name: str, source: str) -> Payload:
    made = assemble(f".globl _start\n_start:\n{source}\nover:\n    j over\n{_SKIP}", f"{name}.S")
    (text,) = (section for section in made.sections if section.name == ".text")
    return Payload(name, ((TEXT, text.data),), TEXT)


def _store(address: int, value: int) -> str:
    return f"    li t0, {address:#x}\n    li t1, {value:#x}\n    sd t1, 0(t0)\n"


def _tables(entries: Iterable[tuple[int, int]], asid: int = 1) -> str:
    """Write entries of a root (index, entry), and translate by it. RAM stays where it is."""
    text = "".join(_store(_ROOT + 8 * index, leaf) for index, leaf in entries)
    text += _store(_ROOT + 8 * (memmap.RAM >> 30), pte(memmap.RAM, _KERNEL))
    satp = _SV39 | asid << SATP["ASID"].low | _ROOT >> PAGE_BITS
    return f"{text}    li t0, {satp:#x}\n    csrw satp, t0\n    sfence.vma\n"


def _touch(address: int) -> str:
    return f"    li t0, {address:#x}\n    ld a0, 0(t0)\n    sd a0, 0(t0)\n"


def _through_leaves() -> str:
    """Leaves for real pages that are not the guest's: before its RAM, behind it, far away."""
    pages = [_END + (n << PAGE_BITS) for n in range(24)] + [
        memmap.RAM - (n << PAGE_BITS) for n in range(1, 8)
    ]
    leaves = "".join(_store(_NEXT + 0x1000 + 8 * n, pte(pa, _ALL)) for n, pa in enumerate(pages))
    low = _store(_NEXT, pte(_NEXT + 0x1000, PTE.mask("V")))
    sum_on = f"    li t0, {MSTATUS.mask('SUM'):#x}\n    csrs sstatus, t0\n"
    touches = "".join(_touch(n << PAGE_BITS) for n in range(len(pages)))
    return _CATCH + leaves + low + _tables([(0, pte(_NEXT, PTE.mask("V")))]) + sum_on + touches


def _around_ram() -> str:
    """Physical addresses that are not its own, from the page before its RAM to the last of all."""
    places = [memmap.RAM - 8, memmap.RAM - 0x1000, _END, _END + 0x1000, _END + 64 * MIB]
    places += [1 << bit for bit in range(33, 64)] + [(1 << 56) - 8, (1 << 64) - 8]
    return _CATCH + "".join(_touch(place) for place in places)


def _every_csr() -> str:
    """All CSRs, with random values; those that it lives by come last."""
    random = Random(1)
    last = [CSRS[name].number for name in ("satp", "stvec")]
    numbers = [number for number in range(1 << 12) if number not in last] + last
    lines = [
        f"    li a1, {random.getrandbits(64):#x}\n    csrrw a0, {number:#x}, a1\n"
        if number % 8 == 0 or number in last
        else f"    csrrs a0, {number:#x}, a1\n"
        for number in numbers
    ]
    return _CATCH + "".join(lines)


def _many_tables() -> str:
    """As many tables as it can make a monitor have: a far page at a time, in many spaces."""
    leaves = [(index, pte(memmap.RAM, _KERNEL)) for index in range(256)]
    touches = "".join(f"    li t0, {index << 30:#x}\n    ld a0, 0(t0)\n" for index in range(256))
    return _CATCH + _tables(leaves) + touches


def _many_spaces() -> str:
    satp = _SV39 | _ROOT >> PAGE_BITS
    step = 1 << SATP["ASID"].low
    return f"""{_CATCH}{_tables([])}
    li s0, {satp:#x}
    li s1, {step:#x}
    li s2, 400
again:
    add s0, s0, s1
    csrw satp, s0
    ld a0, 0(sp)
    addi s2, s2, -1
    bnez s2, again
"""


def _dma(place: int) -> str:
    """The entropy device is told to write, and to find its rings, where the guest may not."""
    queue = memmap.RAM + 2 * MIB
    text = _CATCH
    for ring in (queue, place):
        text += _store(queue, place) + _store(queue + 8, entropy.WRITE << 32 | 64)
        text += _store(queue + 256, 1 << 16)
        text += f"    li t0, {entropy.ENTROPY:#x}\n"
        started = entropy.start(ring, queue + 256, queue + 512)
        for register, value in (*started, (transport.QUEUE_NOTIFY, 0)):
            text += f"    li t1, {value:#x}\n    sw t1, {register}(t0)\n"
    return text


def _firmware() -> str:
    """Calls of firmware whose arguments name memory that is not the guest's, or are absurd."""
    text = _CATCH
    for extension, function, *arguments in (
        (sbi.DBCN, 0, 4096, _END, 0),
        (sbi.DBCN, 0, 1 << 63, memmap.RAM, 0),
        (sbi.DBCN, 1, 4096, _END - 8, 0),
        (sbi.DBCN, 1, 64, memmap.RAM - 64, 0),
        (sbi.DBCN, 0, 64, 0, 1),
        (sbi.HSM, 1, 0, 0, 0),
        (sbi.HSM, 0, 0, _END, 0),
        (sbi.RFENCE, 6, (1 << 64) - 1, 0, 0),
        (sbi.IPI, 0, (1 << 64) - 1, 5, 0),
        (sbi.LEGACY_SEND_IPI, 0, _END, 0, 0),
        ((1 << 64) - 1, (1 << 64) - 1, 0, 0, 0),
    ):
        for number, value in enumerate(arguments):
            text += f"    li a{number}, {value:#x}\n"
        text += f"    li a6, {function:#x}\n    li a7, {extension:#x}\n    ecall\n"
    return text


def _reboots() -> str:
    wait = "    li t0, 400\nagain:\n    addi t0, t0, -1\n    bnez t0, again\n"
    return f"{wait}    li a7, {sbi.SRST:#x}\n    li a6, 0\n    li a0, 1\n    li a1, 0\n    ecall\n"


HOSTILES: Final = (
    Hostile("maps", "map the monitor's frames and its neighbour's", _through_leaves()),
    Hostile("around", "reach physical memory around its own", _around_ram()),
    Hostile(
        "nowhere",
        "translate by a table that is no memory",
        f"    li t0, {_SV39 | SATP['PPN'].mask:#x}\n    csrw satp, t0\n    sfence.vma\n",
    ),
    Hostile(
        "foreign-root",
        "translate by a table of the monitor's",
        f"{_CATCH}    li t0, {_SV39 | _END >> PAGE_BITS:#x}\n    csrw satp, t0\n    sfence.vma\n",
    ),
    Hostile(
        "self-map",
        "a table that is its own table, and is written through itself",
        _CATCH
        + _tables([(0, pte(_ROOT, PTE.mask("V"))), (1, pte(_ROOT, _KERNEL))])
        + _touch(0)
        + _touch(0x10)
        + _touch(0x4000_0000),
    ),
    Hostile(
        "runs-table",
        "execute its page table",
        _CATCH + _tables([]) + f"    li t0, {_ROOT:#x}\n    jalr ra, 0(t0)\n",
    ),
    Hostile("csrs", "write every CSR that there could be", _every_csr()),
    Hostile("spins", "spin with interrupts off", f"    csrci sstatus, {_SIE}\n    csrw sie, x0\n"),
    Hostile("tables", "exhaust the monitor's memory for tables", _many_tables()),
    Hostile("spaces", "exhaust the address spaces of the real hart", _many_spaces()),
    Hostile("dma-behind", "a device writes behind its RAM", _dma(_END)),
    Hostile("dma-before", "a device writes before its RAM", _dma(memmap.RAM - 0x1000)),
    Hostile("dma-far", "a device writes at the end of all addresses", _dma((1 << 64) - 16)),
    Hostile("firmware", "have firmware read and write what is not its own", _firmware()),
    Hostile("trap-loop", "trap for ever", "    csrw stvec, x0\n    .4byte 0\n"),
    Hostile("sleeps", "wait for what never comes", "    csrw sie, x0\n    wfi\n"),
    Hostile("reboots", "begin again for ever", _reboots()),
    Hostile(
        "fences",
        "keep the monitor busy with fences",
        f"{_CATCH}{_tables([])}again:\n    sfence.vma\n    ld a0, 0(t0)\n    j again\n",
    ),
    Hostile(
        "timers",
        "set the timer to now, for ever",
        f"{_CATCH}again:\n    rdtime a0\n    csrw stimecmp, a0\n"
        f"    li t0, {_STI}\n    csrs sie, t0\n    csrsi sstatus, {_SIE}\n    j again\n",
    ),
)
