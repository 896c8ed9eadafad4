"""Says at the end of a run how many mutants of each solution were killed, and which survived;
and how fast a class was graded.

`tests/conftest.py` calls it, as `tests/conformance/totals.py` and for the same reason.
"""

from __future__ import annotations

from typing import Final

import pytest

PROPERTY: Final = "mutants"
"""What a test reports its lines under."""
RATES: Final = "rates"
"""And how fast submissions were graded."""


def say_mutants(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests of all workers have reported."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, lines in getattr(report, "user_properties", ()):
                if name in {PROPERTY, RATES}:
                    for line in lines:
                        terminalreporter.write_line(line)
