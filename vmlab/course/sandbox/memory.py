"""How much memory a process takes, asked from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

LINUX: Final = sys.platform.startswith("linux")
PERIOD_S: Final = 0.02 if LINUX else 0.5
"""How often to ask. Memory fills at some GB a second; `ps` costs a process each time."""


def resident_bytes(pid: int) -> int | None:
    """What a process of ours holds in memory; None if it is gone, or nobody here can say.

    On Windows nobody can: there V8's own limits (`sandbox.deno`) are the only ones.
    """
    if LINUX:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
        except (OSError, IndexError, ValueError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE")
    if os.name != "posix":
        return None
    asked = ["ps", "-o", "rss=", "-p", str(pid)]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return int(said) * 1024 if said.isdigit() else None
