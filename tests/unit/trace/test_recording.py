"""Recordings: the same run again, and every wrong file refused with a reason."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import BadInput, VmlabError
from vmlab.session import load, open, replay
from vmlab.trace import archive, recording


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
    run = load(GOOD)
    assert run.console.endswith(b"hello\r\n")
    assert recording.write(run.recording()) == GOOD


def test_a_saved_run_opens_where_it_stood_and_still_goes_back(tmp_path: Path) -> None:
    run = open("tour", ram="1M")
    run.step(700)
    run.save(tmp_path / "tour.zip")
    again = load(tmp_path / "tour.zip")
    assert (again.steps, again.state_hash()) == (run.steps, run.state_hash())
    again.back(650)
    run.back(650)
    assert again.state_hash() == run.state_hash()


def test_saving_to_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot write"):
        open("tour", ram="1M").save(tmp_path / "no" / "such" / "folder.zip")


def test_replay_stands_at_the_beginning_with_the_input_in_place() -> None:
    run = replay(GOOD)
    assert run.steps == 0
    run.run(limit=4_000)
    assert run.console.endswith(b"hello\r\n")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"schema": "vmlab/recording/9"},
            "expected schema vmlab/recording/1, .*, found .vmlab/recording/9",
        ),
        ({"schema": 7}, "expected schema"),
        ({"platform": {}}, "expected every field"),
        ({"platform": {"ram_bytes": 1, "insns_per_tick": 1}}, "expected RAM"),
        ({"platform": {"ram_bytes": 1 << 60, "insns_per_tick": 1}}, "expected RAM"),
        ({"inputs": [[5, "!!"]]}, "expected every field"),
        ({"inputs": [[9, ""], [5, ""]]}, "in the order"),
        ({"inputs": 3}, "expected every field"),
        ({"sha256": {"image": "0"}}, "expected sha256"),
        ({"isa": "rv64gcv"}, "not built"),
        ({"steps": -1}, "no count"),
        ({"state_hash": "00"}, "expected the state 00"),
    ],
)
def test_a_wrong_manifest_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(VmlabError, match=says):
        load(changed(**fields))


def test_a_foreign_or_cut_file_is_refused() -> None:
    for data in (b"", b"PK", b"not a zip", GOOD[:100], GOOD[:-30]):
        with pytest.raises(BadInput, match=r"expected a vmlab recording|expected manifest"):
            replay(data)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(BadInput, match=r"manifest\.json"):
        replay(empty.getvalue())


def test_a_bomb_is_refused_by_its_stated_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_PART_BYTES", 100)
    with pytest.raises(BadInput, match="at most 100 bytes in image"):
        replay(GOOD)


def test_an_offset_before_the_file_is_refused() -> None:
    at = GOOD.rindex(b"PK\x05\x06") + 19
    broken = GOOD[:at] + b"\x01" + GOOD[at + 1 :]
    with pytest.raises(BadInput, match="expected a vmlab recording"):
        replay(broken)


@given(st.data())
def test_flipped_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(GOOD) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(VmlabError):
        recording.read(bytes(broken))
