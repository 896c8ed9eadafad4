"""Turns an archive of Python sources into one of byte code; runs inside Pyodide (compile.mjs).

A `.pyc` takes the place of its `.py`: loading the page spends no time on parsing, which is half
of its start-up. The byte code is "unchecked": there is no source beside it to compare with.
Docstrings stay, so `help()` works in the page.
"""

from importlib._bootstrap_external import _code_to_hash_pyc  # py_compile's own core, on bytes
from importlib.util import source_hash
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# A student's text to begin with: it is read, never imported.
STARTER = "/starter.py"
EPOCH = (2020, 1, 1, 0, 0, 0)  # no time of day in the result: equal sources, equal bytes


def compile_archive(source: str, target: str, prefix: str) -> None:
    """Compile every `.py` of the zip `source` into the zip `target`; copy all else.

    Tracebacks name `prefix` + the member's path, where the file will lie in the browser.
    """
    with ZipFile(source) as sources, ZipFile(target, "w") as out:
        for name in sorted(sources.namelist()):
            data, written = sources.read(name), name
            if name.endswith(".py") and not name.endswith(STARTER):
                code = compile(data, prefix + name, "exec", dont_inherit=True)
                data, written = bytes(_code_to_hash_pyc(code, source_hash(data), False)), name + "c"
            out.writestr(ZipInfo(written, EPOCH), data, ZIP_DEFLATED, 9)
