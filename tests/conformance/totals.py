"""Says at the end of a run how much was compared with Spike.

`tests/conftest.py` calls it: with several workers, the process that prints never collects this
folder, so a hook here would stay silent in a whole run.
"""

from __future__ import annotations

import pytest

from tests.conformance.volume import PROPERTY, WASM_PROPERTY, Tally


def say_totals(terminalreporter: pytest.TerminalReporter) -> None:
    """The totals of all workers, from the properties of their reports."""
    tally = Tally()
    instructions = kernels = 0
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                tally.add(*value)
            elif name == WASM_PROPERTY:
                instructions += value[1]
                kernels += value[2]
    if tally.programs:
        for line in tally.lines():
            terminalreporter.write_line(line)
    if instructions:
        terminalreporter.write_line(
            f"wasm beside Python in programs: {instructions:,} instructions and {kernels:,} calls "
            "of kernels between them"
        )
