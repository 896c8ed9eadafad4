"""What is served, whose it is, and under which licence: read from what is built, not typed.

Wheels say it in their METADATA and bring their texts; an npm package in its package.json. Pyodide's
package brings no text of its licence, nor of Python's, which it contains, nor does Panel's of the
editor Ace, which lies in it: those three are in web/site/licences.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

import vmlab
from vmlab.cli.sitebuilder import environment, fetch, jupyterlite, lessonfiles, terminal
from vmlab.cli.sitebuilder.store import Store
from vmlab.core.errors import BrokenInvariant

_TEXT: Final = re.compile(r"(?:^|/)(?:LICEN[CS]E|COPYING|NOTICE|.*_LICENSE)[^/]*$", re.IGNORECASE)
_CODE: Final = (".py", ".json", ".js")
_CLASSIFIER: Final = "License :: OSI Approved :: "
NPM: Final = (terminal.XTERM, terminal.FIT, lessonfiles.QR)
PARTS: Final[Mapping[str, str]] = {
    "archives": "wheels",
    "scripts": "wheels",
    "runtime": "Pyodide",
    "firmware": "firmware",
    "terminal": "xterm.js",
    "later": "vmlab and Ace",
    "sw.js": "vmlab",
    "assets": "vmlab",
    "museum": "vmlab",
    "recordings": "vmlab",
    "concepts": "vmlab",
    "docs": "vmlab",
    "gallery": "vmlab",
    "about": "vmlab",
    "compare": "vmlab",
    "lessons": "vmlab and Lean QR",
    "jupyter": "JupyterLite and wheels",
    "lab": "vmlab",
    "zh": "vmlab",
    "index.html": "vmlab",
    "favicon.svg": "vmlab",
}
"""Whose each folder of the site is. A test wants every folder here: who serves something new says
whose it is, and brings its licence."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that is served."""

    name: str
    version: str
    licence: str
    """As it says itself."""
    text: str
    """All licence texts that it brings, one after the other."""

    @property
    def file(self) -> str:
        """The name of its text in about/licences/."""
        return f"{re.sub(r'[^A-Za-z0-9.-]+', '-', self.name.lower()).strip('-')}.txt"


def beside(web: Path, name: str) -> Path:
    """A file of the project's root: in a checkout above `web`, in a wheel inside it."""
    for folder in (web, web.parent):
        if (folder / name).is_file():
            return folder / name
    raise BrokenInvariant(f"expected {name} beside the page's sources in {web}, found none")


def of_wheel(wheel: Path) -> Component:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [one for one in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", one)]
        said = HeaderParser().parsestr(archive.read(metadata).decode())
        info = metadata.partition("/")[0]
        texts = [
            one
            for one in names
            if one.startswith(info) and _TEXT.search(one) and not one.endswith(("/", *_CODE))
        ]
        parts = [(one, archive.read(one).decode("utf-8", "replace")) for one in sorted(texts)]
    approved = [
        one.removeprefix(_CLASSIFIER)
        for one in said.get_all("Classifier", [])
        if one.startswith(_CLASSIFIER)
    ]
    # Some put the whole text there: its first line is its name.
    stated = (said["License"] or "").strip().partition("\n")[0]
    licence = said["License-Expression"] or stated or ", ".join(approved)
    return Component(said["Name"], said["Version"], licence, _together(info, parts))


def _together(above: str, parts: Iterable[tuple[str, str]]) -> str:
    rows = list(parts)
    if len(rows) == 1:
        return rows[0][1]
    return "\n".join(f"--- {name.removeprefix(above + '/')} ---\n\n{text}" for name, text in rows)


def of_npm(folder: Path, fallback: str = "") -> Component:
    """What an unpacked npm package says of itself; `fallback` is its text if it brings none."""
    said = json.loads((folder / "package.json").read_text("utf-8"))
    files = [one for one in sorted(folder.iterdir()) if one.is_file() and _TEXT.search(one.name)]
    texts = [(one.name, one.read_text("utf-8", "replace")) for one in files]
    text = _together("", texts) if texts else fallback
    return Component(said["name"], said["version"], str(said["license"]), text)


def components(store: Store, web: Path) -> list[Component]:
    """All that is served, but for firmware, which brings a notice of its own."""
    runtime = fetch.pyodide(store)
    own = beside(web, "LICENSE").read_text("utf-8")
    texts = web / "site" / "licences"
    editor, _, version = environment.EDITOR.split("/")[-3].partition("@")
    pyodide = of_npm(runtime, (texts / "MPL-2.0.txt").read_text("utf-8"))
    python = json.loads((runtime / "pyodide-lock.json").read_text("utf-8"))["info"]["python"]
    wheels = [fetch.numpy_wheel(store, runtime)]
    for lock in (web / "site" / "wheels.txt", jupyterlite.lock(web)):
        wheels += sorted(fetch.wheels(store, lock).glob("*.whl"))
    return [
        Component("vmlab", vmlab.__version__, "BSD-3-Clause", own),
        Component("Pyodide", pyodide.version, pyodide.licence, pyodide.text),
        Component("Python", python, "PSF-2.0", (texts / "PSF-2.0.txt").read_text("utf-8")),
        *(of_wheel(wheel) for wheel in wheels),
        *(of_npm(fetch.npm_package(store, *one)) for one in NPM),
        Component(editor, version, "BSD-3-Clause", (texts / "ace.txt").read_text("utf-8")),
    ]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A JavaScript package inside Bokeh's, Panel's or JupyterLab's scripts."""

    name: str
    version: str
    licence: str


def bundled(store: Store, web: Path) -> list[Bundled]:
    """What the lock file in Panel's wheel says that its scripts, and Bokeh's, are made from; and
    what the lists of JupyterLite and its extensions say (they are served too, with all texts)."""
    (wheel,) = fetch.wheels(store, web / "site" / "wheels.txt").glob("panel-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        lock = json.loads(archive.read("panel/package-lock.json"))
    found = {
        (path.rpartition("node_modules/")[2], str(row.get("version", ""))): str(
            row.get("license") or ""
        )
        for path, row in lock["packages"].items()
        if path and not row.get("dev") and "/@types/" not in path
    }
    for path in sorted(jupyterlite.app(store, web).rglob("third-party-licenses.json")):
        for row in json.loads(path.read_text("utf-8"))["packages"]:
            found.setdefault((row["name"], row["versionInfo"]), row["licenseId"])
    return [Bundled(*key, licence) for key, licence in sorted(found.items())]
