"""Outside judges of T1's module: other people's assembler, validators and engine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import wasmtime

from tests.differential.test_wasm_judges import node, sections
from vmlab.derive.asm import assemble
from vmlab.derive.t1.access import IN_REGION
from vmlab.derive.t1.layout import ARENA_AT
from vmlab.derive.t1.loop import RUN
from vmlab.derive.t1.module import HOST, print_engine
from vmlab.derive.t1.numbers import Out
from vmlab.derive.wasm.relocation import place
from vmlab.derive.wasm.text import module_text
from vmlab.engine.api import StopAt
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.sharedarena import SharedArena
from vmlab.engine.tiers import new_arena
from vmlab.isa.state import X
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform


def test_an_outside_assembler_makes_the_same_bytes_of_the_text() -> None:
    module = print_engine()
    theirs = wasmtime.wat2wasm(module_text(module))
    # Section 0 holds names for debuggers, theirs also of locals.
    ours = [entry for entry in sections(module.encode()) if entry[0]]
    assert ours == [entry for entry in sections(bytes(theirs)) if entry[0]]


@pytest.mark.parametrize("base", [ARENA_AT, 1 << 28, (1 << 31) + 8])
def test_wasmtime_validates_the_module_wherever_it_is_moved(
    base: int, record_property: Any
) -> None:
    binary = place(print_engine(arena_base_bytes=0).encode_file(), base)
    wasmtime.Module.validate(wasmtime.Engine(), binary)
    record_property("T1's module", f"{len(binary)} bytes")


def test_it_exports_the_loop_and_what_regions_call_and_imports_what_only_a_host_has() -> None:
    module = print_engine()
    exported = {function.name for function in module.functions if function.exported}
    assert exported == {RUN, *(kernel.name for kernel in IN_REGION.values())}
    assert module.table is not None
    assert [entry.name for entry in module.imports] == [f"hook_{name}" for name in HOST]


_SCRIPT = """
const fs = require("node:fs");
const module = new WebAssembly.Module(fs.readFileSync(process.argv[1]));
const block = fs.readFileSync(process.argv[2]);
const memory = new WebAssembly.Memory({ initial: Math.ceil(block.length / 65536) });
new Uint8Array(memory.buffer).set(block);
const env = { memory };
for (const one of WebAssembly.Module.imports(module))
  if (one.kind == "function") env[one.name] = () => { throw new Error(one.name); };
console.log(new WebAssembly.Instance(module, { env }).exports.run());
console.log(new BigUint64Array(memory.buffer, X_AT, 33).join(" "));
"""

PROGRAM = """
    la   s0, data
    li   s1, 300
1:  mul  a0, s1, s1
    add  a1, a1, a0
    amoadd.d a2, a1, (s0)
    sd   a1, 8(s0)
    ld   a3, 0(s0)
    mulhsu a4, a3, a1
    csrr a5, minstret
    .half 0x0505
    addi s1, s1, -1
    bnez s1, 1b
    .word 0xffffffff
    .balign 8
data: .dword 5, 0
"""


def test_v8_runs_it_to_the_same_state(tmp_path: Path) -> None:
    """The memory as it is when a run begins is given to V8; what it leaves is what we leave."""
    program = node()
    if program is None:
        pytest.skip("no node here; the browser tests have Chromium's V8")
    machine = Machine(Platform(ram_bytes=1 << 16), arena=new_arena(1 << 16))
    arena = machine.arena
    assert isinstance(arena, SharedArena)
    code = assemble(PROGRAM, "test.S").section(".text").data
    machine.load([(memmap.RAM, code)], memmap.RAM, dtb=b"")
    machine.hart.set_word("pc", memmap.RAM)
    engine = Interpreter(machine, arena)
    run = engine._loop

    def keep_and_run() -> Any:
        (tmp_path / "block").write_bytes(arena.block.view)
        return run()

    engine._loop = keep_and_run
    engine.run(2_500, StopAt())
    (tmp_path / "wasm").write_bytes(print_engine().encode())
    script = _SCRIPT.replace("X_AT", str(ARENA_AT + X.offset_bytes))
    done = subprocess.run(
        [program, "-e", script, str(tmp_path / "wasm"), str(tmp_path / "block")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    out, words = done.stdout.splitlines()
    assert int(out) == Out.BUDGET
    assert [int(word) for word in words.split()] == list(machine.arena.words[X.slot :][:33])
    assert machine.hart.x[9] < 100
