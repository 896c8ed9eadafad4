"""What all tests share: how hard Hypothesis tries, and which tests stay together.

`HYPOTHESIS_PROFILE` chooses a profile; otherwise it is `long` under `make test-long`, `ci` when CI
says so, and `dev`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.arch import sizes

ROOT = Path(__file__).parent.parent
LONG = os.environ.get("VMLAB_LONG") == "1"

# No deadlines: two cores shared with a browser say nothing about a test's speed.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_common)
# In CI the examples are the same each time: a red run can be repeated.
settings.register_profile("ci", max_examples=50, derandomize=True, print_blob=True, **_common)
settings.register_profile("long", max_examples=5_000, print_blob=True, **_common)
_default = "long" if LONG else "ci" if os.environ.get("CI") else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _default))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's top folder."""
    return ROOT


def pytest_itemcollected(item: pytest.Item) -> None:
    """Browser tests of one file share a worker, and so do those that need the wheel's environment.

    Not in `pytest_collection_modifyitems`: xdist may have read the groups there before us.
    """
    if (ROOT / "tests" / "browser") in item.path.parents:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))
    elif item.get_closest_marker("wheel"):
        item.add_marker(pytest.mark.xdist_group("wheel"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long tests wait for `make test-long`."""
    if not LONG:
        long = [item for item in items if item.get_closest_marker("long")]
        if long:
            config.hook.pytest_deselected(items=long)
            items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was compared with Spike, which mutants survived, how long lessons took in a browser,
    and how long the files are."""
    from tests.browser.walk_times import say_walks
    from tests.conformance.totals import say_totals  # here: it loads the machine
    from tests.lessons.totals import say_mutants

    say_totals(terminalreporter)
    say_mutants(terminalreporter)
    say_walks(terminalreporter)
    terminalreporter.write_line(sizes.report(ROOT))
