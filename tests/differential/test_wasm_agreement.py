"""Every kernel and every instruction: printed as Python and as wasm, they do the same.

`VMLAB_STATES` sets how many random states each gets; `make test-long` gives a hundred times more.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any

import pytest

from tests.conftest import LONG
from tests.differential.drive import drive, functions, outcomes
from tests.differential.forms import ARENA_BASE_BYTES, Forms
from vmlab.isa.table import INSTRUCTIONS

STATES = int(os.environ.get("VMLAB_STATES", 100_000 if LONG else 1_000))


def _title(name: str) -> str:
    return f"{name}-{INSTRUCTIONS[int(name[4:])].name}" if name.startswith("insn") else name


every_function = pytest.mark.parametrize("name", functions(), ids=_title)


@pytest.fixture(scope="module")
def forms() -> Forms:
    return Forms()


@pytest.fixture(scope="module")
def forms_with_hooks() -> Forms:
    return Forms(hooks=True)


@every_function
def test_python_and_wasm_agree(name: str, forms: Forms, record_property: Any) -> None:
    found = drive(forms, name, STATES)
    assert found.total() == STATES
    record_property("outcomes", str(dict(found.most_common())))
    print(name, dict(found.most_common()))
    before = bytes(forms.host.view[:ARENA_BASE_BYTES])
    assert before == bytes(ARENA_BASE_BYTES), "the wasm form wrote before the arena"


@every_function
def test_hooks_are_told_the_same(name: str, forms_with_hooks: Forms) -> None:
    assert drive(forms_with_hooks, name, STATES // 20, run=1).total() == STATES // 20


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line} - {code.co_firstlineno}


@every_function
def test_random_states_reach_every_line(name: str, forms: Forms) -> None:
    """Agreement says something only if the states go everywhere in the text."""
    code: CodeType = forms.python[name].__code__
    missing = _lines(code)

    def local(frame: FrameType, event: str, arg: object) -> Any:
        if event == "line":
            missing.discard(frame.f_lineno)
        return local

    def tracer(frame: FrameType, event: str, arg: object) -> Any:
        return local if frame.f_code is code else None

    ran: Counter[str] = Counter()
    before = sys.gettrace()
    try:
        sys.settrace(tracer)
        for outcome in outcomes(forms, name, 600_000):
            ran[outcome] += 1
            if not missing:
                break
    finally:
        sys.settrace(before)
    assert not missing, f"lines {sorted(missing)} of {name} never ran"
