"""Keeps web/docs/README.md what the documents say of themselves: `python -m web.site.docs_index`.

With `--check` it writes nothing and ends with 1 if the index is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder.pages.library import Document, Library
from vmlab.cli.sitebuilder.pages.markdown import render

DOCS: Final = Path(__file__).parent.parent / "docs"
INDEX: Final = DOCS / "README.md"
_HEAD: Final = """# Documents

Made by `python -m web.site.docs_index` from `documents.toml` and the documents' first sentences.
The site has them as pages, with a search: `vmlab site build && vmlab serve`.
"""


def _line(one: Document) -> str:
    text = render(one.text("en"))
    languages = "".join(f" ([中文]({code}/{one.name}.md))" for code in one.sources if code != "en")
    lead = "" if one.name.startswith("decisions/") else f": {text.lead}"
    return f"- [{text.title}]({one.name}.md){languages}{lead}\n"


def index(library: Library) -> str:
    """The text of the index."""
    parts = [_HEAD]
    for group in library.groups:
        rows = "".join(_line(one) for one in group.documents)
        parts.append(f"\n## {group.names['en']}\n\n{rows}")
    return "".join(parts)


def main() -> int:
    """Write the index, or check it."""
    new = index(Library(DOCS))
    if "--check" in sys.argv[1:]:
        old = INDEX.read_text("utf-8") if INDEX.exists() else ""
        if new != old:
            print(f"{INDEX} is out of date; run python -m web.site.docs_index", file=sys.stderr)
        return int(new != old)
    INDEX.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
