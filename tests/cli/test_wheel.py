"""The wheel in a new environment outside the checkout, with its base dependencies only."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

HELLO = """
_start: li   t0, 0x10000000
        li   t1, 'h'
        sb   t1, 0(t0)
        li   t0, 0x100000
        li   t1, 0x5555
        sw   t1, 0(t0)
"""


def call(*command: object, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command that must succeed, without the checkout in sight."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL, timeout=600, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout.decode()}{done.stderr.decode()}"
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has nothing but the wheel."""
    root = Path(__file__).parents[2]
    folder = tmp_path_factory.mktemp("wheel")
    call(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, root,
        cwd=folder,
    )  # fmt: skip
    (wheel,) = folder.glob("vmlab-*.whl")
    venv.create(folder / "env", with_pip=True)
    bin_ = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call(*pip, "--no-compile", "--constraint", root / "constraints.txt", wheel, cwd=folder)
    return bin_


def test_the_command_runs_a_guest(installed: Path, tmp_path: Path) -> None:
    done = call(installed / "vmlab", "run", "tour", cwd=tmp_path)
    assert b"U: I was interrupted" in done.stdout


def test_the_command_assembles_disassembles_and_runs(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "hello.S").write_text(HELLO)
    call(installed / "vmlab", "asm", "hello.S", "-o", "hello.elf", cwd=tmp_path)
    assert b"sb" in call(installed / "vmlab", "disasm", "hello.elf", cwd=tmp_path).stdout
    assert call(installed / "vmlab", "run", "hello.elf", cwd=tmp_path).stdout == b"h"


def test_the_library_opens_a_guest(installed: Path, tmp_path: Path) -> None:
    code = (
        "import vmlab, sys; s = vmlab.open('primes'); s.step(100); s.back(50); "
        "assert s.snapshot().position == 50; assert 'panel' not in sys.modules; "
        "print(vmlab.__file__, vmlab.__version__)"
    )
    done = call(installed / "python", "-c", code, cwd=tmp_path)
    assert str(installed.parent) in done.stdout.decode()


def test_the_wheel_has_the_sources_of_the_page(installed: Path, tmp_path: Path) -> None:
    code = "from vmlab.cli.sitebuilder.site import web_folder; print(web_folder())"
    done = call(installed / "python", "-c", code, cwd=tmp_path)
    assert done.stdout.decode().strip().endswith("_web")


def test_the_wheel_has_the_module_of_its_own_sources(installed: Path, tmp_path: Path) -> None:
    """Printed when it was built: nobody waits for it, and it is that of this description."""
    code = (
        "from vmlab.engine import modulecache as m; p = m._package(); "
        "f = p / m.PREBUILT / m.file_name(m.source_digest(p)); c = f.read_bytes(); "
        "assert c == m.print_file(); m.print_file = None; assert m.engine_module() == c; print(f)"
    )
    done = call(installed / "python", "-c", code, cwd=tmp_path)
    assert str(installed.parent) in done.stdout.decode()


def test_only_the_base_dependencies_came_with_it(installed: Path, tmp_path: Path) -> None:
    done = call(installed / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower() for line in done.stdout.decode().splitlines()}
    assert {"vmlab", "numpy", "pyelftools", "typer"} <= names
    assert names.isdisjoint({"panel", "bokeh", "pandas", "wasmtime"})
