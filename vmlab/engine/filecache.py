"""Files that can be made again, kept in a folder that is this user's alone.

What is kept here runs when it is read (compiled code), so nothing is believed: the folder and the
file have to belong to this user and be writable for nobody else, and the content has to have the
digest that stands before it. Whatever is missing, damaged or not ours is made again; a cache that
cannot be written is no failure.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from vmlab.core.cachedir import cache_folder

_DIGEST_BYTES = hashlib.sha256().digest_size


class FileCache:
    """The folder `name` of vmlab's cache; it keeps the `keep` newest files."""

    def __init__(self, name: str, keep: int = 16) -> None:
        self._name = name
        self._keep = keep

    def get(self, key: str) -> bytes | None:
        """What was put under this key, if it is there unharmed."""
        try:
            path = self._folder() / self._file(key)
            with path.open("rb") as file:
                if not _ours(os.fstat(file.fileno())):
                    return None
                content = file.read()
        except (OSError, RuntimeError):
            return None
        data = content[_DIGEST_BYTES:]
        return data if content[:_DIGEST_BYTES] == _digest(key, data) else None

    def put(self, key: str, data: bytes) -> None:
        """Keep `data`. A reader at the same time sees all of it or nothing."""
        with contextlib.suppress(OSError, RuntimeError):
            folder = self._folder()
            handle, scratch = tempfile.mkstemp(prefix=".new-", dir=folder)
            try:
                with open(handle, "wb") as file:  # noqa: PTH123 (a handle, not a path)
                    file.write(_digest(key, data) + data)
                Path(scratch).replace(folder / self._file(key))
            finally:
                Path(scratch).unlink(missing_ok=True)
            self._forget_old(folder)

    def _folder(self) -> Path:
        """The folder, made if it is not there. Raises `OSError` if others could write in it."""
        folder = cache_folder() / self._name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(folder.stat()):
            raise PermissionError(f"{folder} is not this user's alone")
        return folder

    def _file(self, key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()[:32]

    def _forget_old(self, folder: Path) -> None:
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in files[: -self._keep]:
            path.unlink(missing_ok=True)


def _digest(key: str, data: bytes) -> bytes:
    """Of the key too: a file under another's name is none."""
    return hashlib.sha256(len(key).to_bytes(8, "little") + key.encode() + data).digest()


def _ours(status: os.stat_result) -> bool:
    """Whether only this user can have written it. Windows keeps a user's folders by other means."""
    if os.name != "posix":
        return True
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid == os.geteuid() and not shared
