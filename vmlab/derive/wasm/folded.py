"""A part of a function in the folded text format, one statement a line: for readers.

What stands on the stack in between is written where it is used, as long as that keeps the order:
`(i64.add (local.get $x10) (i64.const 8))`. It is the same text format as `text` writes, so an
assembler makes the same binary of it (tested).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.derive.wasm.module import Function, Signature
from vmlab.derive.wasm.opcodes import OPCODES, Instr, Takes
from vmlab.derive.wasm.text import instruction_text

_OPENS: Final = ("block", "loop", "if")
_UNARY: Final = ("eqz", "clz", "wrap", "extend")
_EFFECTS: Final = {
    "unreachable": (0, 0), "else": (0, 0), "end": (0, 0), "return": (0, 0), "block": (0, 0),
    "loop": (0, 0), "if": (1, 0), "br": (0, 0), "br_if": (1, 0), "br_table": (1, 0),
    "drop": (1, 0), "select": (3, 1), "local.get": (0, 1), "local.set": (1, 0),
    "local.tee": (1, 1),
}  # fmt: skip
"""Values taken and given. Our blocks have no results, and what `return` takes stays as it is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One line: what leaves nothing on the stack. `depth` counts the blocks around it that began
    in the same part."""

    depth: int
    text: str


def effect_of(instr: Instr, signatures: Sequence[Signature]) -> tuple[int, int]:
    """How many values an instruction takes from the stack and puts there. `signatures` are those
    of the module's functions, by index."""
    if instr.name in _EFFECTS:
        return _EFFECTS[instr.name]
    takes = OPCODES[instr.name][1]
    if takes is Takes.FUNCTION:
        called = signatures[instr.number]
        return len(called.params), len(called.results)
    if takes is Takes.CONSTANT:
        return 0, 1
    operation = instr.name.partition(".")[2]
    if takes is Takes.OFFSET:
        return (2, 0) if operation.startswith("store") else (1, 1)
    return (1, 1) if operation.startswith(_UNARY) else (2, 1)


def folded(
    function: Function,
    part: range,
    names: Sequence[str],
    signatures: Sequence[Signature],
) -> tuple[Statement, ...]:
    """The instructions of `part`, by index in the function's body."""
    made: list[Statement] = []
    waiting: list[str] = []
    opened: list[bool] = []
    """Of each block that began in the part, whether it is a folded `if`."""
    ends = _closed(function, part)

    def write(text: str) -> None:
        made.append(Statement(len(opened), text))

    for index in part:
        instr = function.body[index]._replace(likely=None)  # a hint says nothing of what it does
        takes, gives = effect_of(instr, signatures)
        # What the part did not put there itself is on the stack already.
        kept = max(0, len(waiting) - takes)
        operands = waiting[kept:]
        del waiting[kept:]
        text = instruction_text(instr, function, names)
        if gives == 1:
            waiting.append(f"({' '.join((text, *operands))})")
            continue
        # Earlier values were made before this happens: they keep their place.
        for value in waiting:
            write(value)
        waiting.clear()
        if instr.name in _OPENS:
            whole = instr.name == "if" and index in ends and bool(operands)
            if whole:
                write(f"(if {operands[0]} (then")
            else:
                for value in operands:
                    write(value)
                write(text)
            opened.append(whole)
        elif instr.name in ("else", "end"):
            whole = opened.pop() if opened else False
            write({"else": ") (else", "end": "))"}[instr.name] if whole else text)
            if instr.name == "else":
                opened.append(whole)
        else:
            write(f"({' '.join((text, *operands))})")
    for value in waiting:
        write(value)
    return tuple(made)


def _closed(function: Function, part: range) -> frozenset[int]:
    """Where blocks begin that end in the part, too."""
    waiting: list[int] = []
    found = []
    for index in part:
        name = function.body[index].name
        if name in _OPENS:
            waiting.append(index)
        elif name == "end" and waiting:
            found.append(waiting.pop())
    return frozenset(found)
