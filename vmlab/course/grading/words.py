"""What the reports say, in one language: `pages/words.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

from vmlab.core.errors import BrokenInvariant


@functools.cache
def table() -> Mapping[str, Mapping[str, str]]:
    """All words, by key and language."""
    file = resources.files("vmlab.course.grading") / "pages" / "words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


class Words:
    """Call it with a key, and what stands for the names in braces."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        try:
            return table()[key][self.language].format(**values)
        except KeyError as error:
            raise BrokenInvariant(
                f"the reports have no word {key!r}, or no value {error}"
            ) from None
