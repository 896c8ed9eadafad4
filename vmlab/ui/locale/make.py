"""Brings the catalogues up to date with the sources: `make catalogues`. Needs Babel, which comes
with the development tools.

    sources --extract--> messages --update--> TAG.po (to edit) --compile--> TAG.json (to load)
    web/docs/glossary.md and that of the language -----------------compile----^
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from vmlab.course import terms
from vmlab.ui.i18n import ENGLISH, LANGUAGES
from vmlab.ui.locale.reading import CONTEXTS

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
_KEYWORDS: Final[dict[str, Any]] = {"t": None, "heard": ((1, "c"), 2)}
_CHARSET: Final = "utf-8"


def extracted(root: Path = ROOT) -> Catalog:
    """Every string of the sources, with the files that it stands in."""
    with (HERE / "babel.cfg").open(encoding=_CHARSET) as config:
        methods, options = parse_mapping_cfg(config)
    found = Catalog(charset=_CHARSET)
    for path, _line, message, comments, context in extract_from_dir(
        root, methods, options, _KEYWORDS, directory_filter=_is_source
    ):
        # Files and no lines: an edit elsewhere in a file is no change of a catalogue.
        found.add(message, None, [(path, 0)], auto_comments=comments, context=context)
    return found


def _is_source(folder: str | Path) -> bool:
    """Where to look: the package and the page's sources."""
    parts = Path(folder).relative_to(ROOT).parts
    return not parts or (parts[0] in ("vmlab", "web") and not parts[-1].startswith((".", "_")))


def tags() -> tuple[str, ...]:
    """The languages that need a catalogue."""
    return tuple(tag.replace("-", "_") for tag in LANGUAGES if tag != ENGLISH)


def po_file(tag: str) -> Path:
    """The catalogue that translators edit."""
    return HERE / f"{tag}.po"


def read(tag: str) -> Catalog:
    """The catalogue of a language as it is."""
    with po_file(tag).open("rb") as file:
        return read_po(file, locale=tag, charset=_CHARSET)


def updated(tag: str, found: Catalog) -> Catalog:
    """The catalogue with the strings that there are now; new ones are empty, old ones are gone."""
    old = read(tag) if po_file(tag).exists() else Catalog(locale=tag)
    made = Catalog(locale=tag, charset=_CHARSET, header_comment=_HEADER.format(tag=tag))
    for message in sorted(found, key=_order):
        if message.id:
            known = old.get(message.id, message.context)
            made.add(
                message.id,
                known.string if known is not None else "",
                message.locations,
                user_comments=known.user_comments if known is not None else (),
                context=message.context,
            )
    return made


def _order(message: Any) -> tuple[str, str, str]:
    """By context, then file: a translator sees together what stands together."""
    locations = sorted(message.locations)
    return message.context or "", locations[0][0] if locations else "", str(message.id)


def written(catalogue: Catalog) -> bytes:
    """The text of a .po file."""
    text = io.BytesIO()
    write_po(text, catalogue, width=96, no_location=False, include_lineno=False, omit_header=True)
    return (
        _HEAD.format(comment=catalogue.header_comment, tag=catalogue.locale).encode()
        + text.getvalue()
    )


def compiled(catalogue: Catalog) -> str:
    """The text of the JSON that a page loads: what is translated, by context, and the terms."""
    parts: dict[str, dict[str, str]] = {context: {} for context in CONTEXTS}
    for message in catalogue:
        if message.id and message.string:
            parts[message.context or "messages"][str(message.id)] = str(message.string)
    parts["terms"] = glossary(str(catalogue.locale).partition("_")[0])
    ordered = {name: dict(sorted(part.items())) for name, part in parts.items()}
    return json.dumps(ordered, ensure_ascii=False, indent=0) + "\n"


def glossary(language: str) -> dict[str, str]:
    """The glossary's English terms in lower case, and what they are called. Nobody writes them a
    second time: they are those of the documents."""
    docs = ROOT / "web" / "docs"
    english, other = (
        (folder / "glossary.md").read_text(_CHARSET) for folder in (docs, docs / language)
    )
    return terms.translated(other, english)


def missing(catalogue: Catalog) -> list[str]:
    """The strings that are not translated."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


_HEADER: Final = """\
# {tag} of vmlab. `make catalogues` adds new strings (empty, to be filled in), removes those that
# are gone and compiles this file to {tag}.json. Contexts: `heard` are sentences of lower layers,
# `page` those of the page around the workbench. See web/docs/translating.md."""
_HEAD: Final = """\
{comment}
msgid ""
msgstr ""
"Language: {tag}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def main() -> int:
    """Update and compile every catalogue; 1 if something is left to translate."""
    found, left = extracted(), 0
    for tag in tags():
        catalogue = updated(tag, found)
        po_file(tag).write_bytes(written(catalogue))
        (HERE / f"{tag}.json").write_text(compiled(catalogue), encoding=_CHARSET)
        for text in missing(catalogue):
            sys.stderr.write(f"{tag}: to translate: {text}\n")
            left += 1
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
