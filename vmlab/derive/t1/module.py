"""The whole of T1 as one module: the kernels, the instructions that are called, the loop.

It exports `run`, imports the memory and what only the host can do (`HOST`), and for translated
pages (`derive.t2`) exports the table that it calls them by and the accesses that they call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.t1.access import DEVICES, IN_REGION, SEEN, SLOW
from vmlab.derive.t1.code import decode_at, decoder_of, look, written
from vmlab.derive.t1.control import ASKED, CONTROL
from vmlab.derive.t1.entering import REGION_SIGNATURE
from vmlab.derive.t1.handlers import in_place
from vmlab.derive.t1.layout import ARENA_AT, SLOTS, TABLE
from vmlab.derive.t1.loop import LoopPrinter
from vmlab.derive.t1.notes import NOTES
from vmlab.derive.t1.pages import hook_drop_page, hook_page, hook_pmp_changed
from vmlab.derive.wasm.functions import Surroundings, kernel_function
from vmlab.derive.wasm.helpers import helpers
from vmlab.derive.wasm.instructions import instruction_function
from vmlab.derive.wasm.module import Function, Import, Module, Signature, Table
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Bind, Effect, Field, Kernel, Read, Traced, walk
from vmlab.isa.state import PC, RETIRED
from vmlab.isa.table import INSTRUCTIONS

HOST: Final = ("device_load", "device_store", "device_fetch", "tick", "drain")
"""What the loop asks the host for, as imports `hook_NAME` that take and give nothing: an access to
a device (the mail words say which), a device's own event, room in the ring of records."""

_ROOTS: Final = (
    *CONTROL,
    *SEEN.values(),
    *SLOW.values(),
    *IN_REGION.values(),
    *DEVICES,
    *NOTES,
    decode_at,
    look,
    written,
    hook_page,
    hook_drop_page,
    hook_pmp_changed,
)


def _called(texts: Sequence[Traced]) -> list[Kernel]:
    effects = (s for text in texts for s in walk(text.body) if isinstance(s, Effect))
    return [effect.kernel for effect in effects if effect.kernel is not None]


def _kernels(instructions: Sequence[Instruction]) -> dict[str, Kernel]:
    """Every kernel that is reached, by name; `decode` knows these instructions."""
    found: dict[str, Kernel] = {"decode": decoder_of(instructions)}
    todo = list(_ROOTS) + _called([insn.traced() for insn in instructions])
    todo += _called([found["decode"].traced()])
    while todo:
        kernel = todo.pop()
        known = found.setdefault(kernel.name, kernel)
        if known is kernel:
            todo += [one for one in _called([kernel.traced()]) if one.name not in found]
        elif kernel.name != "decode":
            raise BrokenInvariant(f"two kernels have the name {kernel.name}")
    return dict(sorted(found.items()))


def _words_read(roots: Sequence[Kernel]) -> frozenset[str]:
    """The words of state that these kernels read, themselves or in what they call."""
    todo, seen = list(roots), set[str]()
    found: set[str] = set()
    while todo:
        kernel = todo.pop()
        if kernel.name in seen:
            continue
        seen.add(kernel.name)
        traced = kernel.traced()
        todo += _called([traced])
        binds = (s.value for s in walk(traced.body) if isinstance(s, Bind))
        reads = (value.place for value in binds if isinstance(value, Read))
        found |= {place.name for place in reads if isinstance(place, Field)}
    return frozenset(found)


def print_engine(
    instructions: Sequence[Instruction] = INSTRUCTIONS, arena_base_bytes: int = ARENA_AT
) -> Module:
    """T1 for an arena at this place of the memory (`layout`)."""
    imports = tuple(Import(f"hook_{name}", Signature((), ())) for name in HOST)
    own: list[Function] = helpers(len(imports))
    kernels = _kernels(instructions)
    called = {f"insn{at}": insn for at, insn in enumerate(instructions) if not in_place(insn)}
    names = [entry.name for entry in imports] + [helper.name for helper in own]
    names += [*kernels, *called]
    index = {name: at for at, name in enumerate(names)}
    if len(index) != len(names):
        raise BrokenInvariant("two functions of the module have one name")
    around = Surroundings(arena_base_bytes, index, _words_read(ASKED) - {PC.name, RETIRED.name})
    own += [kernel_function(kernel, around) for kernel in kernels.values()]
    seen = {name: index[kernel.name] for name, kernel in SEEN.items()}
    watched = replace(around, functions={**index, **seen})
    own += [
        instruction_function(insn, int(name.removeprefix("insn")), watched)
        for name, insn in called.items()
    ]
    wanted = {kernel.name for kernel in IN_REGION.values()}
    own = [replace(function, exported=function.name in wanted) for function in own]
    loop = LoopPrinter(instructions, around).print()
    return Module(imports, (*own, loop), Table(TABLE, SLOTS, REGION_SIGNATURE))
