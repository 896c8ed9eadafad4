"""The site's parts, in one place: what stands in the header of every page.

A part that is not built is not in the list, so no link leads nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """One entry: where it lies in the site, and its name."""

    path: str
    names: tuple[tuple[str, str], ...]
    translated: bool = False
    """True if it is there in each language, below zh/ for Chinese."""

    def name(self, language: str) -> str:
        return dict(self.names)[language]

    def place(self, language: str) -> str:
        """Its folder or page, seen from the site's root."""
        return f"zh/{self.path}" if self.translated and language == "zh" else self.path


LANGUAGES: Final = ("en", "zh")
"""The first is what lies at the root; the others lie in a folder of their name."""
LAB: Final = Part("lab/", (("en", "Workbench"), ("zh", "工作台")), translated=True)
GALLERY: Final = Part("gallery/", (("en", "Gallery"), ("zh", "图示")), translated=True)
LIVE: Final = Part("gallery/live/", GALLERY.names, translated=True)
"""One picture of the gallery in the workbench's runtime: no entry of the header."""
COMPARE: Final = Part("compare/", (("en", "Compare"), ("zh", "比较")), translated=True)
LESSONS: Final = Part("lessons/", (("en", "Lessons"), ("zh", "课程")), translated=True)
PARTS: Final = (
    Part("", (("en", "Museum"), ("zh", "博物馆")), translated=True),
    Part("concepts/", (("en", "Concepts"), ("zh", "概念")), translated=True),
    LAB,
    COMPARE,
    LESSONS,
    Part("docs/", (("en", "Docs"), ("zh", "文档")), translated=True),
    GALLERY,
    Part("about/", (("en", "About"), ("zh", "关于")), translated=True),
)


def links(up: str, here: str, language: str = "en") -> str:
    """The entries as HTML, for a page that lies `up` from the root; `here` is its own part."""
    found = []
    for part in PARTS:
        current = ' aria-current="page"' if part.path == here else ""
        foreign = "" if part.translated or language == "en" else ' hreflang="en"'
        place = f"{up}{part.place(language)}" or "./"
        found.append(f'<a href="{place}"{current}{foreign}>{escape(part.name(language))}</a>')
    return "".join(found)
