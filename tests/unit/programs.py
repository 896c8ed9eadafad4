"""Small programs for tests: assembled by our own assembler, opened as sessions."""

from __future__ import annotations

from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf
from vmlab.session import Session, open

PASS = """
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
hang:
    j hang
"""


def elf(source: str) -> bytes:
    """An ELF whose `_start` is the first instruction of `source`."""
    return to_elf(assemble(f".globl _start\n_start:\n{source}", "test.S"))


def session(source: str, **options: object) -> Session:
    """A session of a program, at its reset vector."""
    return open(elf(source), ram="1M", **options)  # type: ignore[arg-type]
