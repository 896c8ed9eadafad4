"""T1's module: printed once from the description, and kept until the description changes.

Where it comes from, in this order: the installed package, whose build printed it (`PREBUILT`); the
cache of this machine; the printer. The name that it is kept under has the digest of all sources
that decide it, so an edit to `isa/` is in the next run's module, and nothing has to be traced to
see that nothing changed. In a page there are no sources, and the package is whole.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from pathlib import Path
from typing import Final

import vmlab.core
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.engine.filecache import FileCache

PREBUILT: Final = "engine/t1"
"""The folder of the package where a build puts the module."""
_SOURCES: Final = ("core", "isa", "derive")
"""The layers that decide what is printed."""
_CACHE: Final = FileCache("t1", keep=4)
_LOADED_AT: Final = time.time()
"""About when this process read the sources."""


def _package() -> Path:
    return Path(vmlab.core.__file__).parent.parent


def source_digest(package: Path) -> str | None:
    """The digest of the sources in this folder of vmlab; None if it has byte code only."""
    total, found = hashlib.sha256(), False
    for layer in _SOURCES:
        for path in sorted((package / layer).rglob("*.py")):
            content, found = path.read_bytes(), True
            name = path.relative_to(package).as_posix()
            total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()[:32] if found else None


def file_name(digest: str) -> str:
    """What a build calls the module of these sources."""
    return f"{digest}.wasm"


@cache
def engine_module() -> bytes:
    """The module as a file that can be moved (`derive.wasm.relocation`)."""
    package = _package()
    digest = source_digest(package)
    for path in sorted((package / PREBUILT).glob("*.wasm")):
        if digest is None or path.name == file_name(digest):
            content = path.read_bytes()
            if _whole(content):
                return content
    if digest is None:
        raise BrokenInvariant(f"expected T1's module in {package / PREBUILT}, found none")
    kept = _CACHE.get(digest)
    if kept is not None:
        return kept
    made = print_file()
    if not _edited_since(package, _LOADED_AT):
        _CACHE.put(digest, made)
    return made


def _edited_since(package: Path, moment: float) -> bool:
    """Somebody works on the sources: what this process has read is not what the digest is of."""
    paths = (path for layer in _SOURCES for path in (package / layer).rglob("*.py"))
    return any(path.stat().st_mtime >= moment for path in paths)


def print_file() -> bytes:
    """The module made from the description."""
    from vmlab.derive.t1.module import print_engine

    return print_engine().encode_file()


def _whole(content: bytes) -> bool:
    from vmlab.derive.wasm.relocation import unpack

    try:
        unpack(content)
    except BadInput:
        return False
    return True
