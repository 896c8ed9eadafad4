"""Recordings: the same run again, and every wrong file refused with a reason."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import BadInput, VmlabError
from vmlab.session import load, open, replay
from vmlab.trace import recording


def recorded() -> bytes:
    run = open("echo", ram="1M")
    run.run(limit=2_000)
    run.send("hello\r")
    run.run(limit=2_000)
    return recording.write(run.recording())


GOOD = recorded()


def changed(**fields: object) -> bytes:
    """The good file with fields of its manifest replaced."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == recording.MANIFEST:
                data = json.dumps({**json.loads(data), **fields}).encode()
            new.writestr(name, data)
    return packed.getvalue()


def test_the_same_run_gives_the_same_bytes_and_replays() -> None:
    assert recorded() == GOOD
    run = replay(GOOD)
    assert run.console.endswith(b"hello\r\n")
    assert recording.write(run.recording()) == GOOD


def test_load_stands_at_the_beginning_with_the_input_in_place() -> None:
    run = load(GOOD)
    assert run.steps == 0
    run.run(limit=4_000)
    assert run.console.endswith(b"hello\r\n")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"schema": "vmlab/recording/2"},
            "expected schema vmlab/recording/1, found 'vmlab/recording/2'",
        ),
        ({"schema": 7}, "expected schema"),
        ({"platform": {}}, "expected every field"),
        ({"platform": {"ram_bytes": 1, "insns_per_tick": 1}}, "expected RAM"),
        ({"platform": {"ram_bytes": 1 << 60, "insns_per_tick": 1}}, "expected RAM"),
        ({"inputs": [[5, "!!"]]}, "expected every field"),
        ({"inputs": [[9, ""], [5, ""]]}, "in the order"),
        ({"inputs": 3}, "expected every field"),
        ({"sha256": {"image": "0"}}, "expected sha256"),
        ({"isa": "rv64gc"}, "not built"),
        ({"steps": -1}, "no count"),
        ({"state_hash": "00"}, "expected the state 00"),
    ],
)
def test_a_wrong_manifest_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(VmlabError, match=says):
        replay(changed(**fields))


def test_a_foreign_or_cut_file_is_refused() -> None:
    for data in (b"", b"PK", b"not a zip", GOOD[:100], GOOD[:-30]):
        with pytest.raises(BadInput, match=r"expected a vmlab recording|expected manifest"):
            load(data)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(BadInput, match=r"manifest\.json"):
        load(empty.getvalue())


def test_a_bomb_is_refused_by_its_stated_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_PART_BYTES", 100)
    with pytest.raises(BadInput, match="at most 100 bytes in image"):
        load(GOOD)


def test_an_offset_before_the_file_is_refused() -> None:
    at = GOOD.rindex(b"PK\x05\x06") + 19
    broken = GOOD[:at] + b"\x01" + GOOD[at + 1 :]
    with pytest.raises(BadInput, match="expected a vmlab recording"):
        load(broken)


@given(st.data())
def test_flipped_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(GOOD) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(VmlabError):
        recording.read(bytes(broken))
