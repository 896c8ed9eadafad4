"""The page in another language: its static text, and the words that its scripts use.

The catalogues belong to `vmlab.ui`, which the command line does not import; their compiled form is
a file of the package. What is not in a catalogue stays English.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import nav

TAGS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-Hans"}
"""The languages of the site's header, each with its tag in the catalogues."""
NAMES: Final[Mapping[str, str]] = {"en": "EN", "zh-Hans": "中文"}
"""What the link to a page in another language says."""
_TEXT: Final = re.compile(r"(?<=>)[^<>]+(?=<)")
_SHOWN: Final = re.compile(
    r'(?P<name> (?:aria-label|title|alt|placeholder|content))="(?P<text>[^"]*)"'
)
_SCRIPT: Final = re.compile(r"(<script\b.*?</script>)", re.DOTALL)


def words(package: Path) -> dict[str, dict[str, str]]:
    """The page's own strings, and the names of the site's parts: for each language but English,
    English text to translated text."""
    found = {}
    for language, tag in TAGS.items():
        if language == "en":
            continue
        found[tag] = dict(_catalogue(package, tag)["page"])
        found[tag] |= {part.name("en"): part.name(language) for part in nav.PARTS}
    return found


def sentences(package: Path) -> dict[str, dict[str, str]]:
    """What the screens say: for each language of the header but English, English to translated."""
    return {
        language: dict(_catalogue(package, tag)["messages"])
        for language, tag in TAGS.items()
        if language != "en"
    }


def heard(package: Path) -> dict[str, dict[str, str]]:
    """Templates of the sentences of layers that write English only, and what they are in each
    language of the header but English."""
    return {
        language: dict(_catalogue(package, tag)["heard"])
        for language, tag in TAGS.items()
        if language != "en"
    }


def _catalogue(package: Path, tag: str) -> Mapping[str, Mapping[str, str]]:
    file = package / "ui" / "locale" / f"{tag.replace('-', '_')}.json"
    found: Mapping[str, Mapping[str, str]] = json.loads(file.read_text("utf-8"))
    return found


def translated(page: str, tag: str, words: Mapping[str, Mapping[str, str]]) -> str:
    """An English page with its text in the language of `tag`."""
    known = words[tag]

    def text(found: re.Match[str]) -> str:
        said = " ".join(html.unescape(found[0]).split())
        to = known.get(said)
        return found[0] if to is None else html.escape(to, quote=False)

    def shown(found: re.Match[str]) -> str:
        to = known.get(html.unescape(found["text"]))
        return found[0] if to is None else f'{found["name"]}="{html.escape(to)}"'

    parts = _SCRIPT.split(page)
    for at in range(0, len(parts), 2):  # between the scripts
        parts[at] = _TEXT.sub(text, _SHOWN.sub(shown, parts[at]))
    # The links between the two go the other way here.
    made = "".join(parts).replace(f'lang="{tag}"', 'lang="en"')
    made = made.replace(f">{NAMES[tag]}<", f">{NAMES['en']}<")
    return made.replace('<html lang="en"', f'<html lang="{tag}"', 1)
