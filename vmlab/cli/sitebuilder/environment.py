"""Makes the Python that runs in a page: archives of byte code.

The standard library, the packages (numpy, Bokeh, Panel and what they import), and vmlab. They are
three because they change at three speeds: an edit to vmlab makes only the smallest anew. Three more
are paid for by nobody who does not use them: what only the compare page and the gallery use; what
only lessons use; and what shows sources, with the guests' sources themselves, which a page gets
when somebody looks.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BrokenInvariant
from vmlab.engine import modulecache

STDLIB = "/lib/python314.zip/"  # where Pyodide lays the standard library, inside its file system
PACKAGES = "/lib/python3.14/site-packages/"

# Panel imports pandas unless a module of this name exists. It is there to patch `requests`, which
# the page does not have.
NO_PANDAS = ("pyodide_http.py", b'"""Keeps Panel from importing pandas."""\n\n\n'
             b'def patch_all() -> None:\n    """Nothing to patch."""\n')  # fmt: skip

# Members of wheels that Python never opens in the page. What stays, stays because something reads
# it: package.json of Panel and pyviz_comms is read when they are imported.
LEFT_OUT = re.compile(
    r"""
      (^|/)tests?/ | \.(pyi|pxd|map|h|a|c|cpp)$ | /RECORD$ | \.data/
    | ^panel/dist/ | ^panel/package-lock\.json$ | ^panel/(?!_templates/).*\.(ts|tsx|less|js)$
    | ^bokeh/(server/static|sampledata|sphinxext|command)/ | ^bokeh/_sri/(?!3\.9\.)
    | ^panel/command/
    | ^pyviz_comms/labextension/(?!package\.json$)
    | ^numpy/(f2py|distutils|_pyinstaller)/
    """,
    re.VERBOSE,
)
# In Panel's wheel: what its CodeEditor draws with. It is served as it is, beside the page.
EDITOR = "panel/dist/bundled/aceplot/ace-builds@1.40.1/src-min-noconflict/ace.js"
EDITORS = {"ace.js": EDITOR, "mode-python.js": EDITOR.replace("ace.js", "mode-python.js")}
"""The editor, and how it reads Python: the assembler's language is described in our own script."""
# What a tab cannot do anyhow: processes, mail and remote calls.
STDLIB_LEFT_OUT = re.compile(
    r"(multiprocessing|xmlrpc|wsgiref)/|(ftplib|imaplib|mailbox|poplib|smtplib)\.py$"
)
# What no page uses: the guests' compiler, the command line, GDB's server, what only makes
# catalogues. A visit is paid for in bytes.
VMLAB_LEFT_OUT = re.compile(
    r"^vmlab/guests/(debug)?build\.py$"
    r"|^vmlab/(cli|_web|_lessons|guests/src|engine/t1|session/gdb)/"
    r"|(^|/)__pycache__/|\.pyc$"
    r"|^vmlab/ui/locale/((make|sources)\.py|.*\.(po|cfg))$"
)
# What only the compare page and the gallery use.
VMLAB_MORE = re.compile(
    r"^vmlab/(vmm/(laws|compare)|ui/(esm/|assets/)?compare)/"
    r"|^vmlab/(session/(board|lanes)|views/(board|papers|lane_strip|compare))\.py$"
    r"|^vmlab/ui/(gallery|screens/compare)\.py$"
)
# What only a lesson's page uses, and of a lesson's folder what it reads: no solution, no wrong one.
VMLAB_LESSONS = re.compile(
    r"^vmlab/(course|lab|vmm/popek_goldberg|ui/(esm/|assets/)?lesson)(/|\.css$)"
)
LESSON_FILES = (
    "lesson.toml",
    "lesson.md",
    "lesson.zh.md",
    "exercise.toml",
    "starter.py",
    "grade.py",
)
# What only teachers and authors use of it.
COURSE_LEFT_OUT = re.compile(
    r"^vmlab/course/((notebooks|claims|recorded|remote)\.py|(authoring|export|grading|sandbox)/)"
)

# What a page gets later (`vmlab.ui.browser.sources`): it extends the package.
SOURCES = re.compile(
    r"^vmlab/(guests/(src/.*|images/.*\.debug|dwarf/.*)|session/(sources|stack|stepping)\.py)$"
)

Member = tuple[str, bytes]


def stdlib_archive(store: Store, web: Path, runtime: Path) -> Path:
    """Pyodide's standard library as byte code."""

    def members() -> Iterator[Member]:
        with zipfile.ZipFile(runtime / "python_stdlib.zip") as archive:
            for name in archive.namelist():
                if name[-1] != "/" and not STDLIB_LEFT_OUT.match(name):
                    yield name, archive.read(name)

    return compiled(store, web, runtime, "stdlib", STDLIB, [STDLIB_LEFT_OUT.pattern], members)


def packages_archive(store: Store, web: Path, runtime: Path) -> Path:
    """numpy, Bokeh, Panel and what they import, without what the page never opens."""
    lock = web / "site" / "wheels.txt"
    numpy = fetch.numpy_wheel(store, runtime)
    wheels = fetch.wheels(store, lock)

    def members() -> Iterator[Member]:
        yield NO_PANDAS
        for wheel in [numpy, *sorted(wheels.glob("*.whl"))]:
            yield from wheel_members(wheel)

    ingredients: list[str | bytes] = [numpy.name, lock.read_bytes(), LEFT_OUT.pattern, *NO_PANDAS]
    return compiled(store, web, runtime, "packages", PACKAGES, ingredients, members)


def vmlab_archive(
    store: Store, web: Path, runtime: Path, package: Path, more: Iterable[Path] = ()
) -> Path:
    """vmlab itself, without its command line; `more` are further packages (tests bring one)."""
    members = vmlab_members(package, more)
    ingredients = [part for member in members for part in member]
    return compiled(store, web, runtime, "vmlab", PACKAGES, ingredients, lambda: iter(members))


def more_archive(store: Store, web: Path, runtime: Path, package: Path) -> Path:
    """What only the compare page and the gallery use of vmlab: it goes into the same folder."""
    members = [(name, data) for name, data in _files_of((package,)) if VMLAB_MORE.search(name)]
    ingredients = [part for member in members for part in member]
    return compiled(store, web, runtime, "more", PACKAGES, ingredients, lambda: iter(members))


def lessons_archive(store: Store, web: Path, runtime: Path, package: Path, lessons: Path) -> Path:
    """What only lessons' pages use of vmlab, and the lessons in the folder `lessons`."""
    members = lessons_members(package, lessons)
    ingredients = [part for member in members for part in member]
    return compiled(store, web, runtime, "lessons", PACKAGES, ingredients, lambda: iter(members))


def lessons_members(package: Path, lessons: Path) -> list[Member]:
    """The files of that archive."""
    found = [
        (name, data)
        for name, data in _files_of((package,))
        if VMLAB_LESSONS.search(name) and not COURSE_LEFT_OUT.search(name)
    ]
    paths = (folder / name for folder in sorted(lessons.iterdir()) for name in LESSON_FILES)
    return found + [
        (f"vmlab/_lessons/{path.parent.name}/{path.name}", path.read_bytes())
        for path in paths
        if path.is_file()
    ]


def _files_of(folders: Iterable[Path]) -> Iterator[Member]:
    """The files of packages, but what no page uses."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder.parent).as_posix()
            left_out = VMLAB_LEFT_OUT.search(name) or SOURCES.match(name)
            if path.is_file() and not left_out:
                yield name, path.read_bytes()


def vmlab_members(package: Path, more: Iterable[Path] = ()) -> list[Member]:
    """The files of vmlab that every page needs, and T1's module: printing that in the page would
    cost seconds of every visit."""
    digest_of_sources = modulecache.source_digest(package) or "built"
    prebuilt = f"vmlab/{modulecache.PREBUILT}/{modulecache.file_name(digest_of_sources)}"
    members = [(prebuilt, modulecache.engine_module())]
    found = _files_of((package, *more))
    apart = (VMLAB_MORE, VMLAB_LESSONS)
    return members + [one for one in found if not any(part.search(one[0]) for part in apart)]


def sources_archive(store: Store, web: Path, runtime: Path, package: Path) -> Path:
    """What shows sources: the reader of line tables, the guests' own, and their sources."""
    members = sources_members(package)
    ingredients = [part for member in members for part in member]
    return compiled(store, web, runtime, "sources", PACKAGES, ingredients, lambda: iter(members))


def sources_members(package: Path) -> list[Member]:
    """The files of that archive."""
    paths = ((path, path.relative_to(package.parent).as_posix()) for path in package.rglob("*"))
    named = sorted((name, path) for path, name in paths if path.is_file() and SOURCES.match(name))
    return [(name, path.read_bytes()) for name, path in named if "__pycache__" not in name]


def scripts_of(store: Store, web: Path, wheel: str) -> zipfile.ZipFile:
    """The opened wheel of Panel or Bokeh: its JavaScript and style sheets go beside the page."""
    return zipfile.ZipFile(
        next(fetch.wheels(store, web / "site" / "wheels.txt").glob(f"{wheel}-*.whl"))
    )


def wheel_members(wheel: Path) -> Iterator[Member]:
    """What Python may open of a wheel."""
    ours = "pyemscripten" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            foreign = name.endswith(".so") and not ours
            if name[-1] != "/" and not foreign and not LEFT_OUT.search(name):
                yield name, archive.read(name)


def compiled(
    store: Store,
    web: Path,
    runtime: Path,
    name: str,
    prefix: str,
    ingredients: list[str | bytes],
    members: Callable[[], Iterator[Member]],
) -> Path:
    """The zip of `members` with each `.py` compiled by the very Python that will run it.

    They will lie in the folder `prefix` of the browser's file system; a change of any ingredient
    calls for a new archive.
    """
    scripts = [(web / "site" / script).read_bytes() for script in ("compile.mjs", "compile.py")]
    key = digest([fetch.PYODIDE, prefix, *scripts, *ingredients])

    def compile_members(target: Path) -> None:
        source = target.with_name("source.zip")
        with zipfile.ZipFile(source, "w") as archive:
            for member, data in members():
                archive.writestr(member, data)
        script = web / "site" / "compile.mjs"
        command = [
            str(fetch.node(store)),
            str(script),
            str(runtime),
            prefix,
            str(source),
            str(target),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokenInvariant(f"compiling {name} for the browser failed:\n{done.stderr}")

    return store.get(f"archives/{name}-{key}.zip", compile_members)
