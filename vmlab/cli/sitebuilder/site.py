"""The recipe of the site: which file comes from where, and where it lies.

    index.html, zh/index.html     the museum's timeline; pages are asked for anew at each visit
    museum/, concepts/            its stops and concepts; in Chinese below zh/ (`museum`)
    museum/DIGEST/                what only its pages use: museum.css, museum.js, player.js
    recordings/                   what its pages play
    lab/, zh/lab/                 the workbench
    compare/, zh/compare/         the compare board
    lessons/, zh/lessons/         the lessons, a page each with the workbench's Python
    lessons/DIGEST/               what only their pages use
    docs/, gallery/, about/       pages of text (`pages`), in Chinese below zh/
    favicon.svg
    sw.js, later/DIGEST/          the service worker; what no first paint waits for: the editor, the
                                  keeper
    assets/DIGEST/                style sheets, page.js, worker.js
    scripts/DIGEST/               Bokeh's and Panel's JavaScript and style sheets
    runtime/DIGEST/               Pyodide and the standard library
    archives/packages-DIGEST.zip  numpy, Bokeh, Panel, ... as byte code
    archives/vmlab-DIGEST.zip     vmlab as byte code
    archives/more-DIGEST.zip      what only the compare board uses of it, and its gallery pages
    archives/lessons-DIGEST.zip   what only lessons use of it, and the lessons' own files
    terminal/DIGEST/              xterm.js with its licence: asked for when a console has something
    archives/sources-DIGEST.zip   what shows sources, and the guests' own: fetched when looked at
    jupyter/                      JupyterLite (`jupyter`)
    firmware/DIGEST/              U-Boot and OpenSBI with their licences, if the cache has them

A name with a digest never changes its content, so a browser may keep it for ever (`vmlab serve`
says so); everything is named relative to the page, so the site works in any folder of any host.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vmlab
from vmlab.cli.sitebuilder import (
    environment,
    fetch,
    firmware,
    header,
    jupyter,
    jupyterlite,
    languages,
    lessonfiles,
    nav,
    offline,
    terminal,
)
from vmlab.cli.sitebuilder.pages import about
from vmlab.cli.sitebuilder.pages import build as texts
from vmlab.cli.sitebuilder.pages.lessons import Files, Lessons
from vmlab.cli.sitebuilder.pages.shell import Shell
from vmlab.cli.sitebuilder.pieces import DIGEST, Piece, in_folder
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.course.lesson import Lesson, lessons_folder

APP = "vmlab.ui.app:browser_main"
GALLERY_APP = "vmlab.ui.gallery:browser_main"
COMPARE_APP = "vmlab.ui.compare.app:browser_main"
LESSON_APP = "vmlab.ui.lesson.app:browser_main"
BOKEH_SCRIPTS = ("bokeh.min.js", "bokeh-widgets.min.js", "bokeh-tables.min.js")
PANEL_FILES = re.compile(
    r"panel/(dist/(?:panel\.min\.js|css/[^/]+\.css|bundled/theme/(?:default|dark|native)\.css))$"
)
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
COMPRESSIBLE = (".html", ".js", ".mjs", ".css", ".svg", ".wasm", ".json")
MUSEUM_SHEETS = ("tokens.css", "components.css", "shell.css")  # and its own
MUSEUM_FILES = ("museum.css", "museum.js", "player.js", *texts.FILES)
SHELL = "shell.css"  # the shell's own: it lies beside the scripts
SHEETS = ("tokens.css", "components.css", SHELL, "page.css")  # in the order of the cascade
MARKER = "vmlab-site.json"  # says that a folder is ours to replace


@dataclass(frozen=True, slots=True)
class Screen:
    """A page with Python: its place in the header, what stands there before Python does (a file of
    web/site/intro), the `module:function` that its worker runs, and vmlab's archives."""

    part: nav.Part
    intro: str
    app: str
    archives: list[Piece]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What every page with Python loads."""

    core: list[Piece]
    scripts: list[Piece]
    assets: list[Piece]
    console: list[Piece]
    later: list[Piece]
    sources: Piece


def web_folder() -> Path:
    """Where the page's sources are: in a checkout beside the package, in a wheel inside it."""
    package = Path(vmlab.__file__).parent
    for folder in (package / "_web", package.parent / "web"):
        if (folder / "site" / "index.html").is_file():
            return folder
    raise BrokenInvariant(
        f"expected the page's sources in {package}/_web or {package.parent}/web, found neither; "
        "install vmlab again, or build the site from a checkout"
    )


def build(
    out: Path,
    store: Store | None = None,
    app: str = APP,
    packages: Iterable[Path] = (),
    lessons: Path | None = None,
) -> list[Piece]:
    """Build the site into the folder `out` and return its pieces.

    `app` is the `module:function` that the workbench's worker runs; tests bring their own in
    `packages`, and lessons of their own in the folder `lessons`.
    """
    # Here, so that `vmlab --help` does not wait for the machine.
    from vmlab.cli.sitebuilder import museum

    _check_replaceable(out)
    store, web = store or Store(), web_folder()
    package = Path(vmlab.__file__).parent
    runtime = fetch.pyodide(store)
    packages_zip = environment.packages_archive(store, web, runtime)
    vmlab_zip = environment.vmlab_archive(store, web, runtime, package, packages)
    more_zip = environment.more_archive(store, web, runtime, package)

    sources_zip = environment.sources_archive(store, web, runtime, package)
    lessons = lessons or lessons_folder()
    lessons_zip = environment.lessons_archive(store, web, runtime, package, lessons)

    core = [Piece(name, runtime / name) for name in RUNTIME]
    core.append(Piece("pyodide-lock.json", _empty_lock(runtime)))
    core.append(Piece("python_stdlib.zip", environment.stdlib_archive(store, web, runtime)))
    scripts = _drawing_scripts(store, web)
    # The workbench's own style sheets are in its component.
    assets = [Piece(name, package / "ui" / "assets" / name) for name in SHEETS if name != SHELL]
    shell = (web / "site").glob("*.*s")  # .css and .js; the build's own scripts end otherwise
    assets += [Piece(path.name, path) for path in sorted(shell) if path.suffix != ".mjs"]

    core = in_folder("runtime", core)
    scripts = in_folder("scripts", scripts)
    console = in_folder("terminal", [Piece(*one) for one in terminal.files(store).items()])
    own = in_folder("museum", [piece for piece in assets if piece.path in MUSEUM_FILES])
    assets = in_folder("assets", [piece for piece in assets if piece.path not in MUSEUM_FILES])
    later = in_folder("later", _later(store, web))
    course = in_folder("lessons", [Piece(*one) for one in lessonfiles.files(store, web).items()])
    archives = [Piece(f"archives/{path.name}", path) for path in (packages_zip, vmlab_zip)]
    more = Piece(f"archives/{more_zip.name}", more_zip)
    sources = Piece(f"archives/{sources_zip.name}", sources_zip)
    learning = Piece(f"archives/{lessons_zip.name}", lessons_zip)
    favicon = Piece("favicon.svg", web / "assets" / "favicon.svg")
    screens = (
        Screen(nav.LAB, "lab.html", app, archives),
        Screen(nav.COMPARE, "compare.html", COMPARE_APP, [*archives, more]),
        Screen(nav.LIVE, "lab.html", GALLERY_APP, [*archives, more, learning]),
    )
    loaded = Loaded(core, scripts, assets, console, later, sources)
    pages = [
        Piece(f"{screen.part.place(language)}index.html", _page(web, screen, loaded, language))
        for screen in screens
        for language in nav.LANGUAGES
    ]
    folder = assets[0].path.rpartition("/")[0]
    named = (*assets, *own, *later, *course)
    places = {piece.path.rpartition("/")[2]: piece.path for piece in named}
    assert len(places) == len(named), "pages find these files by their names"
    sheets = [*(f"{folder}/{name}" for name in MUSEUM_SHEETS), places["museum.css"]]
    places["keeper.js"] = offline.keeper(later)
    scripts_of_pages = (places["theme.js"], places["museum.js"], places["keeper.js"])
    shown = museum.Builder(web, store, sheets, scripts_of_pages)
    frame = texts.shell(web, sheets, places)
    written = shown.files() | texts.files(web, frame, shown.museum)

    def plan(lesson: Lesson, language: str) -> dict[str, Any]:
        part = nav.Part(f"{nav.LESSONS.path}{lesson.slug}/", nav.LESSONS.names, translated=True)
        screen = Screen(part, "", LESSON_APP, [*archives, more, learning])
        own = [piece.path for piece in course]  # what its tab may still ask for
        return _plan(screen, loaded, language) | {"lesson": lesson.slug, "own": own}

    paths = Files(sheets, places)
    opens = {name: jupyterlite.page_of(name) for name in jupyterlite.notebooks(web)}
    written |= Lessons(web, lessons, frame, shown.museum, paths, plan, opens).files()
    exhibits = [*own, *(Piece(path, content) for path, content in sorted(written.items()))]
    lite = jupyter.pieces(
        store, web, runtime, scripts, [*archives, more, learning], sources, core, places
    )
    raw = firmware.files()
    foreign = [Piece(f"{firmware.folder_of(raw)}/{name}", data) for name, data in raw.items()]
    pieces = [
        *pages, *exhibits, *foreign, *console, *later, *course, favicon, *assets, *scripts, *core,
        *archives, more, learning, sources, *lite,
    ]  # fmt: skip
    pieces += _about(pieces, web, frame, store)
    pieces.append(Piece(offline.WORKER, offline.worker(web, pieces, DIGEST.search)))
    _write(out, pieces, store)
    for kind in ("vmlab", "more", "lessons", "sources"):
        store.forget_old(f"archives/{kind}-*.zip", keep=8)
    return pieces


def _about(pieces: list[Piece], web: Path, frame: Shell, store: Store) -> list[Piece]:
    """The page that says what all the others are made of; so it is made last."""
    served = []
    for piece in pieces:
        packed = piece.path.endswith(COMPRESSIBLE)
        sent = _gzipped(store, piece.read()).stat().st_size if packed else piece.size_bytes
        served.append(about.Served(piece.path, piece.size_bytes, sent))
    ordered = sorted(pieces, key=lambda piece: piece.path)
    key = digest(part for piece in ordered for part in (piece.path, piece.read()))
    notice = next((one.path for one in pieces if one.path.endswith(firmware.NOTICE)), "")
    made = about.files(web, frame, store, served, key, notice)
    return [Piece(path, content) for path, content in sorted(made.items())]


def _drawing_scripts(store: Store, web: Path) -> list[Piece]:
    """Bokeh's and Panel's JavaScript, and the style sheets that Panel's models name."""
    pieces = []
    with environment.scripts_of(store, web, "bokeh") as wheel:
        for name in BOKEH_SCRIPTS:
            pieces.append(Piece(name, wheel.read(f"bokeh/server/static/js/{name}")))
    with environment.scripts_of(store, web, "panel") as wheel:
        version = Path(str(wheel.filename)).name.split("-")[1]
        for name in wheel.namelist():
            # Panel's Python asks for ROOT/VERSION/dist/... and keeps them in panel/dist/...
            if found := PANEL_FILES.match(name):
                pieces.append(Piece(f"panel/{version}/{found[1]}", wheel.read(name)))
    return pieces


def _later(store: Store, web: Path) -> list[Piece]:
    """What no first paint needs: the editor that Panel's CodeEditor draws with, and our keeper."""
    with environment.scripts_of(store, web, "panel") as wheel:
        editor = [Piece(name, wheel.read(path)) for name, path in environment.EDITORS.items()]
    return [*editor, *(Piece(path.name, path) for path in offline.scripts(web))]


def _empty_lock(runtime: Path) -> bytes:
    """Pyodide's lock file without packages: all come in our archive, none may be asked for."""
    lock = json.loads((runtime / "pyodide-lock.json").read_text("utf-8"))
    return json.dumps(lock | {"packages": {}}).encode()


def _plan(screen: Screen, loaded: Loaded, language: str) -> dict[str, Any]:
    """What a screen's scripts are told: the names of all that it loads, the sizes that its loader
    counts, and the page's words."""

    def files(pieces: list[Piece]) -> list[dict[str, str | int]]:
        return [{"url": piece.path, "bytes": piece.size_bytes} for piece in pieces]

    core, scripts, console, later = loaded.core, loaded.scripts, loaded.console, loaded.later
    javascript = [piece for piece in scripts if piece.path.endswith(".js")]
    part, archives = screen.part, screen.archives
    return {
        "app": screen.app,
        "root": "../" * part.place(language).count("/"),
        "words": languages.words(Path(vmlab.__file__).parent),
        "parts": {
            languages.TAGS[one]: {
                "parts": [entry.place(one) for entry in nav.PARTS],
                "page": part.place(one),
            }
            for one in nav.LANGUAGES
        },
        "versions": {"vmlab": vmlab.__version__, "pyodide": fetch.PYODIDE},
        "sources": loaded.sources.path,
        "firmware": firmware.offers(firmware.files()),
        "later": {piece.path.rpartition("/")[2].partition(".")[0]: piece.path for piece in later},
        "runtime": core[0].path.rpartition("/")[0] + "/",
        "terminal": console[0].path.rpartition("/")[0] + "/",
        "scripts": scripts[0].path.rpartition("/")[0] + "/",
        "steps": [
            {"name": "Python", "kind": "runtime", "files": files(core)},
            {"name": "numpy, Bokeh and Panel", "kind": "archive", "files": files(archives[:1])},
            {"name": "vmlab", "kind": "archive", "files": files(archives[1:])},
            {"name": "drawing", "kind": "script", "files": files(javascript)},
        ],
    }


def _page(web: Path, screen: Screen, loaded: Loaded, language: str) -> bytes:
    """A screen in a language."""
    part, plan = screen.part, _plan(screen, loaded, language)
    up, words = plan["root"], plan["words"]
    folder = loaded.assets[0].path.rpartition("/")[0]
    sheets = _sheets(loaded.assets, up)
    page = (web / "site" / "index.html").read_text("utf-8")
    head, mark, intro = (
        (web / "site" / "intro" / screen.intro).read_text("utf-8").partition("  <article")
    )
    page = page.replace("<!-- title -->\n", head).replace("<!-- intro -->\n", mark + intro)
    page = page.replace("<!-- style sheets -->", sheets).replace("ASSETS/", f"{up}{folder}/")
    page = page.replace(header.MARK, header.looks(web))
    if language != "en":
        page = languages.translated(page, languages.TAGS[language], words)
    page = page.replace("<!-- parts -->", nav.links(up, part.path.removesuffix("live/"), language))
    other = next(one for one in nav.LANGUAGES if one != language)
    for name, place in (("HOME", nav.PARTS[0].place(language)), ("OTHER", part.place(other))):
        page = page.replace(f'href="{name}"', f'href="{up}{place}"')
    page = page.replace("ROOT/", up)
    return page.replace("PLAN", json.dumps(plan, indent=1).replace("<", "\\u003c")).encode()


def _sheets(assets: list[Piece], up: str) -> str:
    """The links to the style sheets, for a page that lies `up` from the root."""
    return "\n".join(
        f'<link rel="stylesheet" href="{up}{piece.path}">'
        for name in SHEETS
        for piece in assets
        if piece.path.endswith("/" + name)
    )


def _write(out: Path, pieces: list[Piece], store: Store) -> None:
    """Make `out` hold exactly `pieces`, each compressible one also as .gz for `vmlab serve`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).write_text(json.dumps({"schema": "vmlab/site/1"}) + "\n")
    wanted = {out / MARKER}
    for piece in pieces:
        files = [(out / piece.path, piece.content)]
        if piece.path.endswith(COMPRESSIBLE):
            files.append((out / f"{piece.path}.gz", _gzipped(store, piece.read())))
        for target, content in files:
            wanted.add(target)
            kept = DIGEST.search(piece.path) and target.exists()
            if not kept:
                target.parent.mkdir(parents=True, exist_ok=True)
                scratch = target.with_name(target.name + ".new")
                data = content if isinstance(content, bytes) else content.read_bytes()
                scratch.write_bytes(data)
                scratch.replace(target)  # a page that is being served never sees half a file
    for path in sorted(out.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path not in wanted:
            path.unlink()


def _gzipped(store: Store, data: bytes) -> Path:
    """`data` compressed, remembered by its digest: the runtime takes a second to compress."""

    def compress(target: Path) -> None:
        target.write_bytes(gzip.compress(data, 9, mtime=0))

    return store.get(f"gzip/{digest([data])}.gz", compress)


def _check_replaceable(out: Path) -> None:
    """Refuse a folder that holds something else: a build removes all that is not its own."""
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).exists():
        raise BadInput(
            f"expected an empty folder or an earlier site at {out}, found other files there; "
            "name another folder with --out"
        )
    if out.exists() and not out.is_dir():
        raise BadInput(f"expected a folder at {out}, found a file")
