"""Sentences that can still be translated: a template and the values that go into it.

Views stand below `ui` and may not import its `t()`, yet they write sentences that people read.
So they hand out the template and the values apart; `ui.i18n.t` looks the template up in a
catalogue before the values go in. `str()` gives the English sentence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence: `template` in `str.format` notation, and its values by name."""

    template: str
    values: tuple[tuple[str, str | Phrase], ...] = ()

    def __str__(self) -> str:
        return self.template.format_map({name: str(value) for name, value in self.values})

    def __bool__(self) -> bool:
        return bool(self.template)


def say(template: str, **values: object) -> Phrase:
    """A phrase. Values that are phrases stay phrases, so that they are translated too."""
    kept = tuple(
        (name, value if isinstance(value, Phrase) else str(value)) for name, value in values.items()
    )
    return Phrase(template, kept)


NOTHING = Phrase("")
"""The empty phrase, for a cell that has nothing to say."""
