"""Says at the end of a run how long lessons took in the browser: until the first step had run, and
each step and check that a reader waits for. `tests/conftest.py` calls it.

Tests share their machine: no test fails by these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

PROPERTY: Final = "walk"
"""What a test reports its line under."""
SLOW_STEP_S: Final = 10
SLOW_CHECK_S: Final = 15
NAMED_S: Final = 1.0
"""Steps that take less are not worth a word."""


def line(name: str, seconds: Mapping[str, float]) -> str:
    """What was waited for, from the name of each wait to how long it took. The first step waits
    for Python, too."""
    first, *rest = seconds.items()
    named = [
        f"{wait} {took:.1f} s{' SLOW' if slow(wait, took) else ''}"
        for wait, took in rest
        if took >= NAMED_S or wait.startswith("check")
    ]
    return f"{name}: first step {first[1]:.1f} s; " + (", ".join(named) or "no step takes 1 s")


def slow(wait: str, took: float) -> bool:
    """Whether a reader would think that it hangs."""
    return took > (SLOW_CHECK_S if wait.startswith("check") else SLOW_STEP_S)


def say_walks(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests of all workers have reported."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, said in getattr(report, "user_properties", ()):
                if name == PROPERTY:
                    terminalreporter.write_line(said)
