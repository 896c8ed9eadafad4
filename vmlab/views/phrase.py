"""Sentences that can still be translated: a template and the values that go into it.

Views stand below `ui` and may not import its `t()`, yet they write sentences that people read.
So they hand out the template and the values apart; `ui.i18n.t` looks the template up in a
catalogue before the values go in. `str()` gives the English sentence.

Layers below the views write English only (a refusal, what a device holds). `heard` passes such a
sentence on as it is; `ui.i18n` knows its template from the sources and finds the values in it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence: `template` in `str.format` notation, and its values by name.

    With `is_heard`, `template` is a finished English sentence of a lower layer instead.
    """

    template: str
    values: tuple[tuple[str, str | Phrase], ...] = ()
    is_heard: bool = False

    def __str__(self) -> str:
        if self.is_heard:
            return self.template
        return self.template.format_map({name: str(value) for name, value in self.values})

    def __bool__(self) -> bool:
        return bool(self.template)


def say(template: str, **values: object) -> Phrase:
    """A phrase. Values that are phrases stay phrases, so that they are translated too."""
    kept = tuple(
        (name, value if isinstance(value, Phrase) else str(value)) for name, value in values.items()
    )
    return Phrase(template, kept)


def described(text: str) -> Phrase:
    """A text of the machine's description (what an instruction does, a field's meaning): it has no
    values, and its braces are braces."""
    return Phrase(text.replace("{", "{{").replace("}", "}}"))


def heard(sentence: str) -> Phrase:
    """A finished English sentence that a lower layer made."""
    return Phrase(sentence, is_heard=True)


NOTHING = Phrase("")
"""The empty phrase, for a cell that has nothing to say."""
