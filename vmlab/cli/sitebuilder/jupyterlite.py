"""JupyterLite in the site: the lessons as notebooks, on the Python that the workbench runs.

    jupyter/lab/index.html        opens a notebook: ?path=00_tour.ipynb (`page_of`)
    jupyter/files/                the notebooks
    jupyter/api/contents/         their list
    jupyter/DIGEST/build/         JupyterLab's scripts, as the wheel jupyterlite-core has them
    jupyter/DIGEST/extensions/    the kernel's, and pyviz_comms', which carries Panel's messages
    jupyter/DIGEST/kernel.mjs     what the kernel takes for Pyodide (web/site/jupyter)
    jupyter/DIGEST/kernel.zip     what makes the workbench's Python a kernel: IPython

Nothing of JupyterLite has to be installed: its wheels are ingredients like all others, named by
digest in web/site/jupyter/wheels.txt. Its own builder is not used, nor are its pages: they look for
their settings with a dozen requests, and register a service worker that first removes every other
one of the host, ours among them. Our page has the settings in itself. What that service worker is
for, files and input() in a kernel, the isolated page does with shared memory.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vmlab.cli.sitebuilder import fetch, mended
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BrokenInvariant

HERE: Final = "jupyter/"
"""Its part of the site."""
PAGE: Final = f"{HERE}lab/"
FOLDER: Final = "notebooks"
"""Of the project: where `make notebooks` puts them."""
KERNEL_EXTENSION: Final = "@jupyterlite/pyodide-kernel-extension"
KERNEL: Final = f"{KERNEL_EXTENSION}:kernel"
# Ours is in charge (see above); and no notice of JupyterLab's news, which would ask its makers.
DISABLED: Final = (
    "@jupyterlite/application-extension:service-worker-manager",
    "@jupyterlab/apputils-extension:announcements",
)
THERE: Final = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")
"""What the kernel would install at each start. All but micropip and jedi is in kernel.zip: nothing
is installed here, and IPython completes names without jedi, by looking at the objects."""
PATHS: Final = ("fullStaticUrl", "fullLabextensionsUrl", "settingsUrl")
"""Settings that the page makes paths of."""
JOINED: Final = ("themesUrl",)
"""Settings that JupyterLite joins to the place of the whole."""
BUNDLE: Final = "build/lab/bundle.js"
_FILE_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "ipynb": ("json", "application/x-ipynb+json"),
    "json": ("json", "application/json"),
    "py": ("text", "text/x-python"),
    "S": ("text", "text/plain"),
    "md": ("text", "text/markdown"),
    "txt": ("text", "text/plain"),
    "csv": ("text", "text/csv"),
    "toml": ("text", "application/toml"),
    "png": ("base64", "image/png"),
}
_APPS: Final = ("lab", "notebooks", "consoles", "edit", "repl", "tree")
# In jupyterlite-core: maps to sources, what another application shows, forms of a font that no
# browser of today asks for, schemas that all.json holds too.
_LEFT_OUT: Final = re.compile(
    r"""
      \.map$ | ^build/(notebooks|consoles|edit|repl|tree)/ | ^build/service-worker\.js$
    | ^build/fa-.*\.(eot|svg|ttf|woff)$ | ^build/schemas/.*/
    """,
    re.VERBOSE,
)
_CHUNK: Final = re.compile(r'(\d+):"([0-9a-f]+)"')
_EXTENSION: Final = re.compile(
    r"(?:[^/]+\.data/data/share/jupyter/labextensions)/((?:@[^/]+/)?[^/]+)/(.+)$"
)
# Of the extensions: maps, and the wheels that kernel.zip has unpacked.
_EXTENSION_LEFT_OUT: Final = re.compile(r"\.(map|orig|whl)$|^install\.json$")


@dataclass(frozen=True, slots=True)
class Places:
    """Where in the site lies what the page names."""

    app: str
    """The folder with build/ and extensions/."""
    kernel: str
    """kernel.mjs."""
    opener: str
    """open.js."""
    runtime: str
    scripts: str
    sources: str
    archives: tuple[str, ...]
    isolate: str
    keeper: str
    icon: str


def page_of(notebook: str) -> str:
    """The place in the site that opens a notebook, such as "00_tour.ipynb"."""
    return f"{PAGE}index.html?path={notebook}"


def lock(web: Path) -> Path:
    """The names and digests of all wheels."""
    return web / "site" / "jupyter" / "wheels.txt"


def wheel(store: Store, web: Path, name: str) -> Path:
    """One of them."""
    return next(fetch.wheels(store, lock(web)).glob(f"{name}-*.whl"))


def extension_wheels(store: Store, web: Path) -> list[Path]:
    """The wheels with extensions of JupyterLab."""
    drawing = fetch.wheels(store, web / "site" / "wheels.txt")
    return [wheel(store, web, "jupyterlite_pyodide_kernel"), *drawing.glob("pyviz_comms-*.whl")]


# The scripts --------------------------------------------------------------------------------------


def app(store: Store, web: Path) -> Path:
    """The folder with build/ and extensions/: what never changes with vmlab."""
    locks = [one.read_bytes() for one in (lock(web), web / "site" / "wheels.txt")]
    key = digest([*locks, _LEFT_OUT.pattern, _EXTENSION_LEFT_OUT.pattern, repr(mended.MENDS)])

    def make(target: Path) -> None:
        for name, data in {**_application(store, web), **_extensions(store, web)}.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    return store.get(f"jupyterlite/{key}", make)


def _application(store: Store, web: Path) -> dict[str, bytes]:
    """JupyterLab of the wheel, without what this application never loads."""
    with zipfile.ZipFile(wheel(store, web, "jupyterlite_core")) as outer:
        (name,) = [
            one for one in outer.namelist() if re.search(r"/jupyterlite-app-[^/]*\.tgz$", one)
        ]
        packed = io.BytesIO(outer.read(name))
    with tarfile.open(fileobj=packed) as archive:
        found = {
            member.name.removeprefix("package/"): file.read()
            for member in archive
            if (file := archive.extractfile(member)) is not None
        }
    unused = _unused_chunks(found)
    return {
        path: _without_map(path, data)
        for path, data in found.items()
        if path.startswith("build/") and path not in unused and not _LEFT_OUT.search(path)
    }


def _unused_chunks(found: Mapping[str, bytes]) -> set[str]:
    """Scripts that only other applications load: a bundle names all that it may."""
    named = {app: set(_CHUNK.findall(found[f"build/{app}/bundle.js"].decode())) for app in _APPS}
    others = set().union(*named.values()) - named["lab"]
    return {f"build/{number}.{key}.js" for number, key in others}


def _without_map(path: str, data: bytes) -> bytes:
    """The maps are not served: without the hint no tool asks for them."""
    return re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", data) if path.endswith(".js") else data


def _extensions(store: Store, web: Path) -> dict[str, bytes]:
    """The extensions, mended, and the list of their settings."""
    made: dict[str, bytes] = {}
    for path in extension_wheels(store, web):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                found = _EXTENSION.match(name)
                if found and not _EXTENSION_LEFT_OUT.search(found[2]):
                    data = _without_map(name, archive.read(name))
                    made[f"extensions/{found[1]}/{found[2]}"] = data
    made = mended.mended(made)
    made["build/schemas/all_federated.json"] = json.dumps(list(_federated(made))).encode()
    return made


def _federated(files: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    for path, data in sorted(files.items()):
        found = re.match(r"extensions/(.+)/schemas/.+/([^/]+)\.json$", path)
        if found:
            package = json.loads(files[f"extensions/{found[1]}/package.json"])
            yield {
                "id": f"{found[1]}:{found[2]}",
                "raw": "{}",
                "schema": json.loads(data),
                "settings": {},
                "version": package["version"],
            }


# The page -----------------------------------------------------------------------------------------


def config(store: Store, web: Path) -> dict[str, Any]:
    """JupyterLite's settings. Those of `PATHS` and `JOINED` say where in `Places.app` a thing is:
    the page (open.js) makes a path of it."""
    folder, extensions = app(store, web), []
    for path in sorted((folder / "extensions").rglob("package.json")):
        said = json.loads(path.read_text("utf-8"))
        build = said["jupyterlab"]["_build"]
        found = {name: build[name] for name in ("load", "extension", "style") if name in build}
        extensions.append({"name": said["name"], **found})
    return {
        "appName": "JupyterLite",
        "appUrl": "/lab",
        "appVersion": wheel(store, web, "jupyterlite_core").name.split("-")[1],
        "contentsAllJsonFile": "all.json",
        "defaultKernelName": "python",
        "exposeAppInBrowser": "true",  # open.js folds its list of files on a phone
        "disabledExtensions": list(DISABLED),
        "federated_extensions": extensions,
        "fileTypes": {name: _file_type(name, *said) for name, said in _FILE_TYPES.items()},
        "fullLabextensionsUrl": "extensions",
        "fullStaticUrl": "build",
        "litePluginSettings": {KERNEL: {"disablePyPIFallback": True, "pipliteUrls": []}},
        "mode": "multiple-document",
        "settingsUrl": "build/schemas",
        "themesUrl": "build/themes",
    }


def _file_type(name: str, kind: str, mime: str) -> dict[str, Any]:
    return {"name": name, "extensions": [f".{name}"], "fileFormat": kind, "mimeTypes": [mime]}


def contents(notebooks: Mapping[str, bytes], released: str) -> dict[str, bytes]:
    """The notebooks by their place in the site, and the lists that JupyterLite asks for: of files,
    and of languages. `released` is the day that stands beside them: no clock is asked, so equal
    notebooks are equal bytes."""
    when = f"{released}T00:00:00Z"
    same = {"mimetype": None, "writable": True, "created": when, "last_modified": when}
    entries = [
        {"name": name, "path": name, "type": "notebook", "format": None, "content": None,
         "size": len(data), **same}
        for name, data in sorted(notebooks.items())
    ]  # fmt: skip
    whole = {"name": "", "path": "", "type": "directory", "format": "json", "content": entries,
             "size": None, **same}  # fmt: skip
    made = {f"{HERE}files/{name}": data for name, data in notebooks.items()}
    english = {"en": {"displayName": "English", "nativeName": "English"}}
    lists = {
        "contents/all.json": whole,
        "translations/all.json": {"data": english, "message": ""},
        "translations/en.json": {"data": {}, "message": ""},
        # Which file does a line of a traceback mean? One of Python's, and none of the notebooks.
        "resolvePath": {"resolved": []},
    }
    return made | {
        f"{HERE}api/{name}": json.dumps(said, indent=1).encode() for name, said in lists.items()
    }


def page(web: Path, settings: dict[str, Any], places: Places) -> bytes:
    """The page that starts JupyterLite."""
    up = "../" * PAGE.count("/")
    plan = {
        "root": up, "paths": PATHS, "joined": JOINED, "bundle": BUNDLE,
        "kernel_id": KERNEL, "packages": THERE, **asdict(places),
    }  # fmt: skip
    html = (web / "site" / "jupyter" / "lab.html").read_text("utf-8")
    for mark, value in (("CONFIG", settings), ("PLAN", plan)):
        html = html.replace(mark, json.dumps(value, indent=1).replace("<", "\\u003c"), 1)
    return html.replace("OPEN", up + places.opener).replace("ICON", up + places.icon).encode()


def notebooks(web: Path) -> dict[str, bytes]:
    """The notebooks by name: in a checkout beside `web`, in a wheel inside it."""
    folders = [folder / FOLDER for folder in (web, web.parent) if (folder / FOLDER).is_dir()]
    if not folders:
        raise BrokenInvariant(
            f"expected a folder {FOLDER} beside the page's sources in {web}, found none"
        )
    return {path.name: path.read_bytes() for path in sorted(folders[0].glob("*.ipynb"))}
