"""Pages whose regions are golden files: small enough to be read."""

from __future__ import annotations

from vmlab.derive.asm import assemble
from vmlab.derive.t2.region import translate
from vmlab.derive.wasm.text import module_text

PAGES = {
    "copy": """
        loop: lbu t0, 0(a1)
              sb t0, 0(a0)
              addi a0, a0, 1
              addi a1, a1, 1
              bnez t0, loop
              ret
    """,
    "call": """
        start: jal ra, twice
               beq a0, a1, start
               ecall
               j start
        twice: slli a0, a0, 1
               ret
    """,
    "two_ways_in": """
        start: beqz a0, second
        first: addi a0, a0, -1
        second: srli a0, a0, 1
               bnez a0, first
               mulhu a1, a2, a3
               j outside
        .balign 4096
        outside: nop
    """,
    "atomic": """
        again: lr.d t0, (a0)
               add t1, t0, a1
               sc.d t2, t1, (a0)
               bnez t2, again
               amoadd.w a0, zero, (a2)
    """,
}
"""A loop with accesses; a call, and an instruction that is T1's; a jump into a loop, and out of the
page; accesses that are T1's kernels."""


def region_texts() -> dict[str, str]:
    """The modules by the names of their files."""
    texts: dict[str, str] = {}
    for name, source in PAGES.items():
        data = assemble(source, f"{name}.S", text_base=0x8000_0000).section(".text").data
        region = translate(data[:4096].ljust(4096, b"\0"), [0])
        assert region is not None, name
        texts[f"t2_{name}.wat"] = module_text(region.module)
    return texts
