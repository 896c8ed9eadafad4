"""The programs and nanobenchmarks of nano by name, for whoever counts what they cost.

A benchmark is run by the command line `bench NAME TIMES`. Right before and right after the
operations the kernel calls two empty functions, `bench_begin` and `bench_end`: a tool stops there
and takes the difference of its counters. What is not the operations (the way out of the first mark
and into the second, a loop's beginning) is the same for any number of times but 0, so the
difference between 2 N times and N times is exactly N operations.

The names stand in `src/nano/user/bench.c`; a test holds the two lists together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput

BEGIN_SYMBOL: Final = "bench_begin"
END_SYMBOL: Final = "bench_end"
SYSTEM_CALLS: Final = (
    *("getpid", "write", "read", "fork", "exec", "wait", "exit", "yield", "sleep", "mmap"),
    *("munmap", "blk_read", "time", "catch", "selfsum", "probe", "mark", "bench"),
)
"""By their number in a7 (`src/nano/abi.h`, `SYS_...`)."""
MOST_PAGES: Final = 1024
"""Of `fault`: its pages are all there at the end."""

BENCHMARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "syscall": "A program asks for its process number (getpid).",
        "call": "A program calls an empty function, which returns.",
        "illegal": "A program executes an illegal instruction, and the kernel steps over it.",
        "fault": "A program stores to a page for the first time, and the kernel maps zeros there.",
        "pte": "The kernel changes a page-table entry's rights, fences the page and reads it.",
        "pte512": "The kernel changes a table's 512 entries, fences the space and reads a page.",
        "switch": "Two processes give the hart to each other once: two context switches.",
        "fork": "A process forks, its child exits at once, and it waits for it.",
        "csr": "The kernel reads sscratch and writes it.",
        "sie": "The kernel turns interrupts on and off (sstatus.SIE).",
        "mmio_read": "The kernel reads a device register (the UART's scratch byte).",
        "mmio_write": "The kernel writes a device register (the UART's scratch byte).",
        "idle": "The kernel sets the timer a thousand ticks of mtime ahead and waits for it.",
    }
)
"""What one operation of each benchmark is."""


def bench_command(name: str, times: int) -> str:
    """The command line (`append`) that does an operation so many times and ends the machine."""
    if name not in BENCHMARKS:
        raise BadInput(f"expected a nanobenchmark of {', '.join(BENCHMARKS)}, found {name!r}")
    most = MOST_PAGES if name == "fault" else 1_000_000
    if not 1 <= times <= most:
        raise BadInput(f"expected {name} 1 to {most} times, found {times}")
    return f"bench {name} {times}"
