"""The lessons' pages: one that lists them, and a page a lesson, in each language.

A lesson is readable without any script: prose, questions and code are in the HTML. What its page
does is web/site/lesson; what runs its cells is Python in the page's worker, like the workbench's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

import vmlab
from vmlab.cli.sitebuilder import languages, nav
from vmlab.cli.sitebuilder.exhibits import Exhibit, Museum
from vmlab.cli.sitebuilder.pages import terms
from vmlab.cli.sitebuilder.pages.lesson_paths import ways
from vmlab.cli.sitebuilder.pages.lesson_text import Written, written
from vmlab.cli.sitebuilder.pages.library import Library
from vmlab.cli.sitebuilder.pages.markdown import Target, highlighted, render
from vmlab.cli.sitebuilder.pages.shell import Shell, below
from vmlab.core.errors import BadInput
from vmlab.course.files import read_toml
from vmlab.course.lesson import Lesson, read_lessons
from vmlab.course.terms import translated

HERE: Final = nav.LESSONS.path
INDEX_SHEET: Final = "course.css"
PAGE_SHEET: Final = "lesson.css"
LETTERS: Final = "ABCDEFGH"
"""Of a question's options: what a class holds up."""
QUIET_STEPS: Final = {"en": 58, "zh": 30}
"""Titles of more characters together do not fit beside each other: then numbers stand there."""
_POLICY: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')

Plan = Callable[[Lesson, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Files:
    """Where what these pages load lies in the site: style sheets in the order of the cascade, and
    scripts by their names."""

    sheets: Sequence[str]
    places: Mapping[str, str]


class Lessons:
    """Makes the pages."""

    def __init__(
        self,
        web: Path,
        root: Path,
        shell: Shell,
        museum: Museum,
        files: Files,
        plan: Plan,
        notebooks: Mapping[str, str] | None = None,
    ) -> None:
        """`root` has the lessons; `plan` is what a lesson's page loads, by lesson and language;
        `notebooks` are the places in the site where a notebook is opened, by its file's name."""
        self.lessons = read_lessons(root)
        self._web, self._root, self._shell, self._museum = web, root, shell, museum
        self._files, self._plan, self._opens = files, plan, notebooks or {}
        self._ways = ways(web / "site" / "lesson" / "paths.toml", self.lessons, museum)
        self._script_words = _flat(read_toml(web / "site" / "lesson" / "words.toml")["script"])
        glossary = Library(web / "docs").find(terms.GLOSSARY)
        english = glossary.text(nav.LANGUAGES[0])
        self._terms = {
            one: terms.by_term(glossary.text(glossary.shown_in(one)), english)
            for one in nav.LANGUAGES
        }
        self._called = {
            one: translated(glossary.text(glossary.shown_in(one)), english)
            for one in nav.LANGUAGES[1:]
        }
        self._glossary = {
            one: below(glossary.shown_in(one), glossary.path) for one in nav.LANGUAGES
        }
        found = _POLICY.search((web / "site" / "index.html").read_text("utf-8"))
        assert found is not None, "index.html has a policy"
        self._policy = Markup(found[1])
        for lesson in self.lessons:
            for stop in lesson.stops:
                self._stop(lesson, stop)

    def files(self) -> dict[str, bytes]:
        """Every page and notebook by its place in the site."""
        made: dict[str, bytes] = {}
        for language in nav.LANGUAGES:
            texts = {one.slug: self.text(one, language) for one in self.lessons}
            place, page = self._index(language, texts)
            made[place] = page
            for at, lesson in enumerate(self.lessons):
                place, page = self._page(lesson, at, language, texts)
                made[place] = page
                notebook = self.notebook(lesson, language)
                if notebook is not None:
                    made[posixpath.join(posixpath.dirname(place), notebook.name)] = (
                        notebook.read_bytes()
                    )
        return made

    def text(self, lesson: Lesson, language: str) -> Written:
        """A lesson's text. Raises `BadInput` for a link that leads nowhere."""
        up = posixpath.relpath(".", below(language, f"{HERE}{lesson.slug}"))
        glossary = f"{up}/{self._glossary[language]}"
        return written(
            lesson,
            language,
            lambda href: self._follow(lesson, language, href),
            lambda html: terms.linked(html, self._terms[language], glossary),
        )

    def notebook(self, lesson: Lesson, language: str) -> Path | None:
        """The lesson as a notebook, where one was made: beside the folder of lessons."""
        folder = self._root.parent / "notebooks"
        names = [f"{lesson.name}.ipynb"]
        if language != nav.LANGUAGES[0]:
            names.insert(0, f"{lesson.name}.{language}.ipynb")
        return next((folder / name for name in names if (folder / name).is_file()), None)

    # Pages ------------------------------------------------------------------------------------

    def _index(self, language: str, texts: Mapping[str, Written]) -> tuple[str, bytes]:
        path = f"{HERE}index.html"
        return self._shell.page(
            "lessons.html",
            language,
            path,
            HERE,
            **self._shared(language, path, texts),
            sheets=self._up(language, path, [*self._files.sheets, INDEX_SHEET]),
            ways=self._ways,
            stop=self._stop,
        )

    def _page(
        self, lesson: Lesson, at: int, language: str, texts: Mapping[str, Written]
    ) -> tuple[str, bytes]:
        path = f"{HERE}{lesson.slug}/index.html"
        text = texts[lesson.slug]
        titles = sum(len(step.plain) for step in text.steps)
        notebook = self.notebook(lesson, language)
        loader, strip = self._strips(language)
        sheets = ["tokens.css", "components.css", "shell.css", "page.css", PAGE_SHEET]
        return self._shell.page(
            "lesson.html",
            language,
            path,
            HERE,
            **self._shared(language, path, texts),
            sheets=self._up(language, path, sheets),
            tag=languages.TAGS[language],
            other=next(one for one in nav.LANGUAGES if one != language),
            tags=languages.TAGS,
            names=languages.NAMES,
            lesson=lesson,
            text=text,
            quiet=titles > QUIET_STEPS[language],
            task_html=self._task(lesson, language),
            starter=highlighted(lesson.exercise.starter, "python", "") if lesson.exercise else "",
            near=self._near(at),
            needs=[one for one in self.lessons if one.slug in lesson.needs],
            stops=[self._stop(lesson, one) for one in lesson.stops],
            notebook=notebook.name if notebook else "",
            opens=self._opens.get(notebook.name, "") if notebook else "",
            loader=Markup(loader),
            strip=Markup(strip),
            plan={**self._plan(lesson, language), "terms": self._concepts(lesson)},
            policy=self._policy,
        )

    def _shared(self, language: str, path: str, texts: Mapping[str, Written]) -> dict[str, Any]:
        """What both kinds of pages use."""
        up = posixpath.relpath(".", posixpath.dirname(below(language, path))) + "/"
        return {
            "lessons": self.lessons,
            "texts": texts,
            "letters": LETTERS,
            "place": lambda name: up + self._files.places[name],
            "script_words": {key: words[language] for key, words in self._script_words.items()},
            "version": vmlab.__version__,
        }

    def _up(self, language: str, path: str, names: Sequence[str]) -> list[str]:
        """Style sheets, seen from a page: names of ours, or places in the site."""
        up = posixpath.relpath(".", posixpath.dirname(below(language, path))) + "/"
        return [up + (one if "/" in one else self._files.places[one]) for one in names]

    def _near(self, at: int) -> list[tuple[str, Lesson]]:
        near = (("previous", at - 1), ("next", at + 1))
        return [(key, self.lessons[to]) for key, to in near if 0 <= to < len(self.lessons)]

    def _task(self, lesson: Lesson, language: str) -> Markup:
        """What the exercise asks for."""
        if lesson.exercise is None:
            return Markup("")
        source = lesson.exercise.task[language]
        names = [f"task-{n}" for n in range(1, 20)]
        made = render(source, lambda href: self._follow(lesson, language, href), names)
        return Markup(made.html)

    def _concepts(self, lesson: Lesson) -> dict[str, dict[str, str]]:
        """What the hints of its exercise are about: by language each term, as its hint is said
        there, and its anchor in the glossary."""
        hints = lesson.exercise.hints.values() if lesson.exercise else ()
        found: dict[str, dict[str, str]] = {one: {} for one in nav.LANGUAGES}
        for concept in sorted({hint.concept for hint in hints}):
            anchor = self._terms[nav.LANGUAGES[0]].get(concept.lower())
            if anchor is not None:
                for one in nav.LANGUAGES:
                    called = self._called.get(one, {})
                    found[one][called.get(concept.lower(), concept)] = anchor
        return found

    def _strips(self, language: str) -> tuple[str, str]:
        """The loader and the strip of messages, as every page with Python has them."""
        page = (self._web / "site" / "index.html").read_text("utf-8")
        strips = page.partition("</header>")[2].partition("<main")[0]
        if language != nav.LANGUAGES[0]:
            words = languages.words(Path(vmlab.__file__).parent)
            strips = languages.translated(strips, languages.TAGS[language], words)
        loader, mark, trouble = strips.partition('<div class="trouble"')
        return loader.strip(), (mark + trouble).strip()

    # Links ------------------------------------------------------------------------------------

    def _stop(self, lesson: Lesson, name: str) -> Exhibit:
        try:
            return self._museum.find(name)
        except BadInput as refusal:
            raise BadInput(f"{lesson.folder / 'lesson.toml'}: stops: {refusal}") from None

    def _follow(self, lesson: Lesson, language: str, href: str) -> Target:
        """Where a link of a lesson's text leads in the site: a page of the museum, a lesson, a
        document by its name, an address."""
        up = posixpath.relpath(".", below(language, f"{HERE}{lesson.slug}"))
        kind, mark, name = href.partition(":")
        if href.startswith(("https://", "#")):
            return Target(href)
        if kind in ("stop", "concept"):
            return Target(f"{up}/{below(language, self._stop(lesson, href).path)}")
        if kind == "lesson" and name in [one.slug for one in self.lessons]:
            return Target(f"{up}/{below(language, HERE)}{name}/")
        if kind == "doc" and mark:
            name, hash_, anchor = name.partition("#")
            document = Library(self._web / "docs").find(name)
            shown = document.shown_in(language)
            target = f"{up}/{below(shown, document.path)}{hash_}{anchor}"
            return Target(target, shown if shown != language else "")
        raise BadInput(
            f"{lesson.path(language)}: expected a link as stop:SLUG, concept:SLUG, lesson:SLUG, "
            f"doc:NAME or https://..., found {href!r}"
        )


def _flat(words: Mapping[str, Any], above: str = "") -> dict[str, Mapping[str, str]]:
    """{"errors": {"full": {"en": .., "zh": ..}}} as {"errors.full": {...}}."""
    found: dict[str, Mapping[str, str]] = {}
    for key, value in words.items():
        is_word = all(isinstance(one, str) for one in value.values())
        found |= {above + key: value} if is_word else _flat(value, f"{above}{key}.")
    return found
