"""Translates finished English sentences: the template that made one is found again, with values.

Layers below the views know no languages. They raise `BadInput(f"expected a mode of 0, 1 or 3, found
{mode}")` and say `f"{left} ticks"` of a timer, which is right for a library and a command line. The
templates of those f-strings are in their sources, where `sources` collects them; here each is a
pattern, and what fits it is filled into the translation. A sentence that fits none stays English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_JOINTS: Final = ((": ", "："), (", ", "，"))
"""Between the parts of a sentence: `name: what is wrong with it`, `priority 1, pending`."""
_MAX_PARTS: Final = 8
_MAX_CHARS: Final = 600
"""Longer ones are no sentence of ours: matching takes more than linear time, and strangers choose
names."""


class Sentences:
    """English templates and their translations, both in `str.format` notation."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._exact = {one: to for one, to in translations.items() if "{" not in one}
        patterns = [_Pattern(one, to) for one, to in translations.items() if "{" in one]
        # The one that says most by itself is the most likely to be meant.
        self._patterns = sorted(patterns, key=lambda one: -one.weight)
        self.translate = lru_cache(maxsize=2048)(self._translate)

    def _translate(self, sentence: str) -> str:
        """The sentence in the other language, or as it is."""
        if len(sentence) > _MAX_CHARS:
            return sentence
        return self._whole(sentence) or self._in_parts(sentence) or sentence

    def _whole(self, sentence: str) -> str | None:
        exact = self._exact.get(sentence)
        if exact is not None:
            return exact
        for pattern in self._patterns:
            found = pattern.match(sentence)
            if found is not None:
                values = {name: self.translate(value) for name, value in found.items()}
                return pattern.translation.format_map(values)
        return None

    def _in_parts(self, sentence: str) -> str | None:
        """A name before the first colon is data; of a list, at least one part has to be known."""
        name, colon, rest = sentence.partition(_JOINTS[0][0])
        if colon and (said := self._whole(rest)) is not None:
            return name + _JOINTS[0][1] + said
        parts = sentence.split(_JOINTS[1][0])
        if not 1 < len(parts) <= _MAX_PARTS:
            return None
        said_parts = [self._whole(part) for part in parts]
        if None in said_parts:
            return None
        return _JOINTS[1][1].join(part for part in said_parts if part is not None)


class _Pattern:
    """One template with values."""

    def __init__(self, template: str, translation: str) -> None:
        self.translation = translation
        pieces, self.weight, self._start = [], 0, ""
        for literal, name, _, _ in string.Formatter().parse(template):
            pieces.append(re.escape(literal))
            self.weight += len(literal)
            if name is not None:
                pieces.append(f"(?P<{name}>.+?)")
        self._start = next(iter(string.Formatter().parse(template)))[0]
        self._pattern = re.compile("".join(pieces), re.DOTALL)

    def match(self, sentence: str) -> dict[str, str] | None:
        """The values, if the sentence was made from this template."""
        if not sentence.startswith(self._start):
            return None
        found = self._pattern.fullmatch(sentence)
        return None if found is None else found.groupdict()
