"""Regions are compiled by thousands here: none is kept on disk."""

from __future__ import annotations

import pytest
import wasmtime

from vmlab.engine.hosts import wasmtime_host


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile without the cache."""
    monkeypatch.setattr(wasmtime_host, "compiled", wasmtime.Module)
