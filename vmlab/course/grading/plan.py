"""What is to be graded, and what is graded already; and then the sheet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vmlab.course.exercise import Exercise
from vmlab.course.grading import journal as kept
from vmlab.course.grading.catalogue import Catalogue
from vmlab.course.grading.journal import Journal
from vmlab.course.grading.keys import Key
from vmlab.course.grading.local import Run
from vmlab.course.grading.results import Late, Sheet, rows
from vmlab.course.grading.students import Program, StudentWork
from vmlab.course.grading.work import Outcome, Task, folder_of
from vmlab.course.sandbox import Limits


@dataclass(frozen=True)
class Plan:
    """A class's programs as tasks. Two programs of the same text are one task."""

    students: Sequence[StudentWork]
    catalogue: Catalogue
    key: Key
    seeds: int
    """How many for each exercise."""
    sandbox: str
    """The folder that a sandbox starts from; "" is no sandbox at all."""
    limits: Limits = field(default_factory=Limits)

    def key_of(self, exercise: Exercise, program: Program) -> str:
        """What a program's outcome is kept under."""
        sandboxed = bool(self.sandbox)
        return kept.key(exercise, program.source, self.key.id, self.seeds, sandboxed)

    def tasks(self) -> dict[str, Task]:
        """All of them, by key."""
        found: dict[str, Task] = {}
        for exercise in self.catalogue.exercises.values():
            seeds, folder = self.key.seeds(exercise.slug, self.seeds), folder_of(exercise)
            for student in self.students:
                program = student.programs.get(exercise.slug)
                if program is not None:
                    found[self.key_of(exercise, program)] = Task(
                        exercise.slug, program.source, seeds, folder, self.sandbox, self.limits
                    )
        return found

    def carry_out(
        self, tasks: dict[str, Task], run: Run, journal: Journal, seen: Callable[[Outcome], None]
    ) -> dict[str, Outcome]:
        """Run the tasks that the journal does not know, and write each down as it comes. `seen` is
        told of it. The outcomes of all, by key."""
        found = {key: journal.known[key] for key in tasks if key in journal.known}
        left = {key: task for key, task in tasks.items() if key not in found}
        with contextlib.closing(run(left)) as outcomes:
            for key, outcome in outcomes:
                found[key] = outcome
                journal.add(key, outcome)
                seen(outcome)
        return found

    def sheet(self, outcomes: dict[str, Outcome], late: Late) -> Sheet:
        """The class, graded."""

        def outcome_of(exercise: Exercise, program: Program) -> Outcome:
            return outcomes[self.key_of(exercise, program)]

        return Sheet(
            tuple(rows(self.students, self.catalogue, outcome_of, late)),
            tuple(self.students),
            self.key.id,
            {slug: self.key.seeds(slug, self.seeds) for slug in self.catalogue.exercises},
        )
