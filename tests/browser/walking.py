"""Walks a lesson of the site to its end, as a reader does: predicts, runs each step, looks at the
pictures, has programs checked. Nothing is played: the machine is the page's own Python.

How long each step and check took is noted, for `walk_times`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Frame, Keyboard, Locator, Page, expect

from tests.browser.conftest import START_MS
from tests.browser.lesson_page import cell, lock, question
from vmlab.course.authoring.programs import Wrong
from vmlab.course.exercise import Exercise
from vmlab.course.lesson import Lesson, Question
from vmlab.course.text import Cell, cells

TAGS: Final = {"en": "en", "zh": "zh-Hans"}
OTHER: Final = {"en": "zh", "zh": "en"}
ENDED: Final = """(number) => {
  const { state } = document.getElementById(`cell-${number}`).dataset;
  return ["done", "failed", "stopped"].includes(state);
}"""
JUDGED: Final = "() => document.querySelector('[data-check] .st').matches('.pass, .fail')"
SPEAK: Final = "(tag) => { document.documentElement.lang = tag; }"
SHOWS: Final = re.compile(r"^lesson\.show\(\w+, (.*)\)$", re.MULTILINE)
SEEN: Final = """(all) => all.some((one) => one.getClientRects().length && one.offsetHeight !== 0
  && (one.textContent.trim() || one.querySelector('svg *, canvas')))"""
DRAWN_S: Final = 30
MARKS: Final = re.compile(r"[`*]")


@dataclass
class Walk:
    """One reader in one lesson."""

    page: Page | Frame
    lesson: Lesson
    language: str
    seconds: dict[str, float] = field(default_factory=dict)
    """What was waited for, and how long."""

    @property
    def root(self) -> str:
        """Where the site in this language is."""
        return self.page.url.partition("lessons/")[0]

    @property
    def keyboard(self) -> Keyboard:
        return (self.page if isinstance(self.page, Page) else self.page.page).keyboard

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin

    def to_the_end(self) -> None:
        """Predict and run all. Every other prediction is wrong."""
        for one in cells(self.lesson.path(self.language)):
            if one.predicts:
                self.predict(self.lesson.by_id[one.predicts])
            elif not (one.is_exercise or one.checks):
                self.run(one)
        for one in self.lesson.questions:
            self.shown(one)
        printed = "".join(self.page.locator(".cell .out").all_text_contents())
        for line in self.lesson.prints:
            assert re.search(line, printed, re.MULTILINE), f"no step printed {line!r}"

    # Predicting ----------------------------------------------------------------------------------

    def given(self, asked: Question) -> str:
        """What this reader answers."""
        wrong = self.lesson.questions.index(asked) % 2 == 0
        others = (option for option in asked.options if option != asked.answer)
        return next(others) if wrong else asked.answer

    def predict(self, asked: Question) -> None:
        lock(self.page, asked.id, self.given(asked))
        expect(question(self.page, asked.id)).to_have_attribute("data-state", "locked")

    def shown(self, asked: Question) -> None:
        """The page says what was predicted and what the machine showed, and so does the step."""
        place = question(self.page, asked.id)
        said, showed = (asked.options[one][self.language] for one in self.options(asked))
        sentence = {
            "en": f"You said “{plain(said)}”. The machine showed “{plain(showed)}”.",
            "zh": f"你的预测是“{plain(said)}”，机器的结果是“{plain(showed)}”。",
        }[self.language]
        expect(place.locator("[data-result]")).to_have_text(sentence)
        expect(place.locator(".why")).to_have_text(plain(asked.why[self.language]))
        expect(place.locator(".op.right")).to_have_count(1)
        for mark, option in zip((".mine", ".right"), self.options(asked), strict=True):
            expect(place.locator(f".op{mark}")).to_have_attribute("data-option", option)
        self.told(asked, self.language)

    def told(self, asked: Question, language: str) -> None:
        """The step's output has the sentence, in the language that is spoken."""
        said, showed = (re.escape(asked.options[one][language]) for one in self.options(asked))
        found = self.page.locator(".cell .out").filter(has_text=re.compile(f"{said}.*{showed}"))
        expect(found.first).to_be_visible()

    def options(self, asked: Question) -> tuple[str, str]:
        return self.given(asked), asked.answer

    # Running -------------------------------------------------------------------------------------

    def run(self, step: Cell) -> None:
        """Run one step, the first one from before Python is there."""
        place = cell(self.page, step.number)
        with self.timed(f"step {step.number}"):
            place.locator("[data-do=run]").click()
            self.page.wait_for_function(ENDED, arg=step.number)
        error = place.locator(".err").text_content()
        assert place.get_attribute("data-state") == "done", error
        expect(place.locator(".err")).to_be_hidden()
        for kinds in SHOWS.findall(step.source)[-1:]:
            self.drawn(re.findall(r'"(\w+)"', kinds))

    def drawn(self, kinds: list[str]) -> None:
        """These pictures are there, no others, and none is empty."""
        hosts = self.page.locator("#app .ls-shows .panel:not(.help):not(.p-now)")
        expect(hosts).to_have_count(len(kinds))
        for kind in kinds:
            host = self.page.locator(f"#app .p-{kind}")
            expect(host).to_be_visible()
            content = host.locator(":scope > :not(header)")
            expect(content.first).to_be_attached()
            wanted = time.monotonic() + DRAWN_S  # a console's terminal comes after its frame
            while not content.evaluate_all(SEEN):
                assert time.monotonic() < wanted, f"the picture {kind} is empty"
                self.page.wait_for_timeout(100)

    # The exercise --------------------------------------------------------------------------------

    @property
    def exercise(self) -> Exercise:
        assert self.lesson.exercise is not None, self.lesson.slug
        return self.lesson.exercise

    @property
    def panel(self) -> Locator:
        return self.page.locator("#app .p-exercise")

    def write(self, source: str) -> None:
        """Replace the text in the editor."""
        self.panel.scroll_into_view_if_needed()
        self.page.locator("#app .p-exercise[data-editor=ace]").wait_for()
        self.panel.locator(".ace_content").click()
        self.keyboard.press("Control+A")
        self.keyboard.insert_text(source)

    def check(self, name: str, source: str | None = None) -> None:
        """Have a program checked: what is in the editor, or this."""
        if source is not None:
            self.write(source)
        with self.timed(f"check {name}"):
            self.page.locator("[data-check] [data-do=check]").click()
            self.page.wait_for_function(JUDGED)

    def hinted(self) -> Locator:
        """The hint, unfolded: a sentence, the concept, what was expected and found."""
        hint = self.panel.locator(".ls-hint")
        following = hint.locator("button")
        expect(hint).to_be_visible()
        while following.is_visible():
            following.click()
        return hint

    def starter(self) -> None:
        """What a student begins with runs, fails, and is told why."""
        self.check("starter")
        hint = self.hinted()
        expect(hint.locator("a")).to_have_attribute("href", re.compile(r"docs/glossary\.html#\w"))
        expect(hint.locator("dl > div")).not_to_have_count(0)
        expect(hint.locator("dd").first).not_to_be_empty()
        expect(self.page.locator("[data-check] .st.fail")).to_be_visible()

    def wrong(self, program: Wrong) -> None:
        """It earns its own hint, in both languages."""
        self.check(f"wrong/{program.name}", program.source)
        self.hints(program, self.language)
        with self.another_language() as other:
            self.hints(program, other)
        self.hints(program, self.language)

    @contextmanager
    def another_language(self) -> Iterator[str]:
        """Python speaks the other language, of which the page is told by its document."""
        other = OTHER[self.language]
        self.page.evaluate(SPEAK, TAGS[other])
        yield other
        self.page.evaluate(SPEAK, TAGS[self.language])

    def in_the_other_language(self) -> None:
        """What the steps said is said anew."""
        with self.another_language() as other:
            for asked in self.lesson.questions:
                self.told(asked, other)

    def hints(self, program: Wrong, language: str) -> None:
        says = self.exercise.hints[program.hint].says[language]
        # A value that is Chinese itself stands in its sentence without a space.
        parts = [re.escape(plain(one).strip()) for one in re.split(r"\{\w+\}", says)]
        wanted = re.compile(r"\s?.+?\s?".join(parts))
        expect(self.panel.locator(".ls-hint p").first).to_have_text(wanted)

    def solution(self) -> None:
        """All properties hold."""
        self.check("solution", (self.exercise.folder / "solution.py").read_text("utf-8"))
        line = self.page.locator("[data-check] .st.pass")
        expect(line).to_contain_text({"en": "100 points", "zh": "100 分"}[self.language])
        expect(self.panel.locator(".ls-checks .pass")).to_have_count(len(self.exercise.properties))
        expect(self.panel.locator(".ls-hint")).to_be_hidden()

    def kept(self) -> None:
        """All of it is done, on the page of all lessons, also after it is loaded anew."""
        self.page.goto(f"{self.root}lessons/")
        self.page.reload()
        mark = self.page.locator(f".row[data-lesson={self.lesson.slug}] [data-mark]")
        expect(mark).to_have_text({"en": "done", "zh": "已完成"}[self.language])


def plain(text: str) -> str:
    """A line of Markdown as it reads."""
    return MARKS.sub("", text)


def opened(page: Page, root: str, lesson: Lesson, language: str) -> Walk:
    """Somebody who begins to read."""
    page.set_default_timeout(START_MS)
    page.goto(f"{root}{'zh/' if language == 'zh' else ''}lessons/{lesson.slug}/")
    page.locator(".stp .cur").wait_for()
    return Walk(page, lesson, language)
