"""The session at nano's prompt that a bench times: every line is answered, whatever the engine."""

from __future__ import annotations

import pytest

from vmlab.bench import nanosession
from vmlab.bench.nanosession import BARE, TECHNIQUES, nano_rows
from vmlab.core.errors import BrokenInvariant


def test_a_row_for_each_engine_and_technique(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanosession, "LINES", ("sys 10",))
    rows = list(nano_rows(["t1"]))
    assert [row.technique for row in rows] == list(TECHNIQUES)
    assert rows[0].technique == BARE and rows[0].to_bare == 1
    assert all(row.to_bare == row.seconds / rows[0].seconds for row in rows)
    retired = {row.technique: row.retired for row in rows}
    assert retired["trap_emulate"] == retired["hwassist"], "the guest does the same"


def test_a_guest_that_does_not_come_to_its_prompt_is_no_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nanosession, "LINES", ("panic",))
    with pytest.raises(BrokenInvariant, match="expected its prompt"):
        list(nano_rows(["t1"]))
