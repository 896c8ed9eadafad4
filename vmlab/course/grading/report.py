"""The reports: a page for the class and one for each student, self-contained, without scripts.

What a page shows is put together in `views`; here it becomes files. Jinja escapes every value, and
`clean.shown` makes what is hidden visible before that.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from vmlab import __version__
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.course.exercise import LANGUAGES
from vmlab.course.grading import times
from vmlab.course.grading.results import Sheet
from vmlab.course.grading.views import Views
from vmlab.course.grading.words import Words

TAGS: Final = {"en": "en", "zh": "zh-Hans"}
INDEX: Final = "index.html"
MARK: Final = "vmlab-report"
"""A file that says that a folder is ours to write reports into again."""
_PAGES: Final = ("base.html", "class.html", "student.html")
_DARK: Final = re.compile(r'\[data-theme="dark"\] (\{.*?\n\})', re.DOTALL)


def pages(
    sheet: Sheet,
    language: str,
    unsafe: bool = False,
    show_seeds: bool = False,
    terms: Mapping[str, str] = MappingProxyType({}),
    say: Callable[[str], str] = str,
) -> Iterator[tuple[str, str]]:
    """Each file's name and text. `terms`: what the glossary's terms are called in the language;
    `say`: a finished English sentence in it."""
    views = Views(sheet, Words(language), show_seeds, terms, say)
    jinja = _jinja()
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    shared = {
        "w": views.words,
        "tag": TAGS[language],
        "style": Markup(style),
        "style_hash": Markup(f"sha256-{digest}"),
        "made": times.readable(datetime.now(UTC)),
        "version": __version__,
        "unsafe": unsafe,
        "public": sheet.key_id == "public",
        "seeds": len(next(iter(sheet.seeds.values()), ())),
        "key": sheet.key_id,
    }
    yield INDEX, jinja.get_template("class.html").render(shared | views.of_class())
    for work in sheet.students:
        student = views.of_student(work)
        text = jinja.get_template("student.html").render(shared | {"student": student})
        yield views.page_of(work), text


def check_language(language: str) -> None:
    """Raises `BadInput` unless there are words in it."""
    if language not in LANGUAGES:
        raise BadInput(f"--lang: expected one of {', '.join(LANGUAGES)}, found {language!r}")


def write(folder: Path, files: Iterator[tuple[str, str]]) -> None:
    """Write the pages into a folder, which is new, empty or of an earlier report."""
    check_folder(folder)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    (folder / MARK).write_text("Reports of vmlab grade are written here.\n", encoding="utf-8")
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")


def check_folder(folder: Path) -> None:
    """Raises `BadInput` if there is something else in the folder, or no place to make it in."""
    if not folder.absolute().parent.is_dir() or (folder.exists() and not folder.is_dir()):
        raise BadInput(f"expected to write into the folder {str(folder)!r}, found no such place")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BadInput(
            f"expected a new or empty folder for the report at {str(folder)!r}, or an earlier "
            "report's, found other files there"
        )


def _jinja() -> Environment:
    here = resources.files("vmlab.course.grading") / "pages"
    sources = {name: (here / name).read_text(encoding="utf-8") for name in _PAGES}
    return Environment(
        loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


@functools.cache
def _style() -> str:
    """The site's tokens, the dark theme where the reader's system asks for it, and our own rules.
    Nobody here can choose a theme: that would need a script."""
    tokens = (resources.files("vmlab") / "ui" / "assets" / "tokens.css").read_text("utf-8")
    own = (resources.files("vmlab.course.grading") / "pages" / "report.css").read_text("utf-8")
    dark = _DARK.search(tokens)
    if dark is None:
        raise BrokenInvariant("expected a dark theme in tokens.css, found none")
    screen = f"@media screen and (prefers-color-scheme:dark) {{ :root {dark[1]} }}"
    text = f"{tokens}\n{screen}\n{own}"
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
