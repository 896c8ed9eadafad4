"""T1's decoder: printed as Python and as wasm, it gives the same entries."""

from __future__ import annotations

import random
from typing import Any, Final

from vmlab.derive.pysrc import kernel_source
from vmlab.derive.t1.code import decode
from vmlab.derive.wasm.interp import print_module
from vmlab.engine.hosts.wasmtime_host import WasmtimeHost
from vmlab.isa.extensions import ISA_STRING, isa_word
from vmlab.isa.state import ISA
from vmlab.isa.table import INSTRUCTIONS

LONG_WORDS: Final = 100_000


def test_python_and_wasm_decode_alike() -> None:
    host = WasmtimeHost().memory(1 << 16)
    module = print_module([decode], [])
    assert not module.imports
    wasm = host.instantiate(module.encode(), {})["decode"]
    space: dict[str, Any] = {"s": host.view.cast("Q")}
    exec(kernel_source(decode), space)
    python = space["decode"]
    rng = random.Random(1)
    for isa in (ISA_STRING, "rv64imc", "rv64i_zbb"):
        space["s"][ISA.slot] = isa_word(isa)
        for word in range(1 << 16):
            garbage = word | rng.getrandbits(16) << 16
            assert wasm(garbage) == python(garbage), f"{garbage:#010x}"
        for at in range(LONG_WORDS):
            insn = INSTRUCTIONS[at % len(INSTRUCTIONS)]
            word = rng.getrandbits(32) & ~insn.mask | insn.match
            if at % 5 == 0:
                word ^= 1 << rng.randrange(32)
            assert wasm(word) == python(word), f"{word:#010x}"
