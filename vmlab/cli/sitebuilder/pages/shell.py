"""The frame of every page of text: header, language and theme, as the museum has them."""

from __future__ import annotations

import json
import posixpath
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vmlab.cli.sitebuilder import header, nav
from vmlab.cli.sitebuilder.pages.markdown import parser
from vmlab.core.errors import BadInput

KEEP_WORDS: Final = (
    "kept_pages", "kept_all", "keep_all", "keeping", "not_kept", "new_version", "reload",
)  # fmt: skip
"""What the line about keeping the site on the device says."""
HTML_LANG: Final = {"en": "en", "zh": "zh-CN"}


def below(language: str, path: str) -> str:
    """Where a page lies in a language, seen from the site's root."""
    return path if language == nav.LANGUAGES[0] else f"{language}/{path}"


class Shell:
    """Renders the templates of web/site/pages."""

    def __init__(self, web: Path, sheets: Sequence[str], scripts: Mapping[str, str]) -> None:
        """`sheets` in the order of the cascade, and `scripts` by their names, as they lie in the
        site: theme.js, museum.js, docs.js."""
        self._sheets, self._scripts = sheets, scripts
        site = web / "site"
        self._words: dict[str, Mapping[str, str]] = {}
        for folder in (web / "museum", site / "pages", site / "lesson"):
            self._words |= tomllib.loads((folder / "words.toml").read_text("utf-8"))
        self._looks = {one: Markup(header.looks(web, one)) for one in nav.LANGUAGES}
        icon = (web / "assets" / "favicon.svg").read_text("utf-8")
        self._icon = f"data:image/svg+xml,{quote(icon)}"
        self._jinja = Environment(
            loader=FileSystemLoader([site / "pages", site / "museum", site / "lesson"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def word(self, key: str, language: str, **values: object) -> str:
        """A word of the frame or of a page, its values filled in."""
        if key not in self._words:
            raise BadInput(f"expected {key} in a words.toml of web/site, found no such word")
        return self._words[key][language].format(**values)

    def page(
        self, template: str, language: str, path: str, here: str, *, only: str = "", **more: Any
    ) -> tuple[str, bytes]:
        """A page and its place. `path` is without the language's folder, `here` the path of its
        part in the header; a page in one language alone names it in `only`."""
        place = below(language, path)
        folder = posixpath.dirname(place)
        up = posixpath.relpath(".", folder) + "/" if folder else "./"

        def word(key: str, **values: object) -> str:
            return self.word(key, language, **values)

        def to(target: str) -> str:
            return up + below(language, target)

        other = {one: below(one, path) for one in nav.LANGUAGES}
        if only:
            other |= {one: below(one, here) for one in nav.LANGUAGES if one != only}
        others = [(one, up + place.removesuffix("index.html")) for one, place in other.items()]
        values: dict[str, Any] = {
            "w": word,
            "to": to,
            "up": up,
            "lang": language,
            "html_lang": HTML_LANG[language],
            "nav": Markup(nav.links(up, here, language)),
            "others": others,
            "alternates": [] if only else others,
            "looks": self._looks[language],
            "icon": self._icon,
            "sheets": [up + sheet for sheet in self._sheets],
            "theme_script": up + self._scripts["theme.js"],
            "own_script": up + self._scripts["museum.js"],
            "keep_script": up + self._scripts["keeper.js"],
            "keep_words": _json({key: self._words[key][language] for key in KEEP_WORDS}),
            "docs_script": up + self._scripts["docs.js"],
            "html": Markup,
            "inline": _inline,
            "as_json": _json,
        }
        made = self._jinja.get_template(template).render(values | more)
        return place, made.encode()


def _inline(text: str) -> Markup:
    """A line of Markdown of ours."""
    return Markup(parser().renderInline(text))


def _json(value: object) -> Markup:
    """JSON that may stand inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"))
