"""A file that outgrows 400 lines is asking to be two; and a report of how long files are."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

import pytest

LIMIT_LINES = 400
TABLES: frozenset[str] = frozenset()
"""Files that may be longer, because they are data and not code."""
SUFFIXES = {".py", ".js", ".mjs", ".ts"}


def sources(root: Path) -> dict[str, int]:
    """Lines of each source file that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "vmlab", "web", "tests"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [root / line for line in listed.stdout.splitlines()]
    return {
        str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
        if path.suffix in SUFFIXES and path.is_file()
    }


def test_no_source_file_is_longer_than_400_lines(root: Path, record_property) -> None:
    lines = sources(root)
    package = [count for name, count in lines.items() if name.startswith("vmlab/")]
    longest = sorted(lines.items(), key=lambda item: -item[1])[:8]
    report = f"{len(package)} files in vmlab/, median {statistics.median(package):.0f} lines; longest: "
    report += ", ".join(f"{name} {count}" for name, count in longest)
    record_property("sizes", report)
    print(report)
    assert {n: c for n, c in lines.items() if c > LIMIT_LINES and n not in TABLES} == {}
