"""Files that earlier versions wrote still open, to the state that they say.

`tests/data/files` has one of each schema, named NAME.SCHEMA-VERSION.zip; none is ever written
again. A change that makes one fail needs a new number of its schema, and a reader for both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from vmlab.session import load, replay

FILES = sorted((ROOT / "tests" / "data" / "files").glob("*.zip"))
STEPS = {"echo": 8_000, "tour": 1_000, "changed": 600}
PRINTED = {
    "echo": b"Type something; q ends.\nhello\r\nold file\r\n",
    "tour": b"M: fenced and delegated\nS: paging is on\n",
    "changed": b"M: fenced and delegated\nS: paging is on\n",
}


@pytest.mark.parametrize("engine", ["t0", "auto"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_file_opens_where_it_stood(file: Path, engine: str) -> None:
    name = file.name.partition(".")[0]
    run = load(file, engine=engine)
    assert run.steps == STEPS[name]
    assert run.console.startswith(PRINTED[name])
    before = run.state_hash()
    run.back(10)
    run.step(10)
    assert run.state_hash() == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_recording_plays_from_its_beginning(file: Path) -> None:
    run = replay(file)
    assert run.steps == 0
    run.step(STEPS[file.name.partition(".")[0]])
    assert run.state_hash() == load(file).state_hash()


def test_there_is_a_file_of_every_kind() -> None:
    kinds = {file.stem.rpartition(".")[2] for file in FILES}
    assert kinds == {"recording-1", "recording-2", "snapshot-file-1"}
