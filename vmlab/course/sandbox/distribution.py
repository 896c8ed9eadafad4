"""The folder that a sandbox starts from: Pyodide, our runner, and a memory to begin with.

It is all that a program's process may ever read. Making it takes seconds, once for each version of
Pyodide and of the description of the machine (`vmlab.lab` decodes instructions with it). Getting
Pyodide is no matter of this module: `cli.sandboxed` does it, and keeps what is made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core.errors import BrokenInvariant

PYODIDE: Final = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip",
)  # fmt: skip
OURS: Final = ("runner.mjs", "lines.mjs", "snapshot.mjs")
INSIDE: Final = "inside.py"
SOURCES: Final = "vmlab.zip"
PACKAGES: Final = ("core", "isa", "derive", "lab")
"""What `vmlab.lab` stands on, itself included."""
HERE: Final = Path(__file__).parent
VMLAB: Final = HERE.parent.parent


@dataclass(frozen=True, slots=True)
class Distribution:
    """A folder that `make` filled."""

    folder: Path


def members(more: Sequence[Path] = ()) -> Iterator[tuple[str, bytes]]:
    """The modules that a program may meet; `more` are further ones (tests bring one)."""
    for path in (VMLAB / "__init__.py", VMLAB / "_version.py", *_modules()):
        yield path.relative_to(VMLAB.parent).as_posix(), path.read_bytes()
    for path in more:
        yield path.name, path.read_bytes()


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((VMLAB / package).rglob("*.py"))


def key(pyodide_version: str, more: Sequence[Path] = ()) -> str:
    """Stands for all that goes into the folder."""
    total = hashlib.sha256(pyodide_version.encode())
    ours = [(name, (HERE / name).read_bytes()) for name in (*OURS, INSIDE)]
    for name, data in [*ours, *members(more)]:
        total.update(f"\0{name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()[:16]


def make(target: Path, pyodide: Path, deno: Path, more: Sequence[Path] = ()) -> Distribution:
    """Fill the new folder `target`. `pyodide` is the unpacked npm package."""
    target.mkdir()
    for name in PYODIDE:
        _place(pyodide / name, target / name)
    for name in (*OURS, INSIDE):
        shutil.copy(HERE / name, target)
    with zipfile.ZipFile(target / SOURCES, "w") as archive:
        for name, data in members(more):
            archive.writestr(name, data)
    # Trusted code alone runs here.
    words = [deno, "run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-remote",
             "--no-npm", "--allow-read=.", "--allow-write=snapshot.bin", "snapshot.mjs",
             *(path.stem for path in more)]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in words], cwd=target, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode or not (target / "snapshot.bin").exists():
        raise BrokenInvariant(f"the sandbox's first memory could not be made: {done.stderr[-800:]}")
    for name in (SOURCES, INSIDE):
        (target / name).unlink()
    return Distribution(target)


def _place(source: Path, target: Path) -> None:
    """The same file once more, without its bytes if the disk can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
