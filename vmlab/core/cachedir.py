"""Where vmlab keeps on this machine what it would otherwise fetch or make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder that VMLAB_CACHE names, else ~/.cache/vmlab; it need not exist."""
    named = os.environ.get("VMLAB_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "vmlab"
