"""Finds what was handed in, in the files and folders that a teacher names.

    ada.vmlab.zip                          the page's own file: the manifest says whose it is
    shadow_fill.py, ada_shadow_fill.py     a program; the name says for which exercise, and whose
    06_shadow.ipynb                        a notebook
    FOLDER/STUDENT/...                     any of these, in a folder for each student
    submitted/STUDENT/ASSIGNMENT/...       nbgrader's folders

All of it comes from strangers. Nothing is unpacked to a disk, links are not followed, sizes are
checked first, and what cannot be read is a `HandIn` that says why.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course.grading import times
from vmlab.course.grading.catalogue import Catalogue, Named
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.notebook import LARGEST_BYTES as LARGEST_NOTEBOOK_BYTES
from vmlab.course.grading.notebook import programs, read_notebook
from vmlab.course.progress import moment
from vmlab.course.submission import (
    LARGEST_BYTES,
    LARGEST_PROGRAM_BYTES,
    SUFFIX,
    Who,
    read_submission,
)

SUFFIXES: Final = {
    ".zip": LARGEST_BYTES, ".ipynb": LARGEST_NOTEBOOK_BYTES, ".py": LARGEST_PROGRAM_BYTES,
}  # fmt: skip
SUBMITTED: Final = "submitted"
"""nbgrader's name for the folder above the students'."""
MOST_FILES: Final = 100_000
_MOODLE: Final = re.compile(r"(.+?)_\d+_assignsubmission_.*")
_IGNORED: Final = re.compile(r"\..*|__MACOSX|__pycache__|conftest\.py")


def find(paths: Iterable[Path], catalogue: Catalogue) -> list[HandIn]:
    """What was handed in, a file each. Raises `BadInput` if a path is not there at all."""
    found: list[HandIn] = []
    single: list[HandIn] = []
    for path in paths:
        if path.is_dir():
            found += _of_folder(path, catalogue)
        elif os.path.lexists(path):
            hand = _of_file(path, _student_above(path), path.parent.name, catalogue)
            single += [hand] if hand else []
        else:
            raise BadInput(f"expected a file or a folder at {str(path)!r}, found none")
    return found + _useful(single)


def _of_folder(root: Path, catalogue: Catalogue) -> list[HandIn]:
    shut: list[OSError] = []
    files = list(_files(root, shut))
    groups: dict[str, list[tuple[Path, tuple[str, ...]]]] = {}
    for path in files:
        parts = path.relative_to(root).parts
        if SUBMITTED in parts[:-1]:
            parts = parts[parts.index(SUBMITTED) + 1 :]
        groups.setdefault(parts[0] if len(parts) > 1 else "", []).append((path, parts[1:-1]))
    found: list[HandIn] = []
    for student, some in groups.items():
        hands = [
            hand
            for path, inner in some
            if (hand := _of_file(path, student, inner[0] if inner else root.name, catalogue))
        ]
        if student and len({one.claimed for one in hands if one.claimed}) > 1:
            # No student's folder: the manifests in it name several people.
            again = (_of_file(path, "", student, catalogue) for path, _ in some)
            hands = [hand for hand in again if hand]
        found += _useful(hands)
    return found + [_shut(root, error) for error in shut]


def _shut(root: Path, error: OSError) -> HandIn:
    """A folder that may not be opened. Its student has not handed in nothing."""
    path = Path(error.filename)
    parts = path.relative_to(root).parts
    reason = f"{path.name}: it cannot be read: {error.strerror}"
    if not parts:
        raise BadInput(reason)
    student = parts[parts.index(SUBMITTED) + 1 :] if SUBMITTED in parts[:-1] else parts
    return HandIn(Who(student[0]), str(path), datetime.now(UTC), refused=reason)


def _files(root: Path, shut: list[OSError]) -> Iterator[Path]:
    """The files below a folder that may be somebody's work, in a fixed order. `shut` is given the
    folders that cannot be opened."""
    count = 0
    for folder, folders, names in os.walk(root, onerror=shut.append):
        folders[:] = sorted(name for name in folders if not _IGNORED.fullmatch(name))
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES and not _IGNORED.fullmatch(name):
                count += 1
                if count > MOST_FILES:
                    raise BadInput(f"{root}: expected at most {MOST_FILES:,} files, found more")
                yield Path(folder, name)


def _useful(hands: list[HandIn]) -> list[HandIn]:
    """Without the plain files that speak of no exercise themselves, if a student has others that
    do: a folder may hold notes and helpers."""
    good = {one.who.id for one in hands if not one.refused}
    sure = {each for one in hands if not one.guessed for each in _exercises(one)}
    return [
        one
        for one in hands
        if not (_is_stray(one) and one.who.id in good)
        and not (one.guessed and _exercises(one) <= sure)
    ]


def _exercises(hand: HandIn) -> set[tuple[str, str]]:
    """For what a file was handed in, and by whom."""
    return {(hand.who.id, slug) for slug in hand.programs or (hand.exercise,)}


def _is_stray(hand: HandIn) -> bool:
    return bool(hand.refused) and hand.file.lower().endswith(".py") and not hand.exercise


def _student_above(path: Path) -> str:
    """Whose a file is that was named by itself, if its place says so."""
    parts = path.parts
    if SUBMITTED in parts[:-2]:
        return parts[parts.index(SUBMITTED) + 1]
    return ""


# One file ----------------------------------------------------------------------------------------


def _of_file(path: Path, student: str, assignment: str, catalogue: Catalogue) -> HandIn | None:
    """None if it is of an exercise that is not graded now. `student`: the name of the student's
    folder, or "" where there is none."""
    named = catalogue.within(_stem(path))
    exercise = None if named.around else named.exercise
    exercise = exercise or catalogue.exercise(assignment) or named.exercise or catalogue.only
    if moodle := _MOODLE.fullmatch(student):
        student = moodle[1]
    place = _Place(path, student, named, exercise.slug if exercise else "", catalogue)
    try:
        data, when = _read(path)
    except BadInput as error:
        return place.refused(str(error), datetime.now(UTC))
    try:
        return _understood(place, data, when)
    except BadInput as error:
        return place.refused(str(error), when)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file lies, and what that says of it."""

    path: Path
    student: str
    named: Named
    """What the file's name says."""
    exercise: str
    catalogue: Catalogue

    @property
    def who(self) -> Who:
        """The student's folder; else the file's name; else, where the name is that of an exercise
        and no more, the folder above."""
        above, named = self.path.absolute().parent.name, self.named
        rest = _stem(self.path) if named.around else named.before or named.after
        return Who(self.student or rest or above or _stem(self.path))

    @property
    def guessed(self) -> bool:
        """Whether it is a program whose own name does not begin or end with an exercise's."""
        program = self.path.suffix.lower() == ".py"
        return program and (self.named.exercise is None or self.named.around)

    def refused(self, reason: str, when: datetime) -> HandIn | None:
        if self.exercise and self.exercise not in self.catalogue.exercises:
            return None
        return HandIn(
            self.who, str(self.path), when, guessed=self.guessed, exercise=self.exercise,
            refused=reason,
        )  # fmt: skip

    def hand_in(self, when: datetime, programs: Mapping[str, str]) -> HandIn | None:
        """A plain file's programs."""
        wanted = self.catalogue.exercises
        if "" in programs:
            raise BadInput(
                f"{self.path.name}: expected an exercise's name ({', '.join(wanted)}) in the name "
                "of the file or of its folder, found none; --lesson says which one it is, "
                "--lessons where lessons of your own are"
            )
        graded = {slug: text for slug, text in programs.items() if slug in wanted}
        if graded and self.named.around and not self.student:
            raise BadInput(
                f"{self.path.name}: expected the student's name before or after the exercise's, "
                f"found {self.named.before!r} and {self.named.after!r} around it; in a folder for "
                "each student a file may have any name"
            )
        hand = HandIn(self.who, str(self.path), when, graded, guessed=self.guessed)
        return hand if graded else None


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (SUFFIX, *SUFFIXES):
        if name.lower().endswith(suffix):
            # A browser calls the second download `ada.vmlab (1).zip`.
            return re.sub(r"(\.vmlab)?( ?\(\d+\))?$", "", name[: -len(suffix)]) or name
    return name


def _read(path: Path) -> tuple[bytes, datetime]:
    """The bytes of a plain file, and when it was handed in."""
    most = SUFFIXES.get(path.suffix.lower())
    if most is None:
        raise BadInput(f"{path.name}: expected a .vmlab.zip, .ipynb or .py file, found another")
    try:
        kind = path.lstat().st_mode
        if not stat.S_ISREG(kind):
            what = "a link" if stat.S_ISLNK(kind) else "no plain file"
            raise BadInput(f"{path.name}: expected a file, found {what}")
        with path.open("rb") as file:
            data = file.read(most + 1)
        when = times.of_file(path)
    except OSError as error:
        raise BadInput(f"{path.name}: it cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise BadInput(f"{path.name}: expected at most {most >> 10:,} KiB, found more")
    return data, when


def _understood(place: _Place, data: bytes, when: datetime) -> HandIn | None:
    name = place.path.name
    match place.path.suffix.lower():
        case ".zip":
            return _submission(place, data, when)
        case ".ipynb":
            lesson, cells = read_notebook(data, name)
            exercise = place.catalogue.exercise(lesson)
            slug = exercise.slug if exercise else place.exercise
            return place.hand_in(when, programs(cells, slug))
        case _:
            try:
                source = data.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise BadInput(
                    f"{name}: expected text in UTF-8, found another byte at {error.start}"
                ) from None
            return place.hand_in(when, {place.exercise: source})


def _submission(place: _Place, data: bytes, when: datetime) -> HandIn:
    found = read_submission(data, place.path.name)
    said = found.student
    claimed = said.id or said.email or f"{said.first_name} {said.last_name}".strip()
    who = Who(place.student or claimed or place.who.id, said.first_name, said.last_name, said.email)
    strange = sorted(set(found.sources) - place.catalogue.known)
    if not (place.path.parent / times.STAMP).is_file():
        # The student's own clock says so; but nobody hands in tomorrow.
        when = min(moment(found.saved), datetime.now(UTC))
    wanted = place.catalogue.exercises
    return HandIn(
        who,
        str(place.path),
        when,
        {slug: text for slug, text in found.sources.items() if slug in wanted},
        found.progress,
        claimed=claimed,
        notes=tuple(map(_unknown, strange)),
    )


def _unknown(slug: str) -> str:
    return f"no exercise is called {slug}"
