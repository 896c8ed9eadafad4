"""What the reports show, as plain values that a template prints."""

from __future__ import annotations

import statistics
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.course.exercise import CAP, ENDINGS, Exercise, Finding, Law, Verdict
from vmlab.course.facts import Told
from vmlab.course.grading import times
from vmlab.course.grading.clean import file_stem, shown
from vmlab.course.grading.results import Row, Sheet, State
from vmlab.course.grading.students import StudentWork
from vmlab.course.grading.tables import number
from vmlab.course.grading.words import Words
from vmlab.course.submission import Who

LONGEST: Final = 400
"""Characters of a sentence or a value."""
DIGITS: Final = 16
"""Of a hash that tells programs apart."""
View = dict[str, Any]


class Views:
    """A graded class in one language."""

    def __init__(
        self,
        sheet: Sheet,
        words: Words,
        show_seeds: bool,
        terms: Mapping[str, str],
        say: Callable[[str], str] = str,
    ) -> None:
        """`terms`: what the glossary's English terms, in lower case, are called. `say`: a finished
        English sentence in the language, if it is known."""
        self.sheet, self.words, self._show_seeds = sheet, words, show_seeds
        self._terms, self._say = terms, say
        self._rows: dict[Who, list[Row]] = defaultdict(list)
        self._parts: dict[str, list[Row]] = defaultdict(list)
        for row in sheet.rows:
            self._rows[row.who].append(row)
            if row.assignment:
                self._parts[row.assignment].append(row)

    def page_of(self, work: StudentWork) -> str:
        """The file of a student's page."""
        return f"{file_stem(work.who.id)}.html"

    # A student -----------------------------------------------------------------------------------

    def of_student(self, work: StudentWork) -> View:
        """All that a student's page shows."""
        return {
            "name": self.name_of(work.who),
            "id": shown(work.who.id),
            "parts": self._parts_of(work),
        }

    def _parts_of(self, work: StudentWork) -> list[View]:
        """A part for each assignment; one for all that the same file is to blame for."""
        troubles = [rows for rows in self.sheet.troubles() if rows[0].who == work.who]
        together = {row.assignment: rows for rows in troubles for row in rows}
        found = []
        for row in self._rows[work.who]:
            rows = together.get(row.assignment, (row,))
            if row.assignment == rows[0].assignment:
                titles = map(self._title, rows)
                found.append(self._part(row) | {"title": self.words("comma").join(titles)})
        return found

    def name_of(self, who: Who) -> str:
        """First and last name as the language has them, else the id."""
        if self.words.language == "zh" and not f"{who.first_name}{who.last_name}".isascii():
            return shown(who.last_name + who.first_name)
        return shown(f"{who.first_name} {who.last_name}") or shown(who.id)

    def _part(self, row: Row) -> View:
        verdict = row.verdict
        found: View = {
            "state": row.state.value,
            "reason": self._said(row.reason),
            "score": number(row.score),
            "raw": number(row.raw),
            "penalty": number(row.penalty),
            "most": number(row.most),
            "late": times.days_late(row.when, row.due) if row.penalty else 0,
            "when": times.readable(row.when),
            "due": times.readable(row.due),
            "notes": [self._said(one) for one in row.notes],
            "answered": None,
            "file": shown(_name(row.file)),
            "digest": row.source_sha256[:DIGITS],
            "properties": [],
            "seeds": "",
        }
        if row.lesson is not None and row.raw is not None and row.state is State.GRADED:
            found["answered"] = number(row.raw)
        if verdict is not None and row.outcome is not None:
            found |= self._checked(verdict)
            found["printed"] = "\n".join(
                shown(line, LONGEST) for line in row.outcome.printed.splitlines()
            )
            if self._show_seeds:
                found["seeds"] = ", ".join(map(str, self.sheet.seeds[row.assignment]))
        return found

    def _title(self, row: Row) -> str:
        language = self.words.language
        if row.exercise is not None:
            return f"{row.exercise.number} {row.exercise.title[language]}"
        if row.lesson is not None:
            return self.words("predictions", title=row.lesson.title[language])
        return self.words("not_graded_long")

    def _checked(self, verdict: Verdict) -> View:
        language, exercise = self.words.language, verdict.exercise
        failed = [one for one in verdict.findings if not one.passed]
        control = any(exercise.property_of(one).law is Law.CONTROL for one in failed)
        counters = {one.name: one for each in verdict.findings for one in each.counters}
        hints = {self._hint(exercise, one)["sentence"]: self._hint(exercise, one) for one in failed}
        return {
            "properties": [
                {
                    "says": exercise.property_of(one).says[language],
                    "law": exercise.property_of(one).law.name.lower(),
                    "weight": number(round(_weight(exercise, one), 1)),
                    "passed": one.passed,
                }
                for one in verdict.findings
            ],
            "hints": list(hints.values()),
            "capped": CAP if control else None,
            "counters": [
                {
                    "name": shown(exercise.counted(one, language)),
                    "found": number(one.found),
                    "budget": number(one.budget),
                }
                for one in counters.values()
            ],
        }

    def _hint(self, exercise: Exercise, finding: Finding) -> View:
        if finding.hint in ENDINGS:  # the sentence has them
            finding = replace(finding, expected="", found="", where="")
        return {
            "sentence": shown(self._sentence(exercise, finding), LONGEST),
            "concept": self._concept(exercise, finding.hint),
            "expected": self._told(exercise, finding.expected),
            "found": self._told(exercise, finding.found),
            "where": self._told(exercise, finding.where),
        }

    def _said(self, sentence: str) -> str:
        """A sentence of ours, which a layer below made, or what a program gave."""
        return shown(self._say(sentence), LONGEST)

    def _told(self, exercise: Exercise, told: Told) -> str:
        """A fact; or a text of ours, or of a program."""
        return shown(exercise.tell(told, self.words.language, self._say), LONGEST)

    def _sentence(self, exercise: Exercise, finding: Finding) -> str:
        """The hint's; a failure without a hint of its own says what did not hold."""
        values = {
            name: exercise.tell(value, self.words.language, self._say)
            for name, value in finding.values.items()
        }
        try:
            return exercise.sentence(replace(finding, values=values), self.words.language)
        except BrokenInvariant:
            return exercise.property_of(finding).says[self.words.language]

    def _concept(self, exercise: Exercise, hint: str) -> str:
        concept = exercise.hints[hint].concept if hint in exercise.hints else ""
        return self._terms.get(concept.lower(), concept)

    # The class -----------------------------------------------------------------------------------

    def of_class(self) -> View:
        """All that the class's page shows."""
        state = {one.name.lower(): self.sheet.count(one) for one in State}
        return {
            "counts": state,
            "troubles": [self._trouble(rows) for rows in self.sheet.troubles()],
            "parts": [self._assignment(some) for some in self._parts.values()],
            "students": [self._line(one) for one in self.sheet.students],
        }  # fmt: skip

    def _trouble(self, rows: Sequence[Row]) -> View:
        row = rows[0]
        return {
            "student": shown(row.who.id),
            "assignment": self.words("comma").join(one.assignment for one in rows),
            "file": shown(_name(row.file)),
            "reason": self._said(row.reason),
        }

    def _assignment(self, some: Sequence[Row]) -> View:
        graded = [one for one in some if one.state is State.GRADED]
        raw = [one.raw for one in graded if one.raw is not None]
        bins = _bins(raw, some[0].most) if some[0].exercise is not None and raw else []
        found: View = {
            "title": self._title(some[0]),
            "short": some[0].assignment,
            "graded": len(graded),
            "median": number(statistics.median(raw)) if raw else "",
            "full": sum(one == some[0].most for one in raw),
            "bins": bins,
            "most_in_bin": max((one["count"] for one in bins), default=0),
            "properties": [],
        }
        exercise = some[0].exercise
        verdicts = [one.verdict for one in graded if one.verdict is not None]
        return found | self._mistakes(exercise, verdicts) if exercise and verdicts else found

    def _mistakes(self, exercise: Exercise, verdicts: Sequence[Verdict]) -> View:
        language = self.words.language
        failed = Counts(
            one.property for each in verdicts for one in each.findings if not one.passed
        )
        hints: Counts[str] = Counts()
        for each in verdicts:
            hints.update({one.hint for one in each.findings if not one.passed and one.hint})
        return {
            "properties": [
                {"says": one.says[language], "law": one.law.name.lower(), "failed": failed[one.id]}
                for one in exercise.properties
            ],
            "mistakes": [
                {
                    "sentence": _general(exercise, hint, language),
                    "concept": self._concept(exercise, hint),
                    "count": count,
                }
                for hint, count in hints.most_common()
            ],
        }

    def _line(self, work: StudentWork) -> View:
        by_assignment = {row.assignment: row for row in self._rows[work.who]}
        rows = [by_assignment.get(one) for one in self._parts]
        notes = dict.fromkeys(note for row in self._rows[work.who] for note in row.notes)
        return {
            "page": self.page_of(work),
            "name": self.name_of(work.who),
            "id": shown(work.who.id),
            "scores": [self._score(row) for row in rows],
            "notes": [self._said(one) for one in notes],
        }

    def _score(self, row: Row | None) -> View:
        if row is None or row.state is State.NOT_GRADED:
            return {"text": self.words("not_graded"), "word": True}
        if row.state is State.MISSING:
            return {"text": self.words("missing"), "word": True}
        return {"text": number(row.score), "word": False}


def _weight(exercise: Exercise, finding: Finding) -> float:
    """The points that a property is worth, as `Verdict.score` shares them."""
    law = exercise.property_of(finding).law
    whole = sum(one.value for one in {each.law for each in exercise.properties})
    return 100 * law.value / whole / sum(one.law is law for one in exercise.properties)


def _bins(raw: Sequence[float], most: float) -> list[View]:
    """How many reached what: tenths, and those who reached all."""
    made = [
        {"range": f"{at}–{at + 9}", "count": sum(at <= one < at + 10 for one in raw)}
        for at in range(0, int(most), 10)
    ]
    return [*made, {"range": f"{most:g}", "count": sum(one >= most for one in raw)}]


def _general(exercise: Exercise, hint: str, language: str) -> str:
    """A hint's sentence without the values of one run."""
    if hint not in exercise.hints:
        return hint

    class Open(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "…"

    return exercise.hints[hint].says[language].format_map(Open())


def _name(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]
