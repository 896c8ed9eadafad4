"""One function, `t`, for every string that a user sees, and the language that it speaks.

Gettext style: the English sentence is the key. `use` chooses a language, whose catalogue is in
`vmlab/ui/locale`; without one, or for a sentence that it lacks, the English stands.

A page has one language at a time, and so has a process. Whoever draws asks `language()` whether
what it drew is still in the user's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vmlab.core.sentences import Sentences
from vmlab.ui.locale.reading import load
from vmlab.views.phrase import Phrase

ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {ENGLISH: "EN", "zh-Hans": "中文"}
"""The languages by their BCP 47 tag, each with the name that its switch shows."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`messages`: English template to translated template, with the same names in braces.
    `sentences` are those of lower layers, which arrive with their values filled in. `terms` are the
    glossary's, in lower case."""

    messages: Mapping[str, str] = field(default_factory=dict)
    sentences: Sentences = field(default_factory=lambda: Sentences({}))
    terms: Mapping[str, str] = field(default_factory=dict)


_language = ENGLISH
_catalogue = Catalogue()


def language() -> str:
    """The tag of the language that is spoken now."""
    return _language


def known(asked: str | None) -> str | None:
    """The language that a tag such as `zh`, `zh_CN` or `en-GB` asks for; None if there is none."""
    main = (asked or "").replace("_", "-").partition("-")[0].lower()
    return next((tag for tag in LANGUAGES if tag.partition("-")[0] == main), None)


def use(asked: str) -> None:
    """Speak this language from now on; one that nobody knows changes nothing."""
    tag = known(asked)
    if tag == ENGLISH:
        install(tag, {}, {}, {})
    elif tag is not None:
        kept = load(tag)
        install(tag, kept["messages"], kept["heard"], kept["terms"])


def install(
    tag: str, messages: Mapping[str, str], heard: Mapping[str, str], terms: Mapping[str, str]
) -> None:
    """Speak with these catalogues: of our own templates, of sentences of lower layers, and of the
    glossary's terms."""
    global _catalogue, _language  # one page has one language
    _language, _catalogue = tag, Catalogue(dict(messages), Sentences(heard), dict(terms))


def t(message: str | Phrase, **values: object) -> str:
    """`message` in the user's language, its values filled in. A `Phrase` brings its own."""
    if isinstance(message, Phrase):
        if message.is_heard:
            return _catalogue.sentences.translate(message.template)
        filled: dict[str, object] = {
            name: t(value) if isinstance(value, Phrase) else value for name, value in message.values
        }
        template = message.template
    else:
        filled, template = values, message
    translated = _catalogue.messages.get(template, template)
    return translated.format_map(filled) if filled or isinstance(message, Phrase) else translated


def term(english: str) -> str:
    """What a term of the glossary is called in the user's language; others stay as they are."""
    return _catalogue.terms.get(english.lower(), english)


def cell(value: str | Phrase) -> str:
    """A table cell in the user's language: data (a plain string) stays as it is."""
    return t(value) if isinstance(value, Phrase) else value
