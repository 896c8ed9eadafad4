"""Every kernel and every instruction in one WebAssembly module, over one arena.

The module imports the memory that holds the arena, and the primitives that only a host has: the
devices, and those hooks that an engine asks for. It exports each kernel by its name and each
instruction by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.wasm.functions import Surroundings, function_name, kernel_function
from vmlab.derive.wasm.helpers import helpers
from vmlab.derive.wasm.instructions import instruction_function
from vmlab.derive.wasm.module import Import, Module, Signature
from vmlab.derive.wasm.opcodes import Type
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Effect, Kernel, Traced, walk
from vmlab.isa.lang.verify import BY_ADDRESS

INLINE = BY_ADDRESS | {"note", "count", "ram_load", "ram_store", "call"}
"""Effects that need no import."""


def _effects(texts: Sequence[Traced]) -> Iterator[Effect]:
    for text in texts:
        for statement in walk(text.body):
            if isinstance(statement, Effect):
                yield statement


def hook_names(kernels: Sequence[Kernel], instructions: Sequence[Instruction]) -> frozenset[str]:
    """The hooks that the texts call."""
    texts = [kernel.traced() for kernel in kernels] + [insn.traced() for insn in instructions]
    return frozenset(effect.name for effect in _effects(texts) if effect.what == "hook")


def _imports(texts: Sequence[Traced], hooks: frozenset[str]) -> tuple[Import, ...]:
    """One import a primitive; how it is used says what it takes and gives."""
    found: dict[str, Import] = {}
    for effect in _effects(texts):
        if effect.what in INLINE or (effect.what == "hook" and effect.name not in hooks):
            continue
        name = function_name(effect)
        words = (Type.I64,) * len(effect.args), (Type.I64,) * len(effect.results)
        entry = Import(name, Signature(*words))
        if found.setdefault(name, entry) != entry:
            raise BrokenInvariant(f"{name} is used with different numbers of values")
    return tuple(found[name] for name in sorted(found))


def print_module(
    kernels: Sequence[Kernel],
    instructions: Sequence[Instruction],
    arena_base_bytes: int = 0,
    hooks: frozenset[str] = frozenset(),
) -> Module:
    """The module for an arena that starts at `arena_base_bytes` of the memory. `hooks` become
    imports `hook_NAME`; the others print nothing. `kernels` include those of
    `BY_ADDRESS`."""
    texts = [kernel.traced() for kernel in kernels] + [insn.traced() for insn in instructions]
    imports = _imports(texts, hooks)
    own = helpers(len(imports))
    names = [entry.name for entry in imports] + [helper.name for helper in own]
    names += [kernel.name for kernel in kernels]
    index = {name: at for at, name in enumerate(names)}
    if len(index) != len(names):
        raise BrokenInvariant("two kernels, helpers or primitives have one name")
    around = Surroundings(arena_base_bytes, index)
    own += [kernel_function(kernel, around) for kernel in kernels]
    own += [instruction_function(insn, number, around) for number, insn in enumerate(instructions)]
    return Module(imports, tuple(own))
