"""The test run's own promises: tests of a group share a worker, and long tests wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = """
from tests.conftest import pytest_collection_modifyitems, pytest_itemcollected
"""
TESTS = """
import pytest

@pytest.mark.wheel
@pytest.mark.parametrize("number", range(8))
def test_group(number, worker_id):
    print(f"worker={worker_id}")

@pytest.mark.long
def test_long():
    raise AssertionError("a long test ran")
"""


def test_a_group_shares_a_worker_and_long_tests_wait(root: Path, tmp_path: Path) -> None:
    """A private part of pytest once moved, and the groups were gone without a word."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-n2", "--dist=loadgroup", "-rP", "-q"]
    done = subprocess.run(
        [sys.executable, *words, "-c", root / "pyproject.toml", "--rootdir", tmp_path, tmp_path],
        cwd=root,
        env={"PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    assert len({line for line in done.stdout.splitlines() if line.startswith("worker=")}) == 1
