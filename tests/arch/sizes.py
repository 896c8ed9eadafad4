"""How long the source files are, for the test and for the report at the end of a run."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

SUFFIXES = {".py", ".js", ".mjs", ".ts"}


def source_lines(root: Path) -> dict[str, int]:
    """Lines of each source file that git knows or would add, longest first; empty without git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "vmlab", "web", "tests"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    paths = [root / line for line in listed.stdout.splitlines()]
    lines = {
        str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
        if path.suffix in SUFFIXES and path.is_file()
    }
    return dict(sorted(lines.items(), key=lambda item: -item[1]))


def report(root: Path, shown: int = 6) -> str:
    """One line: how many files, their median, and the longest."""
    lines = source_lines(root)
    package = [count for name, count in lines.items() if name.startswith("vmlab/") and count]
    if not package:
        return "file sizes: not a git checkout"
    longest = ", ".join(f"{name} {count}" for name, count in list(lines.items())[:shown])
    return (
        f"file sizes: {len(package)} files in vmlab/, median {statistics.median(package):.0f} "
        f"lines; longest: {longest}"
    )
