"""One function, `t`, for every string that a user sees.

Gettext style: the English sentence is the key. A catalogue is looked up when one is installed
with `use`; without one, or for a sentence that it lacks, the English stands.
"""

from __future__ import annotations

from collections.abc import Mapping

from vmlab.views.phrase import Phrase

_catalogue: Mapping[str, str] = {}


def use(catalogue: Mapping[str, str]) -> None:
    """Install a catalogue: English template to translated template, with the same names."""
    global _catalogue  # noqa: PLW0603  # one page has one language
    _catalogue = dict(catalogue)


def t(message: str | Phrase, **values: object) -> str:
    """`message` in the user's language, its values filled in. A `Phrase` brings its own."""
    if isinstance(message, Phrase):
        filled: dict[str, object] = {
            name: t(value) if isinstance(value, Phrase) else value for name, value in message.values
        }
        template = message.template
    else:
        filled, template = values, message
    translated = _catalogue.get(template, template)
    return translated.format_map(filled) if filled or isinstance(message, Phrase) else translated


def cell(value: str | Phrase) -> str:
    """A table cell in the user's language: data (a plain string) stays as it is."""
    return t(value) if isinstance(value, Phrase) else value
