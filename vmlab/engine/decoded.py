"""What instruction words mean to T0: the printed function and its operands, kept by word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vmlab.engine.blocks import CodeCache
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.table import INSTRUCTIONS

MOST_WORDS: Final = 1 << 15
"""So many words are remembered; then all are forgotten. A guest can make up any number of them."""
_NUMBER: Final = {id(instruction): number for number, instruction in enumerate(INSTRUCTIONS)}


@dataclass(frozen=True, slots=True)
class Decoded:
    """An instruction word's printed function and operands."""

    function: Callable[..., int]
    operands: tuple[int, ...]
    word: int
    size_bytes: int
    simple: bool


class Instructions:
    """The instruction words that one machine has met."""

    def __init__(self, functions: Mapping[str, Any], code: CodeCache) -> None:
        self._functions = functions
        self._code = code
        self._known: dict[int, Decoded | None] = {}

    def decode(self, word: int) -> Decoded | None:
        """None for a word that is no instruction."""
        if word not in self._known:
            if len(self._known) >= MOST_WORDS:
                self._known.clear()
            instruction = self._code.decode(word)
            self._known[word] = None if instruction is None else self._bound(instruction, word)
        return self._known[word]

    def decode_simple(self, word: int | None) -> Decoded | None:
        """The same for an instruction that touches registers and memory only, else None."""
        decoded = None if word is None else self.decode(word)
        return decoded if decoded is not None and decoded.simple else None

    def _bound(self, instruction: Instruction, word: int) -> Decoded:
        function = self._functions[f"insn{_NUMBER[id(instruction)]}"]
        operands = tuple(decode_fields(instruction, word).values())
        simple = self._code.is_simple(instruction)
        return Decoded(function, operands, word, instruction.size_bytes, simple)
