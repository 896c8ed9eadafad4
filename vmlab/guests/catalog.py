"""The guests that come with vmlab, and how a name, a path or bytes become one.

Images are read through `importlib.resources`, so this works from a checkout, from a wheel and in
the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB
from vmlab.guests.extensions import SUPPORTED
from vmlab.guests.loader import Image, load_elf
from vmlab.guests.sbi import KERNEL_BASE, firmware, flat

DEFAULT_RAM_BYTES: Final = 64 * MIB
_LARGEST_FILE_BYTES: Final = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest that comes with vmlab. Its texts are English, and keys of the message catalogue.

    `source` is the file to read first, relative to `vmlab/guests/src`. `typed` is what somebody
    has to type to let it end. `max_insns` is enough for it to end, with `status`.
    """

    name: str
    title: str
    summary: str
    look_for: tuple[str, ...]
    source: str
    expected: str
    max_insns: int
    status: int = 0
    typed: bytes = b""
    isa: str | None = None
    """The machine that it is about, where everything that is built would be too much."""
    group: str = "guest"
    """`guest` is to be looked at, `benchmark` is to be timed: see `vmlab bench`."""
    needs_sbi: bool = False
    """It begins in S, and our firmware (`guests.sbi`) is loaded with it."""
    builds: tuple[str, ...] = ()
    """What is added to its name for builds of the same sources that run under a monitor only, each
    under the technique that names it (`vmm.techniques`)."""
    kernel: str | None = None
    """It is there to run this guest, which begins in S; the user may name another kernel."""

    @property
    def image(self) -> str:
        """The file name of its image."""
        return f"{self.name}.elf"

    def read(self, build: str = "") -> bytes:
        """The bytes of its ELF file, or of one of its other `builds`."""
        return (files("vmlab.guests") / "images" / f"{self.name}{build}.elf").read_bytes()


@dataclass(frozen=True, slots=True)
class Source:
    """An ELF file that is read but not looked into yet, and what to call it."""

    name: str
    data: bytes
    isa: str | None = None
    """The machine to run it on when nobody says otherwise."""
    bios: bytes | None = None
    """The firmware to run it under when nobody says otherwise."""
    kernel: bytes | None = None
    """The kernel that it runs when nobody says otherwise."""


_ALL: Final = (
    Guest(
        name="tour",
        title="The tour",
        summary=(
            "Firmware, a kernel and a user program share one hart. It goes from M to S to U, "
            "prints by system calls, fills in a missing page and is interrupted by the timer."
        ),
        look_for=(
            "The mode falls from M to S at the first mret, and from S to U at the sret.",
            "After satp is written every fetch is translated, and still nothing moves: "
            "each page is mapped to itself.",
            "The store to 0x40000000 is executed twice, with a page fault in between.",
            "The timer interrupt goes to M, and reaches S as a software interrupt.",
        ),
        source="tour/tour.S",
        expected="prints seven lines and ends as passed",
        max_insns=10_000,
    ),
    Guest(
        name="primes",
        title="Primes below 200000",
        summary=(
            "A sieve in C, in U under a small kernel. Nearly every instruction runs in U; "
            "it enters the kernel once for each line that it prints."
        ),
        look_for=(
            "The user program stands at va 0x400000 and its bytes behind the kernel: "
            "one address, two meanings.",
            "Nearly four million instructions, and thirteen traps, each a system call.",
            "Leaves at all three levels: RAM is one gigapage, a device is 2 MiB, "
            "the user's pages are 4 KiB.",
        ),
        source="primes/primes.c",
        expected="prints twelve lines, counts 17984 primes and ends as passed",
        max_insns=5_000_000,
    ),
    Guest(
        name="faults",
        title="Every exception once",
        summary=(
            "Does each thing wrong that a RISC-V program can do wrong, on purpose, and prints "
            "what the hart says about it: the cause, and the value in mtval."
        ),
        look_for=(
            "mepc is the instruction that trapped, but for a fetch it is where the jump went.",
            "One ecall, three causes: it depends on the mode that executes it.",
            "An access fault is about physical addresses, a page fault about virtual ones.",
        ),
        source="faults/faults.S",
        expected="prints fourteen lines that all end with `as expected`, and ends as passed",
        max_insns=50_000,
        # Where instructions may have 16 bits none is ever misaligned, and cause 0 never comes.
        isa="rv64im_zicntr_zifencei",
    ),
    Guest(
        name="echo",
        title="Echo",
        summary="Prints what you type into the console, and ends when you type q.",
        look_for=(
            "The hart is busy even while you do nothing: it polls the UART's line status.",
            "A load that has a side effect: reading the receive register takes the byte.",
        ),
        source="echo/echo.S",
        expected="prints what was typed, says Bye and ends as passed after a q",
        max_insns=10_000,
        typed=b"hello\rq",
    ),
    Guest(
        name="nano",
        title="nano, a small kernel",
        summary=(
            "A kernel with processes, demand paging, copy-on-write, time slices and a shell, in C "
            "to be read, on firmware of our own. --append NAME runs one program instead of the "
            "shell."
        ),
        look_for=(
            "Three modes: firmware in M, the kernel in S from 0x80200000, programs in U from "
            "0x400000.",
            "A system call changes no satp: every address space has the kernel in it.",
            "fork copies no page; the first store to one does (type cow).",
            "At the prompt the hart waits in wfi, and the timer wakes it a hundred times a second.",
        ),
        source="nano/main.c",
        expected="shows a prompt, runs the programs that you name (ls lists them), and ends as "
        "passed after exit",
        max_insns=3_000_000,
        typed=b"help\rsieve\rcow\rexit\r",
        needs_sbi=True,
        builds=("_pv", "_pvu"),
    ),
    Guest(
        name="capstone",
        title="A hypervisor",
        summary=(
            "Runs nano, unchanged, as a virtual machine: it is in HS, nano in VS, and nano's "
            "programs in VU. --kernel FILE gives it another kernel, --append NAME a program of "
            "nano's."
        ),
        look_for=(
            "Two stages of tables: nano's own, and the hypervisor's, filled in page by page.",
            "A system call goes from VU to VS and back, and the hypervisor never hears of it.",
            "Between exit_enter and exit_leave is what an exit costs, in instructions.",
            "The last line says how often nano exited, and why.",
        ),
        source="capstone/main.c",
        expected="does what nano does, counts the exits and ends as passed",
        max_insns=3_000_000,
        typed=b"help\rsieve\rcow\rexit\r",
        kernel="nano",
    ),
)


def _benchmark(name: str, title: str, summary: str, source: str) -> Guest:
    return Guest(
        name=name,
        title=title,
        summary=summary,
        look_for=("It prints nothing: vmlab bench says how long it takes.",),
        source=source,
        expected="does one round, checks the result and ends as passed",
        max_insns=1_000_000,
        group="benchmark",
    )


_BENCHMARKS: Final = (
    _benchmark(
        "sieve",
        "Sieve",
        "Crosses out multiples in an array of bytes: small loops of stores. In U, under Sv39.",
        "bench/sieve.c",
    ),
    _benchmark(
        "matmul",
        "Matrices",
        "Multiplies two matrices of 64-bit numbers: loads and multiplications. In U, under Sv39.",
        "bench/matmul.c",
    ),
    _benchmark(
        "memcpy",
        "Copies",
        "Copies memory by doublewords and by bytes: nothing but access. In U, under Sv39.",
        "bench/memcpy.c",
    ),
    _benchmark(
        "mixed",
        "Mixed work",
        "Hashes, sorts, compares strings and jumps through tables. In U, under Sv39.",
        "bench/mixed.c",
    ),
    _benchmark(
        "coremark_like",
        "Like CoreMark",
        "A list, a matrix, a state machine and a CRC, in code of our own. In U, under Sv39.",
        "bench/coremark_like.c",
    ),
    _benchmark(
        "supervisor",
        "Supervisor work",
        "System calls, page faults, context switches and table edits, and nothing else: "
        "two address spaces under a kernel in S.",
        "supervisor/kernel.c",
    ),
)

GUESTS: Final[Mapping[str, Guest]] = MappingProxyType({guest.name: guest for guest in _ALL})
"""All guests to be looked at, in the order in which to meet them."""

BENCHMARKS: Final[Mapping[str, Guest]] = MappingProxyType(
    {guest.name: guest for guest in _BENCHMARKS}
)
"""All guests that are there to be timed. Their sizes are `guests.benchmarks`."""


BUILDS: Final[Mapping[str, tuple[Guest, str]]] = MappingProxyType(
    {f"{guest.name}{build}": (guest, build) for guest in _ALL for build in guest.builds}
)
"""Builds for a monitor by name, each with its guest."""


def find(name: str) -> Guest:
    """The guest of this name. Raises `BadInput` that lists the names there are."""
    guest = GUESTS.get(name) or BENCHMARKS.get(name)
    if guest is None:
        raise BadInput(f"expected one of the guests {_names()}, found {name!r}")
    return guest


def raw_kernel(guest: Guest) -> bytes:
    """A guest that begins in S as the raw file that `kernel` of a session takes."""
    return flat(load_elf(guest.read(), name=guest.name, ram_size=DEFAULT_RAM_BYTES), KERNEL_BASE)


def resolve(spec: str | bytes | Path, monitored: bool = False) -> Source:
    """Read what `spec` means: a guest's name, else a path; bytes stand for themselves. Builds for a
    monitor have names only where there is one (`monitored`)."""
    if isinstance(spec, bytes | bytearray | memoryview):
        return Source("image", bytes(spec))
    if isinstance(spec, str) and (spec in GUESTS or spec in BENCHMARKS):
        guest = find(spec)
        return Source(
            spec,
            guest.read(),
            guest.isa,
            bios=firmware() if guest.needs_sbi else None,
            kernel=None if guest.kernel is None else raw_kernel(find(guest.kernel)),
        )
    if isinstance(spec, str) and spec in BUILDS:
        guest, build = BUILDS[spec]
        if not monitored:
            raise BadInput(
                f"expected a guest for a bare machine ({_names()}), found {spec}, which runs under "
                f"a monitor only: vmlab vm run {guest.name} --technique NAME"
            )
        return Source(spec, guest.read(build), guest.isa)
    try:
        path = Path(spec)
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "nothing"
            raise BadInput(
                f"expected a guest ({_names()}) or the path of an ELF file, found {kind} at "
                f"{str(spec)!r}"
            )
        size = path.stat().st_size
        if size > _LARGEST_FILE_BYTES:
            raise BadInput(
                f"expected an ELF file of at most {_LARGEST_FILE_BYTES:#x} bytes, found "
                f"{size:#x} bytes at {str(spec)!r}"
            )
        return Source(path.stem or "image", path.read_bytes())
    except (OSError, ValueError) as error:
        # ValueError: a path with a zero byte in it.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"expected to read the ELF file {str(spec)!r}, found: {reason}") from None


def load(
    spec: str | bytes | Path,
    *,
    ram_size: int = DEFAULT_RAM_BYTES,
    supported: frozenset[str] = SUPPORTED,
) -> Image:
    """Read and check a guest: `load("tour")`, `load("path/to.elf")`, `load(data)`."""
    source = resolve(spec)
    return load_elf(source.data, name=source.name, ram_size=ram_size, supported=supported)


def _names() -> str:
    return f"{', '.join(GUESTS)}; benchmarks: {', '.join(BENCHMARKS)}"
