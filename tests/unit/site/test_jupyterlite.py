"""JupyterLite as the builder puts it together, without a browser: what is there and what is not."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.loops import drive
from vmlab.cli.sitebuilder import fetch, jupyterlite, kernel, mended
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.cli.sitebuilder.store import Store
from vmlab.core.errors import BrokenInvariant
from vmlab.course.lesson import read_lessons

WEB = web_folder()
LESSONS = WEB.parent / "lessons"
KEY = "0123456789abcdef"
PLACES = jupyterlite.Places(
    app=f"jupyter/{KEY}/",
    kernel=f"jupyter/{KEY}/kernel.mjs",
    opener=f"jupyter/{KEY}/open.js",
    runtime=f"runtime/{KEY}/",
    scripts=f"scripts/{KEY}/",
    sources=f"archives/sources-{KEY}.zip",
    archives=(f"archives/packages-{KEY}.zip", f"archives/vmlab-{KEY}.zip"),
    isolate=f"assets/{KEY}/isolate.js",
    keeper=f"later/{KEY}/keeper.js",
    icon="favicon.svg",
)


@pytest.fixture(scope="module")
def app() -> Path:
    return jupyterlite.app(Store(), WEB)


@pytest.fixture(scope="module")
def files(app: Path) -> set[str]:
    return {path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()}


def test_all_that_its_bundle_may_load_is_there_and_other_applications_are_not(
    app: Path, files: set[str]
) -> None:
    bundle = (app / jupyterlite.BUNDLE).read_text("utf-8")
    named = set(re.findall(r'\d+:"([0-9a-f]{7})"', bundle))
    there = {found[1] for name in files if (found := re.search(r"^build/\w+\.(\w{7})\.js$", name))}
    assert len(named) > 100
    assert named == there
    assert not [
        name for name in files if re.search(r"\.(map|whl|ttf|eot)$|/notebooks/|/repl/", name)
    ]
    assert not [
        name for name in files if name.endswith(".js")
        and b"sourceMappingURL=" in (app / name).read_bytes()[-200:]
    ]  # fmt: skip


def test_its_service_worker_is_neither_there_nor_registered(app: Path, files: set[str]) -> None:
    """Another name in another version would bring it back unnoticed."""
    assert not [name for name in files if name.endswith("service-worker.js")]
    scripts = b"".join(path.read_bytes() for path in app.glob("build/*.js"))
    for plugin in jupyterlite.DISABLED:
        assert f'"{plugin}"'.encode() in scripts
    assert list(jupyterlite.DISABLED) == jupyterlite.config(Store(), WEB)["disabledExtensions"]


def test_each_extension_of_its_settings_is_there(files: set[str]) -> None:
    said = jupyterlite.config(Store(), WEB)
    names = {one["name"] for one in said["federated_extensions"]}
    assert names == {jupyterlite.KERNEL_EXTENSION, "@pyviz/jupyterlab_pyviz"}
    for one in said["federated_extensions"]:
        assert f"extensions/{one['name']}/{one['load']}" in files
    assert said["litePluginSettings"][jupyterlite.KERNEL]["disablePyPIFallback"] is True


def test_what_the_kernel_and_the_page_hand_each_other_is_seen_whole(app: Path) -> None:
    """The writers that are mended: nothing waits for a word that is not the last one written."""
    folder = app / "extensions" / jupyterlite.KERNEL_EXTENSION / "static"
    scripts = [path.read_text("utf-8") for path in folder.glob("*.js")]
    both = [text for text in scripts if "charCodeAt(0)|" in text]
    assert len(both) == 2
    for text in both:
        assert re.search(r"=2;\w<\w\.length;.{,60}Atomics\.store\(\w,0,\w\.charCodeAt\(0\)\|", text)
    assert not [
        text for text in scripts if re.search(r"=0;\w<\w\.length;\w\+\+\)\w\[\w\]=\w\.char", text)
    ]


def test_a_place_that_is_not_there_any_more_stops_the_build() -> None:
    with pytest.raises(BrokenInvariant, match="found none"):
        mended.mended({})
    names = {"kernel-extension/static/88.0.js": b"", "jupyterlab_pyviz/static/30.0.js": b""}
    with pytest.raises(BrokenInvariant, match=r"one place to mend in .*88\.0\.js, found 0"):
        mended.mended(names)
    with pytest.raises(BrokenInvariant, match=r"one place to mend in .*kernel\.py, found 0"):
        mended.mended({"pyodide_kernel/kernel.py": b""}, mended.KERNEL_MENDS)


def test_the_settings_of_extensions_are_listed(app: Path) -> None:
    (one,) = json.loads((app / "build/schemas/all_federated.json").read_text("utf-8"))
    assert one["id"] == "@pyviz/jupyterlab_pyviz:plugin"
    assert one["schema"]["type"] == "object"


def test_the_page_lets_no_request_leave_and_names_what_it_loads() -> None:
    settings = {"x": "</script>", "litePluginSettings": {}}
    page = jupyterlite.page(WEB, settings, PLACES).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["connect-src"] == rules["default-src"] == "'self'"
    assert "http" not in policy[1] and "*" not in policy[1]
    blocks = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    said, plan = map(json.loads, blocks)
    assert said == settings
    assert plan["archives"] == list(PLACES.archives) and plan["root"] == "../../"
    assert f'src="../../{PLACES.opener}"' in page and 'href="../../favicon.svg"' in page


def test_every_lesson_is_in_the_list_with_its_size() -> None:
    found = jupyterlite.notebooks(WEB)
    assert {f"{lesson.name}.ipynb" for lesson in read_lessons(LESSONS)} <= set(found)
    made = jupyterlite.contents(found, "2026-11-30")
    listed = json.loads(made["jupyter/api/contents/all.json"])["content"]
    assert [one["name"] for one in listed] == sorted(found)
    for one in listed:
        assert one["size"] == len(made[f"jupyter/files/{one['name']}"])
    assert jupyterlite.page_of("00_tour.ipynb") == "jupyter/lab/index.html?path=00_tour.ipynb"


def test_notebooks_that_are_nowhere_are_missed(tmp_path: Path) -> None:
    with pytest.raises(BrokenInvariant, match="notebooks"):
        jupyterlite.notebooks(tmp_path / "web")


def test_the_kernels_archive_has_ipython_and_no_terminal() -> None:
    store = Store()
    with zipfile.ZipFile(kernel.archive(store, WEB, fetch.pyodide(store))) as archive:
        names = set(archive.namelist())
    wanted = {"IPython/__init__.pyc", "pyodide_kernel/kernel.pyc", "ipykernel/comm.pyc",
              "piplite/piplite.pyc", "piplite/cli.pyc", "traitlets/__init__.pyc"}  # fmt: skip
    assert wanted <= names
    assert not [name for name in names if name.endswith(".py")]
    assert not [name for name in names if name.startswith(("prompt_toolkit", "jedi", "numpy"))]


@pytest.fixture
def piplite() -> Iterator[ModuleType]:
    """The module that the kernel imports under that name."""
    folder = WEB / "site" / "jupyter" / "piplite"
    for name, file in (("piplite", "__init__.py"), ("piplite.cli", "cli.py")):
        spec = importlib.util.spec_from_file_location(name, folder / file)
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    yield sys.modules["piplite"]
    del sys.modules["piplite"], sys.modules["piplite.cli"]


def test_a_request_to_install_is_refused_with_the_reason(piplite: ModuleType) -> None:
    cli = sys.modules["piplite.cli"]
    line = drive(cli.get_transformed_code(["install", "-q", "requests", "rich"]))
    assert line == "await __import__('piplite').install(*['requests', 'rich'])"
    with pytest.raises(ModuleNotFoundError, match="requests rich: the site asks no other host"):
        drive(piplite.install("requests", "rich"))
