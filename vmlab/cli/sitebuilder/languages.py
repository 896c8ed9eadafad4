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

FOLDERS: Final[Mapping[str, str]] = {"zh": "zh-Hans"}
"""The folders of pages in another language, each with its tag."""
NAMES: Final[Mapping[str, str]] = {"en": "EN", "zh-Hans": "中文"}
"""What the link to a page in another language says."""
_TEXT: Final = re.compile(r"(?<=>)[^<>]+(?=<)")
_SHOWN: Final = re.compile(
    r'(?P<name> (?:aria-label|title|alt|placeholder|content))="(?P<text>[^"]*)"'
)
_LINK: Final = re.compile(r'(?P<name> (?:href|src))="(?P<path>(?!\w+:|#|/)[^"]*)"')
_SCRIPT: Final = re.compile(r"(<script\b.*?</script>)", re.DOTALL)


def words(package: Path) -> dict[str, dict[str, str]]:
    """The page's own strings: for each language English text to translated text."""
    found = {}
    for tag in FOLDERS.values():
        file = package / "ui" / "locale" / f"{tag.replace('-', '_')}.json"
        found[tag] = dict(json.loads(file.read_text("utf-8"))["page"])
    return found


def translated(page: str, folder: str, known: Mapping[str, str]) -> str:
    """An English page as it lies in `folder`: its text translated, its links one folder up."""
    tag = FOLDERS[folder]

    def text(found: re.Match[str]) -> str:
        said = " ".join(html.unescape(found[0]).split())
        to = known.get(said)
        return found[0] if to is None else html.escape(to, quote=False)

    def shown(found: re.Match[str]) -> str:
        to = known.get(html.unescape(found["text"]))
        return found[0] if to is None else f'{found["name"]}="{html.escape(to)}"'

    def link(found: re.Match[str]) -> str:
        return f'{found["name"]}="../{found["path"]}"' if found["path"] != "./" else found[0]

    parts = _SCRIPT.split(page)
    for at in range(0, len(parts), 2):  # between the scripts
        parts[at] = _TEXT.sub(text, _SHOWN.sub(shown, parts[at]))
    made = _LINK.sub(link, "".join(parts))
    # The links between the two go the other way here.
    made = made.replace(f'lang="{tag}"', 'lang="en"').replace(f'href="../{folder}/"', 'href="../"')
    made = made.replace(f">{NAMES[tag]}<", f">{NAMES['en']}<")
    return made.replace('<html lang="en"', f'<html lang="{tag}"', 1)
