"""What is kept between processes is believed only if it is whole and ours; else made again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import wasmtime

from vmlab.engine import filecache, modulecache
from vmlab.engine.filecache import FileCache
from vmlab.engine.hosts import compiled as compiling
from vmlab.engine.hosts.wasmtime_host import WasmtimeHost

as_user = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may do all")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("VMLAB_CACHE", str(tmp_path))
    return tmp_path


def only_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_what_is_kept_is_found_again_under_its_key_only(root: Path) -> None:
    kept = FileCache("things")
    assert kept.get("a") is None
    kept.put("a", b"content")
    assert kept.get("a") == b"content"
    assert kept.get("b") is None
    only_file(root / "things").rename(root / "things" / kept._file("b"))
    assert kept.get("b") is None


def test_damage_is_noticed_wherever_it_is(root: Path) -> None:
    kept = FileCache("things")
    kept.put("a", bytes(range(40)))
    path = only_file(root / "things")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.get("a") is None
        path.write_bytes(whole[:at])
        assert kept.get("a") is None
    path.write_bytes(whole)
    assert kept.get("a") is not None


@pytest.mark.skipif(os.name != "posix", reason="other rights")
def test_what_others_could_have_written_is_not_believed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = FileCache("things")
    kept.put("a", b"content")
    folder, path = root / "things", only_file(root / "things")
    assert folder.stat().st_mode & 0o777 == 0o700
    for place in (path, folder):
        mode = place.stat().st_mode
        place.chmod(mode | 0o020)
        assert kept.get("a") is None
        place.chmod(mode)
        assert kept.get("a") == b"content"
    monkeypatch.setattr(filecache.os, "geteuid", lambda: os.getuid() + 1)
    assert kept.get("a") is None


def test_a_cache_that_cannot_be_is_no_failure(root: Path) -> None:
    (root / "things").write_text("a file where the folder should be")
    kept = FileCache("things")
    kept.put("a", b"content")
    assert kept.get("a") is None


@as_user
def test_a_folder_that_cannot_be_written_is_no_failure(root: Path) -> None:
    root.chmod(0o500)
    kept = FileCache("things")
    kept.put("a", b"content")
    assert kept.get("a") is None
    root.chmod(0o700)


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("VMLAB_CACHE")
    monkeypatch.setattr(Path, "home", no_home)
    FileCache("things").put("a", b"content")
    assert FileCache("things").get("a") is None


def test_only_the_newest_are_kept(root: Path) -> None:
    kept = FileCache("things", keep=3)
    for number in range(6):
        kept.put(str(number), b"content")
        os.utime(root / "things" / kept._file(str(number)), (number, number))
    found = [number for number in range(6) if kept.get(str(number))]
    assert found == [3, 4, 5]


def test_readers_and_writers_at_once_see_whole_files() -> None:
    kept, wrong = FileCache("things"), []

    def work() -> None:
        for _ in range(50):
            kept.put("a", b"content" * 10_000)
            if kept.get("a") not in (None, b"content" * 10_000):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert kept.get("a") is not None


# Compiled code

WASM = bytes(wasmtime.wat2wasm('(module (func (export "five") (result i32) i32.const 5))'))


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """The modules that were compiled, not found."""
    found: list[bytes] = []

    class Counted(wasmtime.Module):
        def __init__(self, engine: wasmtime.Engine, wasm: bytes | str) -> None:
            if isinstance(wasm, bytes):  # a text is the host's own, to borrow memory by
                found.append(wasm)
            super().__init__(engine, wasm)

    monkeypatch.setattr(compiling.wasmtime, "Module", Counted)
    yield found


def five() -> int:
    return int(WasmtimeHost().memory(1).instantiate(WASM, {})["five"]())


def test_a_module_is_compiled_once(compilations: list[bytes], root: Path) -> None:
    assert [five(), five(), five()] == [5, 5, 5]
    assert compilations == [WASM]


def test_damaged_and_foreign_code_is_compiled_again(compilations: list[bytes], root: Path) -> None:
    assert five() == 5
    path = only_file(root / "code")
    path.write_bytes(path.read_bytes()[:-1])
    assert five() == 5
    # Whole and ours, but not code of this wasmtime.
    compiling._CACHE.put(compiling._key(WASM), b"\x7fELF of another version")
    assert [five(), five()] == [5, 5]
    assert len(compilations) == 3


# T1's module


@pytest.fixture
def printings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """How often the module was printed. The package has two small sources."""
    done: list[str] = []
    package = tmp_path / "package"
    for layer in ("core", "isa", "derive"):
        (package / layer).mkdir(parents=True)
        (package / layer / "text.py").write_text(f"this is {layer}")

    monkeypatch.setattr(modulecache, "_LOADED_AT", time.time() + 60)

    def print_file() -> bytes:
        done.append("printed")
        return REAL

    monkeypatch.setattr(modulecache, "print_file", print_file)
    monkeypatch.setattr(modulecache, "_package", lambda: package)
    yield done
    modulecache.engine_module.cache_clear()


REAL = modulecache.print_file()


def again() -> bytes:
    """What a new process gets."""
    modulecache.engine_module.cache_clear()
    return modulecache.engine_module()


def test_the_module_is_printed_once_for_each_state_of_the_sources(
    printings: list[str], tmp_path: Path
) -> None:
    assert [again(), again()] == [REAL, REAL]
    assert len(printings) == 1
    source = tmp_path / "package" / "isa" / "text.py"
    source.write_text("this is isa, with one instruction more")
    again()
    again()
    assert len(printings) == 2
    source.rename(source.with_name("other.py"))
    again()
    assert len(printings) == 3
    only = sorted((tmp_path / "t1").iterdir())
    for path in only:
        path.write_bytes(path.read_bytes()[:100])
    assert again() == REAL
    assert len(printings) == 4


def test_what_was_edited_under_a_running_process_is_not_kept(
    printings: list[str], tmp_path: Path
) -> None:
    """It read the sources before, so what it prints is not of the digest that it finds now."""
    (tmp_path / "package" / "isa" / "text.py").write_text("an edit")
    future = time.time() + 120
    os.utime(tmp_path / "package" / "isa" / "text.py", (future, future))
    assert [again(), again()] == [REAL, REAL]
    assert len(printings) == 2


def test_a_build_brings_the_module_along(printings: list[str], tmp_path: Path) -> None:
    package = tmp_path / "package"
    digest = modulecache.source_digest(package)
    assert digest is not None
    folder = package / modulecache.PREBUILT
    folder.mkdir(parents=True)
    built = folder / modulecache.file_name(digest)
    built.write_bytes(REAL)
    assert again() == REAL
    assert not printings
    built.write_bytes(REAL[:-1])  # damaged: printed
    assert again() == REAL
    assert len(printings) == 1
    built.write_bytes(REAL)
    (package / "core" / "text.py").write_text("an edit after the build")
    again()
    assert len(printings) == 2


def test_without_sources_the_module_of_the_build_is_taken(
    printings: list[str], tmp_path: Path
) -> None:
    """As in the page, where all is byte code."""
    package = tmp_path / "package"
    for path in package.rglob("*.py"):
        path.unlink()
    folder = package / modulecache.PREBUILT
    folder.mkdir(parents=True)
    (folder / modulecache.file_name("0" * 32)).write_bytes(REAL)
    assert again() == REAL
    assert not printings


def test_all_that_decides_what_is_printed_counts() -> None:
    """What the printer imports lies in the layers that the digest is made of."""
    code = "import vmlab.derive.t1.module, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    ours = {name.split(".")[1] for name in done.stdout.split() if name.startswith("vmlab.")}
    assert {"isa", "derive"} <= ours <= {*modulecache._SOURCES, "_version"}
