"""A submission is read as it was written, and nothing that a stranger makes of one does more than
end in a sentence."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.unit.course.documents import AT, PROGRESS
from vmlab.core.errors import BadInput
from vmlab.course.progress import from_json
from vmlab.course.submission import (
    LARGEST_BYTES,
    LARGEST_PROGRAM_BYTES,
    MOST_MEMBERS,
    Submission,
    Who,
    file_name,
    read_submission,
)

WHO = Who("s1", "Ada", "Lovelace", "ada@example.org")
GOOD = Submission.of(from_json(PROGRESS, "x"), WHO, AT)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def test_it_comes_back_as_it_was() -> None:
    assert read_submission(GOOD.data(), "x") == GOOD
    assert GOOD.data() == GOOD.data()


def test_programs_are_files_of_their_own() -> None:
    found = members(GOOD.data())
    assert set(found) == {"manifest.json", "exercises/shadow_fill.py"}
    assert b"def fill" not in found["manifest.json"]


def test_a_stored_zip_with_its_folder_is_read() -> None:
    """The page stores, and some archivers add a folder's own entry."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("exercises/", b"")
        for name, data in members(GOOD.data()).items():
            archive.writestr(name, data)
    assert read_submission(made.getvalue(), "x") == GOOD


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/passwd",
        "exercises/../../evil.py",
        "exercises/a/b.py",
        "C:\\evil.py",
        "exercises/evil.sh",
        "exercises/.py",
        "exercises/\u202ecod.py",
        "EXERCISES/A.py",
        "x\x1b[2J",
    ],
)
def test_a_member_of_another_name_is_refused(name: str) -> None:
    files = {**members(GOOD.data()), name: b""}
    with pytest.raises(BadInput, match=r"expected manifest.json and exercises/NAME.py in it") as e:
        read_submission(packed(files), "x")
    assert str(e.value).isprintable()


def _flag(data: bytes, at: int, value: int) -> bytes:
    """All headers of the archive with one byte changed (local ones: `at`; central: 2 more)."""
    made = bytearray(data)
    for signature, more in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        where = made.find(signature)
        while where >= 0:
            made[where + at + more] |= value
            where = made.find(signature, where + 4)
    return bytes(made)


def _lying(data: bytes) -> bytes:
    """A bomb that says it is small: sizes in the headers are of another file."""
    bomb = packed({**members(data), "exercises/bomb.py": bytes(50 << 20)})
    return bomb.replace((50 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "expected a zip file"),
    "text": (lambda _: b"def f(): pass", "expected a zip file"),
    "cut": (lambda data: data[: len(data) // 2], "expected a zip file"),
    "large": (lambda _: bytes(LARGEST_BYTES + 1), "expected at most 8 MiB, found more"),
    "nothing": (lambda _: packed({}), "expected manifest.json in it"),
    "twice": (
        lambda data: _twice(members(data)),
        "expected exercises/shadow_fill.py once, found it twice",
    ),
    "locked": (lambda data: _flag(data, 6, 1), "expected a zip file"),
    "odd method": (lambda data: _flag(data, 8, 0x40), "expected a zip file"),
    "bomb": (
        lambda data: packed({**members(data), "exercises/b.py": bytes(50 << 20)}),
        f"expected exercises/b.py of at most {LARGEST_PROGRAM_BYTES // 1024} KiB, found more",
    ),
    "lying bomb": (_lying, "expected"),
    "many": (
        lambda data: packed({**members(data), **{f"exercises/e{n}.py": b"" for n in range(999)}}),
        f"expected at most {MOST_MEMBERS} files",
    ),
    "no text": (
        lambda data: packed({**members(data), "exercises/e.py": b"\xff\xfe"}),
        "e.py: expected UTF-8",
    ),
    "no json": (lambda data: packed({**members(data), "manifest.json": b"<x>"}), "expected JSON"),
    "version": (lambda data: _manifest(data, schema="vmlab/submission/9"), "a newer vmlab made it"),
    "time": (lambda data: _manifest(data, saved="2026-13-01T00:00:00Z"), "expected saved"),
    "student": (lambda data: _manifest(data, student={"id": 7}), "expected student.id as text"),
    "progress": (lambda data: _manifest(data, progress={"schema": "x"}), "expected progress."),
}


def _twice(found: dict[str, bytes]) -> bytes:
    made = packed({**found, "exercises/shadow_fil1.py": b"2"})
    return made.replace(b"shadow_fil1", b"shadow_fill")


def _manifest(data: bytes, **change: object) -> bytes:
    found = members(data)
    manifest = json.loads(found["manifest.json"])
    return packed({**found, "manifest.json": json.dumps({**manifest, **change}).encode()})


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(case: str) -> None:
    make, said = HOSTILE[case]
    with pytest.raises(BadInput) as caught:
        read_submission(make(GOOD.data()), "ada.vmlab.zip")
    assert said in str(caught.value)
    assert str(caught.value).startswith("ada.vmlab.zip: ")


def test_any_flipped_byte_is_read_or_refused() -> None:
    data, rng = GOOD.data(), random.Random(1)
    for _ in range(2_000):
        made = bytearray(data)
        made[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(BadInput):
            read_submission(bytes(made), "x")


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (WHO, "Lovelace-Ada.vmlab.zip"),
        (Who("s1"), "s1.vmlab.zip"),
        (Who(first_name="小明", last_name="王"), "王-小明.vmlab.zip"),
        (Who("../../etc"), "etc.vmlab.zip"),
        (Who("\x1b[2J<b>"), "2J-b.vmlab.zip"),
        (Who(), "submission.vmlab.zip"),
    ],
)
def test_a_file_is_called_after_its_student(who: Who, name: str) -> None:
    assert file_name(who) == name
