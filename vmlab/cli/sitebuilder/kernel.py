"""The archive that makes the workbench's Python a kernel of Jupyter: IPython and what it imports.

It is unpacked beside the archives of `environment`, by JupyterLite's kernel only (kernel.mjs).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import environment, jupyterlite, mended
from vmlab.cli.sitebuilder.environment import Member
from vmlab.cli.sitebuilder.store import Store

WHEELS: Final = (
    "asttokens", "comm", "executing", "ipython", "ipython_pygments_lexers", "matplotlib_inline",
    "pure_eval", "pygments", "stack_data", "traitlets",
)  # fmt: skip
INSIDE: Final = ("ipykernel", "pyodide_kernel")
"""Wheels in the wheel of the kernel: the kernel itself, and a stand-in for ipykernel."""
# Help that nobody reads in a notebook, IPython's own terminal and tests; and how to colour
# languages other than Python.
_LEFT_OUT: Final = re.compile(
    r"^IPython/(terminal/(?!(pt_inputhooks/)?__init__)|sphinxext/|testing/plugin/)|\.data/|\.(1|rst)$"
    r"|^pygments/lexers/(?!(__init__|_mapping|python|special)\.py$)"
)


def archive(store: Store, web: Path, runtime: Path) -> Path:
    """It, as byte code."""
    own = web / "site" / "jupyter" / "piplite"
    stand_in = [(f"piplite/{path.name}", path.read_bytes()) for path in sorted(own.glob("*.py"))]

    def members() -> Iterator[Member]:
        yield from stand_in
        for name in WHEELS:
            yield from environment.wheel_members(jupyterlite.wheel(store, web, name))
        inside: dict[str, bytes] = {}
        with zipfile.ZipFile(jupyterlite.wheel(store, web, "jupyterlite_pyodide_kernel")) as outer:
            for path in outer.namelist():
                if re.search(rf"/pypi/({'|'.join(INSIDE)})-[^/]*\.whl$", path):
                    with zipfile.ZipFile(io.BytesIO(outer.read(path))) as wheel:
                        inside |= {one: wheel.read(one) for one in wheel.namelist()}
        yield from mended.mended(inside, mended.KERNEL_MENDS).items()

    def wanted() -> Iterator[Member]:
        return ((name, data) for name, data in members() if not _LEFT_OUT.search(name))

    ingredients: list[str | bytes] = [
        jupyterlite.lock(web).read_bytes(), _LEFT_OUT.pattern, *WHEELS, *INSIDE,
        repr(mended.KERNEL_MENDS),
        *(part for member in stand_in for part in member),
    ]  # fmt: skip
    return environment.compiled(
        store, web, runtime, "kernel", environment.PACKAGES, ingredients, wanted
    )
