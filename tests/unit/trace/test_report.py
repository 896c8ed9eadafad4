"""A report carries a run; damaged ones are refused with a reason."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmlab
from vmlab.core.errors import VmlabError
from vmlab.session.files import loaded
from vmlab.trace import report


def a_report(**fields: object) -> bytes:
    run = vmlab.open("tour", ram="1M")
    run.step(5)
    said = {"schema": report.SCHEMA, "run": base64.b64encode(run.snapshot_file()).decode()}
    return json.dumps(said | fields).encode()


GOOD = a_report()


def test_a_report_opens_where_the_run_stood() -> None:
    assert loaded(GOOD).position == 5


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (a_report(schema="vmlab/report/2"), "expected schema vmlab/report/1"),
        (a_report(run=None), "found none"),
        (a_report(run="%%%"), "base64"),
        (a_report(run=7), "base64"),
        (b"{", "as JSON"),
        (b"{" * 100_000, "as JSON"),
    ],
)
def test_a_wrong_report_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(VmlabError, match=reason):
        loaded(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_report_opens_or_is_refused(at: int, byte: int) -> None:
    data = bytearray(GOOD)
    data[at] = byte
    with suppress(VmlabError):
        report.run_of(bytes(data))
