"""Remembers downloads and builds by the digest of all that went into them.

A second build finds everything under its key and starts in seconds; a changed rule, pin or source
changes the key, so nothing stale is ever used and nothing needs to be "cleaned".
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from vmlab.core.cachedir import cache_folder


def digest(parts: Iterable[bytes | str]) -> str:
    """Sixteen hex digits that stand for `parts`, in order and with their borders."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:16]


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex, as lock files write it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Store:
    """A folder of finished things, each under its name and the digest of its ingredients."""

    def __init__(self, root: Path | None = None) -> None:
        """Use `root`, else the folder that VMLAB_CACHE names, else ~/.cache/vmlab."""
        self.root = root or cache_folder()

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file or folder `name`; if it is not there yet, `make(path)` makes it.

        It appears under its name only when it is complete: an interrupted build leaves no half.
        """
        final = self.root / name
        if not final.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=final.parent))
            try:
                make(scratch / final.name)
                (scratch / final.name).rename(final)
            except OSError:
                if not final.exists():  # else a build beside this one was faster: same content
                    raise
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return final

    def forget_old(self, pattern: str, keep: int) -> None:
        """Of what fits `pattern` keep the newest: an edit a minute would fill the disk."""
        found = sorted(self.root.glob(pattern), key=lambda path: path.stat().st_mtime)
        for path in found[:-keep]:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
