"""T2 translates whatever a jump leads to, in these tests."""

from __future__ import annotations

import pytest

from vmlab.engine.effort import FORCE


@pytest.fixture(autouse=True)
def t2_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORCE, "1")
