"""The sandbox of the tests: the one that `vmlab grade` uses, with one module more."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.cli.sandboxed import prepare
from vmlab.course.exercise import Exercise, read_exercise
from vmlab.course.sandbox import Distribution

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def distribution() -> Distribution:
    return prepare(more=[HERE / "pump.py"])


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    found = read_exercise(HERE / "exercise")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def solution(exercise: Exercise) -> str:
    return (exercise.folder / "solution.py").read_text(encoding="utf-8")
