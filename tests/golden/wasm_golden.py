"""Golden files: what the wasm printer prints for a few texts, so that a change of it is seen.

`python -m tests.golden.wasm_golden` writes them anew; the diff then belongs into the review.
"""

from __future__ import annotations

from pathlib import Path

from tests.golden.regions import region_texts
from vmlab.derive.t1.loop import RUN
from vmlab.derive.t1.module import print_engine
from vmlab.derive.wasm.interp import print_module
from vmlab.derive.wasm.text import function_text
from vmlab.isa.table import INSTRUCTIONS, all_kernels

FOLDER = Path(__file__).parent / "wasm"

KERNELS = ("fetch", "pmp_check", "take_trap", "tlb_flush_page")
"""Calls, RAM and a device; a loop; a delivery; an early return from a kernel without results."""
NAMES = ("div", "jalr", "lw", "mulhsu", "sd")
"""Nested branches; a jump that may trap; an access that may trap; a helper; a store."""


T1_KERNELS = ("decode", "decode_at", "find_code", "hook_page", "written")
"""T1's own: the decoder's tree, the cache of code, where code is, pages, stores into code."""
T1_NAMES = ("addi", "beq", "csrrs", "ld", "sd", "c.jr")
"""The loop with their handlers: arithmetic, a branch, a call, accesses, a jump to a register."""


def texts() -> dict[str, str]:
    """The golden files as they should be, by file name."""
    return {**_texts_of_functions(), **_texts_of_t1(), **region_texts()}


def _texts_of_t1() -> dict[str, str]:
    """T1 for a machine with few instructions: small enough to be read."""
    module = print_engine([insn for insn in INSTRUCTIONS if insn.name in T1_NAMES])
    names = module.names()
    return {
        f"t1_{function.name}.wat": function_text(function, names) + "\n"
        for function in module.functions
        if function.name in (RUN, *T1_KERNELS)
    }


def _texts_of_functions() -> dict[str, str]:
    module = print_module(all_kernels(), INSTRUCTIONS)
    wanted = {name: name for name in KERNELS}
    wanted |= {f"insn{n}": insn.name for n, insn in enumerate(INSTRUCTIONS) if insn.name in NAMES}
    names = module.names()
    return {
        f"{wanted[function.name]}.wat": function_text(function, names) + "\n"
        for function in module.functions
        if function.name in wanted
    }


def main() -> None:
    """Write the files, and remove those that are no longer wanted."""
    FOLDER.mkdir(exist_ok=True)
    wanted = texts()
    for old in FOLDER.glob("*.wat"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} files in {FOLDER}")


if __name__ == "__main__":
    main()
