"""The hash of a machine's state: equal for equal states, on every engine and in every version.

Files hold it, so it must not change when a later version adds words of state that this machine
does not use: words go in by name, and those that are zero do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vmlab.isa.extensions import extensions_of
from vmlab.isa.state import ARRAYS, FIELDS, ISA, UNHASHED

if TYPE_CHECKING:
    from vmlab.machine.platform import Machine

WORD_BYTES: Final = 8
_NAMED_OTHERWISE: Final = frozenset({ISA.name})
"""A bit's place in this word depends on the version: the ISA string says the same."""

# What was hashed before: by place, not by name. Recordings of that time hold such a hash.
_WORDS_1: Final = """
    pc mode retired skipped waiting reservation mstatus medeleg mideleg mie mip external mtvec
    mcounteren menvcfg mscratch mepc mcause mtval stvec scounteren senvcfg sscratch sepc scause
    stval satp mcycle_offset minstret_offset mtimecmp stimecmp mtime_offset insns_per_tick
    ram_base ram_size isa translation misaligned_done tval_word
"""
_ARRAYS_1: Final = ("x", "pmpcfg", "pmpaddr")
_EXTENSIONS_1: Final = """
    i m a c b zicntr zicsr zifencei zihpm zmmul zaamo zalrsc zca zba zbb zbs sstc svadu svinval
"""


def state_hash(machine: Machine) -> str:
    """BLAKE2b of everything that decides what a guest can see next; caches stay out of it."""
    digest = hashlib.blake2b(digest_size=32)
    digest.update(machine.platform.isa.encode())
    hart = machine.arena.hart
    words = [(name, field.offset_bytes, 1) for name, field in FIELDS.items()]
    words += [(name, array.offset_bytes, array.length) for name, array in ARRAYS.items()]
    for name, start, length in sorted(words):
        content = bytes(hart[start : start + WORD_BYTES * length])
        if name not in UNHASHED and name not in _NAMED_OTHERWISE and any(content):
            digest.update(name.encode() + b"=" + content)
    for part in _devices_and_ram(machine):
        digest.update(part)
    return digest.hexdigest()


def state_hash_1(machine: Machine) -> str:
    """The hash of vmlab/recording/1's first writers."""
    digest = hashlib.blake2b(digest_size=32)
    extensions = extensions_of(machine.platform.isa)
    isa = sum(1 << at for at, name in enumerate(_EXTENSIONS_1.split()) if name in extensions)
    for name in _WORDS_1.split():
        word = isa if name == ISA.name else machine.hart.word(name)
        digest.update(word.to_bytes(WORD_BYTES, "little"))
    for name in _ARRAYS_1:
        start = ARRAYS[name].offset_bytes
        digest.update(machine.arena.hart[start : start + WORD_BYTES * ARRAYS[name].length])
    for part in _devices_and_ram(machine):
        digest.update(part)
    return digest.hexdigest()


def _devices_and_ram(machine: Machine) -> Iterator[bytes | memoryview]:
    for device in machine.bus.devices:
        yield device.name.encode() + device.state()
    if machine.disk is not None:
        yield from machine.disk.state()
    for page in sorted(machine.used_pages()):
        yield page.to_bytes(WORD_BYTES, "little")
        yield machine.arena.ram_page(page)
