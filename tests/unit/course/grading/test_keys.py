"""Private seeds follow from a key, are told to nobody, and cannot be found from the exercise."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.course import schema
from vmlab.course.grading.keys import Key, is_private, read_key, write_key


def test_a_key_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = write_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and is_private(path)
    assert read_key(path) == key and len(key.secret) == 32
    schema.check(json.loads(path.read_text()), "grading-key-1", "key.json")
    with pytest.raises(BadInput, match="there already"):
        write_key(path)
    assert read_key(path) == key


def test_seeds_follow_from_key_exercise_and_number() -> None:
    key, other = Key(b"k" * 32), Key(b"l" * 32)
    seeds = {*key.seeds("a", 20), *key.seeds("b", 20), *other.seeds("a", 20)}
    assert len(seeds) == 60
    assert key.seeds("a", 20)[:3] == key.seeds("a", 3)
    assert all(0 <= one < 1 << 53 for one in seeds) and max(seeds) > 1 << 45
    assert key.id != other.id and key.secret.hex()[:8] not in key.id


def test_a_seed_is_the_one_that_the_documents_describe() -> None:
    """HMAC-SHA256 with Python's own tools, as anybody may compute it again."""
    import hashlib
    import hmac

    made = hmac.new(b"k" * 32, b"writable\0" + b"1", hashlib.sha256).digest()
    assert Key(b"k" * 32).seeds("writable", 2)[1] == int(made.hex()[:16], 16) >> 11


def test_without_a_key_seeds_are_public() -> None:
    assert Key().seeds("a", 3) == (0, 1, 2) and Key().id == "public"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found no JSON"),
        ("s3cret" * 20, "found no JSON"),
        ('{"schema": "vmlab/grading-key/2"}', "a newer vmlab made it"),
        ('{"schema": "vmlab/grading-key/1", "key": "s3cret"}', "hexadecimal digits"),
        ('{"schema": "vmlab/grading-key/1", "key": "abcd"}', "hexadecimal digits"),
        ('{"schema": "vmlab/grading-key/1", "key": 7}', "hexadecimal digits"),
        ("x" * 100_000, "found a larger one"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as caught:
        read_key(path)
    assert "s3cret" not in str(caught.value)


def test_a_missing_key_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--new-key writes one"):
        read_key(tmp_path / "none")
