"""The arrows between the layers, and how light the first import is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("panel", "bokeh", "pandas", "param", "wasmtime", "typer", "rich", "IPython")
"""None of these may come with the library: a browser tab waits for every one."""


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a new Python has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "statement",
    ["import vmlab, vmlab.session", "import vmlab; vmlab.open", "import vmlab.course.lesson"],
)
def test_the_library_imports_nothing_heavy(statement: str) -> None:
    assert modules_after(statement).isdisjoint(HEAVY)


def test_the_package_alone_imports_no_part_of_itself() -> None:
    code = "import vmlab, sys; print([m for m in sys.modules if m.startswith('vmlab.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "['vmlab._version']"


def test_the_command_line_starts_without_the_machine() -> None:
    """`vmlab --help` and tab completion should not wait for numpy."""
    assert "numpy" not in modules_after("import vmlab.cli.main")


def test_a_layer_imports_only_what_stands_below_it(root: Path) -> None:
    """import-linter's contracts in pyproject.toml."""
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


FORBIDDEN = {
    "core/wrong.py": "import vmlab.isa",
    "views/wrong.py": "import panel",
    "machine/wrong.py": "import wasmtime, js, vmlab",
    "machine/devices/wrong.py": "import vmlab.machine.devices.uart",
    "isa/zicsr.py": "import vmlab.isa.rv64i",
    "derive/wrong.py": "import os",
    "vmm/bare/wrong.py": "import vmlab.vmm.interpret",
    "extra.py": "",
}
"""One wrong import for each contract, and a module that stands in no layer."""


def test_every_contract_can_fail(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "vmlab", tmp_path / "vmlab", ignore=shutil.ignore_patterns("images"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    for name, line in FORBIDDEN.items():
        with (tmp_path / "vmlab" / name).open("a") as file:
            file.write(f"\n{line}\n")
    tool = Path(sys.executable).parent / "lint-imports"
    # PYTHONPATH: this copy is to be looked at, not the installed package.
    done = subprocess.run(
        [tool, "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert " KEPT" not in done.stdout, done.stdout
    assert done.stdout.count(" BROKEN") == 9
    assert "extra" in done.stdout
