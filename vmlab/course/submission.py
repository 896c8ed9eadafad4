"""What a student hands in: `NAME.vmlab.zip`.

    manifest.json         who, when, and the progress without programs (`schemas/submission-1.json`)
    exercises/SLUG.py     the programs

The page writes it without Python (`web/site/later/zip.js`), and a teacher's command reads it. It
comes from a stranger: every size is checked before and while it is unpacked, nothing is unpacked
to a disk, and a member of any other name ends the reading.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vmlab import __version__
from vmlab.core.errors import BadInput
from vmlab.core.units import KIB, MIB
from vmlab.course import schema
from vmlab.course.progress import LessonProgress, Progress, as_json, from_json, moment

SCHEMA: Final = "vmlab/submission/1"
SUFFIX: Final = ".vmlab.zip"
MANIFEST: Final = "manifest.json"
_PROGRAM: Final = re.compile(r"exercises/([a-z0-9][a-z0-9_-]{0,63})\.py", re.ASCII)

_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_LAST_DAY: Final = (2107, 12, 31, 23, 59, 58)
"""What a zip can say."""
LARGEST_BYTES: Final = 8 * MIB
"""Of the whole file."""
LARGEST_MANIFEST_BYTES: Final = 4 * MIB
LARGEST_PROGRAM_BYTES: Final = 256 * KIB
MOST_MEMBERS: Final = 200


@dataclass(frozen=True, slots=True)
class Who:
    """A student, by what was typed. Nobody has checked it, and every field may be empty."""

    id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in."""

    student: Who
    saved: str
    """ISO 8601 with an offset."""
    progress: Progress
    """With the programs, where an exercise of it has one."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The programs by the slug of their exercise."""
    vmlab: str = __version__
    """The version that wrote it."""

    @classmethod
    def of(cls, progress: Progress, student: Who, saved: str) -> Submission:
        """All of a progress."""
        exercises = (one.exercise for one in progress.lessons.values())
        sources = {one.slug: one.source for one in exercises if one is not None and one.source}
        return cls(student, saved, progress, sources)

    def data(self) -> bytes:
        """The file. The same submission gives the same bytes."""
        manifest = {
            "schema": SCHEMA,
            "vmlab": self.vmlab,
            "saved": self.saved,
            "student": dataclasses.asdict(self.student),
            "progress": as_json(self.progress, sources=False),
        }
        members = {MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"}
        members |= {f"exercises/{slug}.py": text for slug, text in sorted(self.sources.items())}
        date = moment(self.saved).timetuple()[:6]
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                info = zipfile.ZipInfo(name, min(max(date, _FIRST_DAY), _LAST_DAY))
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, text)
        return made.getvalue()


def read_submission(data: bytes, where: str) -> Submission:
    """A submission file. Raises `BadInput`, one sentence that begins with `where`."""
    members = _members(data, where)
    found = schema.parse(members.pop(MANIFEST), f"{where}: {MANIFEST}")
    place = f"{where}: {MANIFEST}"
    schema.major(found, "submission", 1, place)
    schema.check(found, "submission-1", place)
    names = [one.name for one in dataclasses.fields(Who)]
    who = Who(**{name: text for name, text in found["student"].items() if name in names})
    try:
        moment(found["saved"])
    except ValueError:
        raise BadInput(f"{place}: expected saved as a time, found {found['saved']}") from None
    sources = {slug: _text(text, f"{where}: {slug}.py") for slug, text in members.items()}
    progress = from_json(found["progress"], place)
    lessons = {slug: _filled(one, sources) for slug, one in progress.lessons.items()}
    return Submission(who, found["saved"], Progress(lessons), sources, found.get("vmlab", ""))


def _members(data: bytes, where: str) -> dict[str, bytes]:
    """The manifest, and each program by its slug."""
    if len(data) > LARGEST_BYTES:
        raise BadInput(f"{where}: expected at most {LARGEST_BYTES // MIB} MiB, found more")
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise BadInput(f"{where}: expected at most {MOST_MEMBERS} files in it, found more")
            for info in archive.infolist():
                name = _name(info, where)
                if name in found:
                    raise BadInput(f"{where}: expected {info.filename} once, found it twice")
                if name:
                    found[name] = _unpacked(archive, info, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        raise BadInput(f"{where}: expected a zip file, found a damaged one: {error}") from None
    if MANIFEST not in found:
        raise BadInput(f"{where}: expected {MANIFEST} in it, found none")
    return found


def _name(info: zipfile.ZipInfo, where: str) -> str:
    """What the member is called in `_members`; "" for the one folder that there may be."""
    if info.filename in (MANIFEST, "exercises/"):
        return info.filename.removesuffix("exercises/")
    match = _PROGRAM.fullmatch(info.filename)
    if match is None:
        shown = json.dumps(info.filename[:80])
        raise BadInput(f"{where}: expected {MANIFEST} and exercises/NAME.py in it, found {shown}")
    return match[1]


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> bytes:
    """One member. What it says of its own size is believed no further than what comes out."""
    most = LARGEST_MANIFEST_BYTES if info.filename == MANIFEST else LARGEST_PROGRAM_BYTES
    with archive.open(info) as file:
        text = file.read(most + 1)
    if len(text) > most or info.file_size > most:
        raise BadInput(
            f"{where}: expected {info.filename} of at most {most // KIB} KiB, found more"
        )
    return text


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: expected UTF-8, found another byte at {error.start}") from None


def _filled(lesson: LessonProgress, sources: Mapping[str, str]) -> LessonProgress:
    """With the exercise's program, which travelled as a file of its own."""
    exercise = lesson.exercise
    if exercise is None or exercise.slug not in sources:
        return lesson
    return lesson.with_exercise(dataclasses.replace(exercise, source=sources[exercise.slug]))


def file_name(student: Who) -> str:
    """What to call the file: the student's names, without what no folder takes."""
    said = "-".join(filter(None, (student.last_name, student.first_name))) or student.id
    plain = re.sub(r"[^\w-]+", "-", said).strip("-_")[:60]
    return f"{plain or 'submission'}{SUFFIX}"
