"""Says at the end of a run how many mutants of each solution were killed, and which survived.

`tests/conftest.py` calls it, as `tests/conformance/totals.py` and for the same reason.
"""

from __future__ import annotations

from typing import Final

import pytest

PROPERTY: Final = "mutants"
"""What a test reports its lines under."""


def say_mutants(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests of all workers have reported."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, lines in getattr(report, "user_properties", ()):
                if name == PROPERTY:
                    for line in lines:
                        terminalreporter.write_line(line)
