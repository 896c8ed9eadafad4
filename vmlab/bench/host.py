"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path


def host() -> str:
    """Processor, how many of it, system and Python, in one line."""
    many = os.cpu_count() or 1
    return ", ".join(
        (
            _processor(),
            f"{many} processor{'s' * (many > 1)}",
            f"{platform.system()} {platform.machine()}",
            f"{platform.python_implementation()} {platform.python_version()}",
        )
    )


def _processor() -> str:
    """The processor's own name, where the system tells it."""
    if sys.platform == "emscripten":
        return "a browser's WebAssembly"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or "an unnamed processor"
