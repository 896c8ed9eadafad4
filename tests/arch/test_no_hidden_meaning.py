"""What an instruction means stands in its text only: no name decides what is printed.

Every mnemonic, and every other word about an instruction that a printer could look at, becomes
a random word; the Python and the wasm that are printed stay the same, byte for byte.
"""

from __future__ import annotations

import ast
import random
import string
from pathlib import Path
from types import FunctionType

from vmlab.derive.pyblock import Item, block_source, is_simple
from vmlab.derive.pysrc import instruction_source, kernel_source
from vmlab.derive.t1.module import print_engine
from vmlab.derive.wasm.interp import hook_names, print_module
from vmlab.derive.wasm.text import module_text
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.table import INSTRUCTIONS, all_kernels


def _random_word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=12))


def _renamed(insn: Instruction, rng: random.Random) -> Instruction:
    """The same encoding and the same body, traced anew, under words that say nothing. (Which
    extension it is of, and which operands are reserved, is part of how it is decoded.)"""
    body = insn.body
    assert isinstance(body, FunctionType)
    name = _random_word(rng)
    code = body.__code__.replace(co_name=name, co_qualname=name)
    twin = FunctionType(code, body.__globals__, name, body.__defaults__, body.__closure__)
    return Instruction(
        name,
        insn.extension,
        insn.pattern,
        _random_word(rng),
        twin,
        _random_word(rng),
        insn.unless,
    )


def _renamed_table() -> list[Instruction]:
    rng = random.Random(2)
    table = [_renamed(insn, rng) for insn in INSTRUCTIONS]
    assert not {insn.name for insn in table} & {insn.name for insn in INSTRUCTIONS}
    return table


def _as_python(table: list[Instruction]) -> str:
    parts = [kernel_source(kernel) for kernel in all_kernels()]
    parts += [instruction_source(insn, number) for number, insn in enumerate(table)]
    rng = random.Random(3)
    for insn in table:
        if is_simple(insn):
            word = rng.getrandbits(32) & ~insn.mask | insn.match
            parts.append(block_source([Item(insn, 0x8000_0000, word, decode_fields(insn, word))]))
    return "\n".join(parts)


def test_renaming_every_mnemonic_leaves_the_printed_python_as_it_was() -> None:
    assert _as_python(_renamed_table()) == _as_python(list(INSTRUCTIONS))


def test_renaming_every_mnemonic_leaves_the_printed_wasm_as_it_was() -> None:
    for hooks in (frozenset[str](), hook_names(all_kernels(), INSTRUCTIONS)):
        was = print_module(all_kernels(), INSTRUCTIONS, 4096, hooks)
        now = print_module(all_kernels(), _renamed_table(), 4096, hooks)
        assert now.encode() == was.encode()
        assert module_text(now) == module_text(was)


def test_renaming_every_mnemonic_leaves_the_default_engine_as_it_was() -> None:
    assert print_engine(_renamed_table()).encode() == print_engine().encode()


def test_no_printer_looks_at_a_name(root: Path) -> None:
    """A printer that never reads `.name` of an instruction cannot come to depend on it."""
    printers = [root / "vmlab/derive/pysrc.py"]
    for folder in ("wasm", "t1"):
        printers += (root / "vmlab/derive" / folder).glob("*.py")
    for path in printers:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                read = f"{node.value.id}.{node.attr}"
                assert read not in {"instruction.name", "insn.name", "instruction.body"}, path
