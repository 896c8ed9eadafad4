"""What the reports of `vmlab grade` say in another language beside their own words: the glossary's
terms, and the sentences of the layers that know English only.

Both are the site's: a report and a page say the same of the same program.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import vmlab
from vmlab.cli.sitebuilder import languages
from vmlab.cli.sitebuilder.pages.terms import GLOSSARY
from vmlab.core.sentences import Sentences
from vmlab.course import terms


def concepts(docs: Path, language: str) -> dict[str, str]:
    """English terms in lower case, and what they are called. Empty for English."""
    other = docs / language / f"{GLOSSARY}.md"
    if not other.is_file():
        return {}
    english = (docs / f"{GLOSSARY}.md").read_text("utf-8")
    return terms.translated(other.read_text("utf-8"), english)


def translator(language: str) -> Callable[[str], str]:
    """Says a finished English sentence in a language, as far as its catalogue has it."""
    known = languages.heard(Path(vmlab.__file__).parent).get(language)
    return str if known is None else Sentences(known).translate
