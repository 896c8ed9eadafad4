"""Modules and functions in WebAssembly's text format: for readers, and for an outside assembler.

An assembler makes the same binary of the text as `module` writes (tested), so what one reads is
what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from vmlab.derive.pysrc import number_text
from vmlab.derive.wasm.module import BRANCH_HINTS, ENVIRONMENT, MEMORY, Function, Module
from vmlab.derive.wasm.opcodes import OPCODES, Instr, Takes, Type

INDENT: Final = "  "


def _part(keyword: str, types: Iterable[Type]) -> str:
    words = " ".join(kind.text for kind in types)
    return f" ({keyword} {words})" if words else ""


def _head(function: Function) -> str:
    export = f' (export "{function.name}")' if function.exported else ""
    params = "".join(f" (param ${param.name} {param.type.text})" for param in function.params)
    return f"(func ${function.name}{export}{params}{_part('result', function.results)}"


def _instruction(instr: Instr, function: Function, names: Sequence[str]) -> str:
    if instr.likely is not None:
        hint = f'(@{BRANCH_HINTS} "\\{int(instr.likely):02x}")'
        return f"{hint} {_instruction(instr._replace(likely=None), function, names)}"
    takes = OPCODES[instr.name][1]
    if takes in (Takes.NOTHING, Takes.BLOCK_TYPE):
        return instr.name
    if takes is Takes.LOCAL:
        return f"{instr.name} ${[*function.params, *function.locals][instr.number].name}"
    if takes is Takes.FUNCTION:
        return f"{instr.name} ${names[instr.number]}"
    if takes is Takes.SIGNATURE:
        return f"{instr.name} (type {instr.number})"
    if takes is Takes.LABELS:
        return " ".join((instr.name, *map(str, instr.labels), str(instr.number)))
    if takes is Takes.OFFSET:
        return f"{instr.name} offset={instr.number}" if instr.number else instr.name
    return f"{instr.name} {number_text(instr.number)}"


def function_text(function: Function, names: Sequence[str]) -> str:
    """One function; `names` are the module's function names by index."""
    lines = [_head(function)]
    lines += [f"{INDENT}(local ${local.name} {local.type.text})" for local in function.locals]
    depth = 1
    for instr in function.body:
        if instr.name in ("else", "end"):
            depth -= 1
        lines.append(INDENT * depth + _instruction(instr, function, names))
        if instr.name in ("block", "loop", "if", "else"):
            depth += 1
    return "\n".join(lines) + ")"


def module_text(module: Module) -> str:
    """The whole module."""
    lines = ["(module"]
    table = module.table
    if table is not None:
        signature = table.signature
        kind = _part("param", signature.params) + _part("result", signature.results)
        lines.append(f"(type (func{kind}))")
    lines.append(f'(import "{ENVIRONMENT}" "{MEMORY}" (memory 1))')
    for entry in module.imports:
        kind = _part("param", entry.signature.params) + _part("result", entry.signature.results)
        lines.append(f'(import "{entry.module}" "{entry.name}" (func ${entry.name}{kind}))')
    if table is not None:
        lines.append(f'(table (export "{table.name}") {table.length} funcref)')
    names = module.names()
    lines += [function_text(function, names) for function in module.functions]
    return "\n".join(lines) + ")\n"
