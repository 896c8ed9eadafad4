"""What the laws are judged on where a technique runs guests that are built for it: nano's programs,
whose users must see what they see on the bare machine, and hostile kernels that know the interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from random import Random
from typing import Final

from vmlab.core.units import MIB, PAGE_BITS
from vmlab.derive.asm import assemble
from vmlab.isa.layouts import PTE
from vmlab.machine import memmap
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.laws.kernels.program import Build, board, random_program
from vmlab.vmm.laws.subjects import BUILT_RAM_BYTES as RAM_BYTES
from vmlab.vmm.laws.subjects import Trial
from vmlab.vmm.paravirt.abi import (
    BLOCK_VA,
    CONSOLE_VA,
    EXTENSION,
    MOST_OPS,
    SHARED_VA,
    Call,
    Op,
)
from vmlab.vmm.techniques import Technique

MOST_INSNS: Final = 1_500_000
SLICE_INSNS: Final = 5_000
"""Longer than for random kernels: nano has more to do before it does anything."""
KERNEL_IN_S: Final = "_pv"
"""The build for a kernel that keeps S: that of random kernels (`kernels.paravirtual`)."""
NANO_IN: Final = 4
"""One of so many is a program of nano there."""
NEIGHBOUR: Final = "sys 1"
PROGRAMS: Final[tuple[tuple[str, int], ...]] = (
    *(("sys", 60), ("mmu", 2), ("sieve", 500), ("grow", 8), ("spin", 300)),
    *(("cow", 0), ("evil", 0), ("crash", 0)),
)
"""Programs that keep nothing which another build may answer otherwise, and the most for their
argument. (`tick` keeps the time, `selfsum` and `probe` ask for the kernel's own text and CSRs.)"""
_BATCH: Final = memmap.RAM + MIB
_PAGE: Final = _BATCH + 0x23000
_STRIDE: Final = 61
"""Between the frames that are asked for: among them are the monitor's, both guests' and none's."""
_RIGHTS: Final = PTE.mask("V", "R", "W", "A", "D")


def _trial(command: str, build: str, seed: int, name: str = "nano") -> Trial:
    made = partial(payload_of, append=command, ram_bytes=RAM_BYTES)
    board = guest_platform(RAM_BYTES)
    return Trial(
        f"{name} {command}", board, made(name + build), seed, MOST_INSNS, native=made(name)
    )


def trials(technique: Technique, seed: int, programs: int) -> Iterator[Trial]:
    """Programs of a seed, as both builds run them: random kernels where the technique leaves the
    kernel its S, and programs of nano."""
    for number in range(programs):
        if technique.build == KERNEL_IN_S and number % NANO_IN != NANO_IN - 1:
            yield _kernel(seed + number)
        else:
            yield _program(technique, seed + number)


def _kernel(seed: int) -> Trial:
    program = random_program(seed, Build.PARAVIRTUAL)
    native = random_program(seed, Build.PORTABLE).payload()
    made = program.payload()
    return Trial(program.name, board(), made, seed, native=native, is_random=True)


def _program(technique: Technique, seed: int) -> Trial:
    random = Random(seed)
    program, most = random.choice(PROGRAMS)
    argument = f" {random.randint(1, most)}" if most else ""
    return _trial(program + argument, technique.build, seed)


def neighbour(technique: Technique) -> Trial:
    """Who runs beside."""
    return _trial(NEIGHBOUR, technique.build, 0)


# Hostile kernels ---------------------------------------------------------------------------------


def _call(call: Call, *arguments: str) -> str:
    """A hypercall; an argument is what `li` or, behind a colon, `mv` takes."""
    text = ""
    for number, said in enumerate(arguments):
        register = said.removeprefix(":")
        text += f"    {'mv' if said != register else 'li'} a{number}, {register}\n"
    return f"{text}    li a6, {call.value}\n    li a7, {EXTENSION:#x}\n    ecall\n"


def _frames(frames: int) -> str:
    """Ask for frames all over the machine, for stores, with and without U; store to them."""
    text = ""
    for bits in (_RIGHTS, _RIGHTS | PTE.mask("U")):
        text += f"""
    li s0, {memmap.RAM >> PAGE_BITS}
    li s1, {(memmap.RAM >> PAGE_BITS) + frames}
    li s2, {_BATCH:#x}
    li s3, {_PAGE | Op.WRITE_VA:#x}
again{bits}:
    slli t0, s0, {PTE["PPN"].low}
    ori t0, t0, {bits}
    sd s3, 0(s2)
    sd t0, 8(s2)
{_call(Call.MMU, ":s2", "1")}
    bnez a0, refused{bits}
    li t0, {_PAGE:#x}
    sd s0, 0(t0)
refused{bits}:
    addi s0, s0, {_STRIDE}
    bltu s0, s1, again{bits}
"""
    return text


def _absurd(seed: int) -> str:
    """Hypercalls and operations of random numbers, by registers and in memory."""
    random = Random(seed)
    text = ""
    for _ in range(150):
        for offset in range(0, 64, 8):
            value = random.choice(
                (
                    random.getrandbits(64),
                    memmap.RAM + random.randrange(0, 16 * MIB, 8) | random.randrange(8),
                    random.randrange(4),
                    (memmap.RAM >> PAGE_BITS) + random.randrange(4096) << 10
                    | random.getrandbits(8),
                )
            )
            text += f"    li t0, {value:#x}\n    li t1, {_BATCH + offset:#x}\n    sd t0, 0(t1)\n"
        call = random.choice([*Call, Call.MMU, Call.MMU, Call.MMU])
        if call in (Call.SHUTDOWN, Call.BLOCK, Call.SET_ENTRY, Call.IRET):
            call = Call.MMU
        first = random.choice((_BATCH, _BATCH, random.getrandbits(64), SHARED_VA))
        second = random.choice((1, 2, 4, MOST_OPS + 1, random.getrandbits(64)))
        text += _call(call, f"{first:#x}", f"{second:#x}")
    return text


def _scribble() -> str:
    """Random words all over the shared pages, and "look there" after each."""
    random = Random(2)
    text = ""
    for _ in range(120):
        page = random.choice((SHARED_VA, CONSOLE_VA, BLOCK_VA))
        at = page + random.choice((0, 4, 8, 12, 64, 72, 80, 2048, 2056))
        text += f"    li t0, {at:#x}\n    li t1, {random.getrandbits(32):#x}\n    sw t1, 0(t0)\n"
        text += _call(Call.NOTIFY, str(random.randrange(4)))
    return text


_FRAMES: Final = 2 * (RAM_BYTES + 2 * MIB) >> PAGE_BITS
"""Frames that are counted: a little past the end of the real machine's memory."""
HOSTILES: Final[dict[str, Callable[[], str]]] = {
    "map frames all over the machine": lambda: _frames(_FRAMES),
    "forge hypercalls": lambda: _absurd(1),
    "scribble on the shared pages": _scribble,
    "spin with events masked": lambda: "spin:\n    j spin\n",
    "trap for ever": lambda: "    .4byte 0\n",
    "come back from nowhere": lambda: _call(Call.IRET, f"{_BATCH:#x}", "0", "0"),
    "wait for what never comes": lambda: _call(Call.BLOCK),
}
"""What each hostile kernel tries, and its text. It has no handler of its own: a trap ends it."""


def hostile(tries: str) -> Trial:
    """The kernel that tries this."""
    return _hostile(tries, HOSTILES[tries]())


def nothing() -> Trial:
    """A kernel that ends at once."""
    return _hostile("do nothing", "")


@cache
def _hostile(tries: str, source: str) -> Trial:
    end = _call(Call.SHUTDOWN, "0")
    made = assemble(f".globl _start\n_start:\n{source}\n{end}\nover:\n    j over\n", "built.S")
    (text,) = (section for section in made.sections if section.name == ".text")
    payload = Payload(tries, ((memmap.RAM, text.data),), memmap.RAM)
    return Trial(f"a guest that tries to {tries}", guest_platform(RAM_BYTES), payload, 0)
