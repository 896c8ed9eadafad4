"""What a check says of one run beside its hint: what was expected, what was found, and where.

    Said("mode", {"mode": "S"})        virtual mode S         虚拟模式 S

A grader knows no text: it names a fact and gives its values, which may be facts themselves. The
sentences stand in `exercise.toml`, by language, beside those of the hints; what a call across a
student's interface may come to has its sentences here. What is the same in every language (an
address, a CSR, code) is plain text, and so is whatever a student's program gave: nobody looks for
a meaning in it.

A finding is kept as JSON: text as text, a fact as {"key", "values"}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.lab import fitting

Sentences = Mapping[str, Mapping[str, str]]
"""By key, then by language."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, or a part of one, that waits for a language."""

    key: str
    values: Mapping[str, Told] = field(default_factory=dict)
    """What stands for the {names} of the sentence."""

    def __str__(self) -> str:
        """In English, as far as its sentence is here: for exceptions and tests."""
        given = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return (
            tell(self, "en", COMMON_FACTS) if self.key in COMMON_FACTS else f"{self.key}({given})"
        )


Told = str | Said


def tell(told: Told, language: str, sentences: Sentences) -> str:
    """What was told, in a language. Raises `BrokenInvariant` for a fact that has no sentence, and
    for one that lacks a value."""
    if isinstance(told, str):
        return told
    if told.key not in sentences:
        raise BrokenInvariant(f"expected a fact of {', '.join(sentences)}, found {told.key!r}")
    values = {name: tell(value, language, sentences) for name, value in told.values.items()}
    try:
        return fill(sentences[told.key][language], values)
    except KeyError as error:
        raise BrokenInvariant(f"the fact {told.key} lacks the value {error}") from None


def names(template: str) -> set[str]:
    """The {names} of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def fill(template: str, values: Mapping[str, str]) -> str:
    """A sentence with its values; raises `KeyError` for one that is not there.

    Chinese is written with a space before and behind a foreign word, and so are our sentences
    around a value. A value that is Chinese itself needs none.
    """
    said = ""
    for literal, name, _, _ in Formatter().parse(template):
        said = _joined(said, literal)
        if name is not None:
            said = _joined(said, values[name])
    return said


_CHINESE_END: Final = re.compile(r"[\u3000-\u9fff\uff00-\uffef]( ?)$")
_CHINESE_START: Final = re.compile(r"^( ?)[\u3000-\u9fff\uff00-\uffef]")


def _joined(left: str, right: str) -> str:
    end, start = _CHINESE_END.search(left), _CHINESE_START.search(right)
    if end is None or start is None:
        return left + right
    return left[: end.start(1)] + right[start.end(1) :]


# What a call across a student's interface may come to ---------------------------------------

COMMON_FACTS: Final[Sentences] = {
    "either": {"en": "{one} or {other}", "zh": "{one} 或 {other}"},
    "answer": {"en": "{kind} {text}", "zh": "{kind} {text}"},
    "one of the values": {"en": "one of the exercise's values", "zh": "练习所给的某种值"},
    "field": {
        "en": "expected {field} of type {expected}, found {found}",
        "zh": "{found} 类型的 {field}，其类型应为 {expected}",
    },
    "can be hashed": {"en": "a value that can be hashed", "zh": "可哈希的值"},
    "with a method": {"en": "an object with {name}", "zh": "有 {name} 的对象"},
    "without it": {"en": "one without", "zh": "没有它的对象"},
    "whole hart": {
        "en": "expected a Vcpu with its 32 registers and its CSRs, found others",
        "zh": "寄存器或 CSR 与原来不符的 Vcpu（应有 32 个寄存器和原有的 CSR）",
    },
    "no mode": {
        "en": "expected a mode of 0 or 1, found {mode}",
        "zh": "为 {mode} 的模式（应为 0 或 1）",
    },
    "entries in RAM": {"en": "updates of entries in RAM", "zh": "对 RAM 中页表项的更新"},
    "outside RAM": {
        "en": "expected the spa of an entry in RAM, found {slot}",
        "zh": "一个更新，它的 {slot} 不是 RAM 中页表项的地址",
    },
}
"""Facts that every exercise has."""


def kind(hint: Any) -> Told:
    """A type as a reader of Python knows it."""
    parts = fitting.parts_of(hint)
    if not parts:
        return fitting.shown(hint)
    told: Told = kind(parts[0])
    for one in parts[1:]:
        told = Said("either", {"one": told, "other": kind(one)})
    return told


def misfit(error: Exception) -> Told:
    """Why a value was refused: what `wire` says of a field can be told in every language."""
    if isinstance(error, fitting.Misfit):
        values = {"field": error.field, "expected": kind(error.hint), "found": error.found}
        return Said("field", values)
    return str(error)
