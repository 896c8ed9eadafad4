"""Our small reader of schemas agrees with a whole one, and says what is wrong in one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

import vmlab
from tests.unit.course.documents import AT, PROGRESS, broken
from vmlab.core.errors import BadInput
from vmlab.course import schema

FOLDER = Path(vmlab.__file__).parent / "course" / "schemas"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
MANIFEST = {
    "schema": "vmlab/submission/1",
    "vmlab": "1.0",
    "saved": AT,
    "student": {"id": "s1", "first_name": "Ada", "last_name": "L", "email": "a@example.org"},
    "progress": PROGRESS,
}
MANY = 20_000 if os.environ.get("VMLAB_LONG") == "1" else 600


def judge(name: str) -> Draft202012Validator:
    resources = [(f"{one}.json", DRAFT202012.create_resource(schema.load(one))) for one in NAMES]
    return Draft202012Validator(schema.load(name), registry=Registry().with_resources(resources))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schema.load(name))


@pytest.mark.parametrize(
    ("name", "document"), [("progress-1", PROGRESS), ("submission-1", MANIFEST)]
)
def test_both_readers_accept_and_refuse_the_same(name: str, document: Any) -> None:
    other = judge(name)
    schema.check(document, name, "x")
    other.validate(document)
    refused = 0
    for seed in range(MANY):
        made = broken(document, seed)
        try:
            schema.check(made, name, "x")
            accepted = True
        except BadInput:
            accepted, refused = False, refused + 1
        assert accepted == other.is_valid(made), (seed, made)
    assert MANY // 4 < refused < MANY, "some are refused and some are not"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lessons": 3}, "f.json: expected lessons as an object, found 3"),
        ({"lessons": {"a b": {}}}, "expected the names in lessons like [a-z0-9]"),
        (
            {"lessons": {"s": {"answers": {"q": {"option": "a"}}}}},
            "f.json: expected lessons.s.answers.q.at, found none",
        ),
        ({"lessons": {"s": {"done": [1, 0]}}}, "expected lessons.s.done[1] of at least 1, found 0"),
        (
            {"lessons": {"s": {"exercise": {"slug": "e", "source": "x" * 200_001}}}},
            'expected lessons.s.exercise.source of at most 200,000 characters, found "xxx',
        ),
        (
            {"lessons": {"s": {"done": {}}}},
            "expected lessons.s.done as a list, found an object of 0",
        ),
    ],
)
def test_a_refusal_names_the_field(change: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        schema.check({**PROGRESS, **change}, "progress-1", "f.json")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff{}", "found: a byte 0xff at 0"),
        (b"{", "expected JSON in UTF-8, found: Expecting"),
        (b'{"a": NaN}', "NaN, which is no number of JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"1" * 5_000, "expected JSON"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        schema.parse(data, "f.json")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("vmlab/progress/2", "found version 2; a newer vmlab made it"),
        ("vmlab/submission/1", "found"),
        ("vmlab/progress/1.x", "found"),
        (None, "found no field schema"),
        (7, "found 7"),
    ],
)
def test_another_version_is_refused(said: object, found: str) -> None:
    document = {"schema": said} if said is not None else {}
    with pytest.raises(BadInput, match=found):
        schema.major(document, "progress", 1, "f.json")


def test_a_minor_version_is_read() -> None:
    schema.major({"schema": "vmlab/progress/1.7"}, "progress", 1, "f.json")
