"""What several workers share is made by one of them, and its failure is everybody's."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.once import made_once


def test_one_makes_it_and_the_others_get_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    made: list[Path] = []
    got: list[tuple[str, Path]] = []

    def make(folder: Path) -> tuple[str, Path]:
        made.append(folder)
        time.sleep(0.2)  # the others ask meanwhile
        (folder / "file").write_text("whole")
        return "made", folder

    def ask() -> None:
        found = made_once(tmp_path_factory, "shared", make)
        assert (found[1] / "file").read_text() == "whole"
        got.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert got == [("made", made[0])] * 4


def test_a_failure_is_told_to_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    def fails(folder: Path) -> None:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        made_once(tmp_path_factory, "fails", fails)
    with pytest.raises(pytest.fail.Exception, match="no room"):
        made_once(tmp_path_factory, "fails", fails)


def test_who_never_ends_is_not_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    def gone(folder: Path) -> None:
        with pytest.raises(pytest.fail.Exception, match=r"more than 0\.1 s"):
            made_once(tmp_path_factory, "gone", gone, longest_s=0.1)

    made_once(tmp_path_factory, "gone", gone)
