"""The part of the header that all pages share: theme, presentation and print.

Its HTML is web/site/looks.html, what it does web/site/looks.js.
"""

from __future__ import annotations

from pathlib import Path

import vmlab
from vmlab.cli.sitebuilder import languages

MARK = "<!-- looks -->"


def looks(web: Path, language: str = "en") -> str:
    """The choice of the looks, in a language."""
    html = (web / "site" / "looks.html").read_text("utf-8").strip()
    if language == "en":
        return html
    words = languages.words(Path(vmlab.__file__).parent)
    return languages.translated(html, languages.TAGS[language], words)
