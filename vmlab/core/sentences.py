"""Translates finished English sentences: the template that made one is found again, with values.

Layers below the views know no languages. They raise `BadInput(f"expected a mode of 0, 1 or 3, found
{mode}")` and say `f"{left} ticks"` of a timer, which is right for a library and a command line. The
templates of those f-strings are in their sources, where `vmlab.ui.locale.sources` collects them;
here each is a pattern, and what fits it is filled into the translation. A sentence that fits none
stays English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_COLON: Final = (": ", "：")
"""As in `name: what is wrong with it`."""
_LISTS: Final = (("; ", "；"), (", ", "，"))
"""As in `priority 1, pending`."""
_MAX_PARTS: Final = 8
_STRONG: Final = 20
"""A template that begins with a value needs so many letters of its own to be tried at once."""
_MAX_WEAK_CHARS: Final = 60
_NUMBER: Final = re.compile(r"(0x[0-9a-f]+) (.+)")
_WORDS: Final = re.compile(r"[a-z]{2}")
_MAX_CHARS: Final = 600
"""Longer ones are no sentence of ours: matching takes more than linear time, and strangers choose
names."""


class Sentences:
    """English templates and their translations, both in `str.format` notation."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._exact = {one: to for one, to in translations.items() if "{" not in one}
        patterns = [_Pattern(one, to) for one, to in translations.items() if "{" in one]
        # The one that says most by itself is the most likely to be meant.
        patterns.sort(key=lambda one: -one.weight)
        self._strong = [one for one in patterns if one.is_strong]
        self._weak = [one for one in patterns if not one.is_strong]
        self.translate = lru_cache(maxsize=2048)(self._translate)

    def _translate(self, sentence: str) -> str:
        """The sentence in the other language, or as it is."""
        if len(sentence) > _MAX_CHARS:
            return sentence
        return (
            self._exact.get(sentence)
            or self._fits(sentence, self._strong)
            or self._named(sentence)
            or self._listed(sentence)
            or self._fits(sentence, self._weak)
            or sentence
        )

    def _fits(self, sentence: str, patterns: list[_Pattern]) -> str | None:
        for pattern in patterns:
            found = pattern.match(sentence)
            if found is not None:
                values = {name: self.translate(value) for name, value in found.items()}
                return pattern.translation.format_map(values)
        return None

    def _named(self, sentence: str) -> str | None:
        """What stands before a colon is data, and so is a number in front."""
        name, colon, rest = sentence.partition(_COLON[0])
        if colon and (said := self.translate(rest)) != rest:
            return name + _COLON[1] + said
        number = _NUMBER.fullmatch(sentence)
        if number is not None and (said := self.translate(number[2])) != number[2]:
            return f"{number[1]} {said}"
        return None

    def _listed(self, sentence: str) -> str | None:
        """A list: each part is known, or has no words."""
        for joint, to in _LISTS:
            parts = sentence.split(joint)
            said = [self.translate(part) for part in parts] if 1 < len(parts) <= _MAX_PARTS else []
            both = zip(said, parts, strict=False)
            if said and not any(one == part and _WORDS.search(part) for one, part in both):
                return to.join(said)
        return None


class _Pattern:
    """One template with values."""

    def __init__(self, template: str, translation: str) -> None:
        self.translation = translation
        parts = list(string.Formatter().parse(template))
        self.weight = sum(len(literal) for literal, _, _, _ in parts)
        self._start = parts[0][0]
        self.is_strong = bool(self._start) or self.weight >= _STRONG
        value = ".+?" if self.is_strong else f".{{1,{_MAX_WEAK_CHARS}}}?"
        self._pattern = re.compile(
            "".join(
                re.escape(literal) + ("" if name is None else f"(?P<{name}>{value})")
                for literal, name, _, _ in parts
            ),
            re.DOTALL,
        )

    def match(self, sentence: str) -> dict[str, str] | None:
        """The values, if the sentence was made from this template."""
        if not sentence.startswith(self._start):
            return None
        found = self._pattern.fullmatch(sentence)
        return None if found is None else found.groupdict()
