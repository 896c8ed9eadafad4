"""Where `deno` is, and how it is started so that nothing can be done in it.

`deno` runs WebAssembly and JavaScript, and gives a program no right that the command line does not
name. Ours names one: to read the folder of the distribution, where nothing is but what is needed
to run Python; and the runner gives that right back before it runs anything of a stranger's.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from vmlab.core.errors import Unsupported
from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.process import MIB, POSIX

VARIABLE: Final = "VMLAB_DENO"
OURSELVES_BYTES: Final = 256 * MIB
"""What `deno` and Pyodide take beside Python's own memory."""
PAGE: Final = 1 << 16
"""Of WebAssembly's memory."""
FLAGS: Final = (
    "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote",
    "--cached-only", "--no-code-cache",
    # Nothing of this is allowed by default, but for imports from some well-known hosts. Denied
    # by name, nothing can allow it.
    "--deny-net", "--deny-env", "--deny-run", "--deny-ffi", "--deny-sys", "--deny-write",
    "--deny-import",
)  # fmt: skip
SHELL: Final = """
trap '' XFSZ
ulimit -c 0; ulimit -f 0 || exit 126
ulimit -t "$1" || exit 126
ulimit -d "$2" 2>/dev/null
shift 2
exec "$0" "$@"
"""
"""What the operating system itself holds it to: no byte into any file (`deno` would write for a
page's local storage and caches, for which it asks no permission; without the trap the attempt would
be its end), an end even if we are killed and cannot end it, and where it can, memory."""


def find_deno() -> Path:
    """The `deno` that VMLAB_DENO names, else that of the Python package, else the one on PATH."""
    named = os.environ.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise Unsupported(f"expected {VARIABLE} to name a program, found {named}")
        return Path(named).absolute()
    try:
        from deno import find_deno_bin

        return Path(find_deno_bin())
    except (ImportError, OSError):
        found = shutil.which("deno")
    if not found:
        raise Unsupported(
            "programs of strangers are run under deno, and there is none here: "
            f"`pip install 'vmlab[grade]'` brings it, or {VARIABLE} names one"
        )
    return Path(found).absolute()


def command(deno: Path, limits: Limits, script: str) -> list[str]:
    """The words that start a script of a distribution; its folder must be the current one."""
    python_bytes = max(limits.memory_bytes - OURSELVES_BYTES, 64 * MIB)
    v8 = (
        # Compiled when first called: a start uses little of Pyodide.
        "--wasm-lazy-compilation",
        # Python gets a MemoryError, and we the rest of the story.
        f"--wasm-max-mem-pages={python_bytes // PAGE}",
        f"--max-old-space-size={OURSELVES_BYTES // MIB}",
    )
    words = [str(deno), "run", *FLAGS, "--allow-read=.", f"--v8-flags={','.join(v8)}", script]
    if not POSIX:
        return words
    # Processor time of all threads together: far from what an honest program gets to.
    seconds = round(2 * (limits.start_s + limits.total_s)) + 60
    return ["/bin/sh", "-c", SHELL, words[0], str(seconds), str(2 * limits.memory_bytes // 1024),
            *words[1:]]  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    """All that it sees of ours. Its own folder is a place where no folder can be."""
    windows = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {"DENO_DIR": str(folder / "runner.mjs" / "none"), "DENO_NO_UPDATE_CHECK": "1",
            "DENO_NO_PACKAGE_JSON": "1", "NO_COLOR": "1", **windows}  # fmt: skip
