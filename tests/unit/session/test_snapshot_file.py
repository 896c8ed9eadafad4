"""Snapshots that travel: the same machine elsewhere, at once; every wrong file refused in words."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import vmlab
from vmlab.core.errors import VmlabError
from vmlab.session import Session, load
from vmlab.session.edits import Place
from vmlab.trace import archive

ENGINES = ("t0", "auto")


def talked(engine: str = "t0") -> Session:
    run = vmlab.open("echo", ram="1M", disk=bytes(range(256)) * 64, engine=engine)
    run.run(limit=3_000)
    run.send("hello\r")
    run.run(limit=2_000)
    return run


RUN = talked()
GOOD = RUN.snapshot_file()


def parts(data: bytes = GOOD) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(members: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    listed = members.items() if isinstance(members, dict) else members
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in listed:
            new.writestr(name, data)
    return packed.getvalue()


def changed(change: Callable[[dict], None], members: dict[str, bytes] | None = None) -> bytes:  # type: ignore[type-arg]
    """The good file with another manifest and, if given, other members, hashed anew."""
    found = {**parts(), **(members or {})}
    manifest = json.loads(found[archive.MANIFEST])
    for name in members or {}:
        manifest["state_sha256"][name] = archive.sha256(found[name])
    change(manifest)
    found[archive.MANIFEST] = json.dumps(manifest).encode()
    return zipped(found)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("writer", ENGINES)
def test_a_snapshot_opens_where_it_stood_and_goes_on_as_the_run_did(
    writer: str, engine: str
) -> None:
    run = talked(writer)
    again = load(run.snapshot_file(), engine=engine)
    for _ in range(3):
        assert again.snapshot_file() == run.snapshot_file()
        assert again.console == run.console
        assert again.trap_counts == run.trap_counts
        assert again.snapshot().counters == run.snapshot().counters
        for one in (run, again):
            one.run(limit=1_500)
            one.send("more\r")
    assert again.console.endswith(b"more\r\n")


def test_opening_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from vmlab.session.driving import Driver

    def never(*args: object) -> None:
        raise AssertionError("an instruction was run")

    monkeypatch.setattr(Driver, "_advance", never)
    assert load(GOOD).steps == RUN.steps


@pytest.mark.parametrize("engine", ENGINES)
def test_going_back_before_the_snapshot_plays_the_run_from_its_beginning(engine: str) -> None:
    run, again = talked(), load(GOOD, engine=engine)
    for steps in (1, 700, 2_000, 1_000):
        run.back(steps)
        again.back(steps)
        assert (again.steps, again.state_hash()) == (run.steps, run.state_hash())
        assert again.console == run.console
    again.go_to(RUN.position)
    assert (again.steps, again.state_hash()) == (RUN.steps, RUN.state_hash())


def test_a_snapshot_is_a_recording_too() -> None:
    again = vmlab.replay(GOOD)
    assert again.steps == 0
    again.step(RUN.steps)
    assert again.state_hash() == RUN.state_hash()


def test_changes_of_the_machine_travel() -> None:
    run = vmlab.open("tour", ram="1M", engine="t0")
    run.step(100)
    run.edit(Place.X, 31, bytes(range(8)))
    run.edit(Place.MEMORY, 0x8008_0000, b"written")
    again = load(run.snapshot_file())
    assert again.memory(0x8008_0000, 7) == b"written"
    again.back(50)
    assert again.memory(0x8008_0000, 7) == bytes(7)
    again.step(50)
    assert again.state_hash() == run.state_hash()


def test_what_was_written_to_a_disk_travels() -> None:
    run = vmlab.open("echo", ram="1M", disk=bytes(8192))
    assert run.machine.disk is not None
    run.machine.disk.write(3, b"sector".ljust(512, b"."))
    again = load(run.snapshot_file())
    assert again.machine.disk is not None
    assert again.machine.disk.content() == run.machine.disk.content()


def test_a_snapshot_is_small_for_a_small_guest(tmp_path: Path) -> None:
    RUN.save_snapshot(tmp_path / "echo.zip")
    assert (tmp_path / "echo.zip").stat().st_size < 30_000
    assert load(tmp_path / "echo.zip").steps == RUN.steps


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(VmlabError, match="cannot write"):
        RUN.save_snapshot(tmp_path / "no" / "such" / "folder.zip")


# Wrong files --------------------------------------------------------------------------------------


def hart(name: str, words: str) -> Callable[[dict], None]:  # type: ignore[type-arg]
    return lambda manifest: manifest["hart"].update({name: words})


def device(name: str, state: bytes) -> Callable[[dict], None]:  # type: ignore[type-arg]
    return lambda manifest: manifest["devices"].update({name: base64.b64encode(state).decode()})


def field(name: str, value: object) -> Callable[[dict], None]:  # type: ignore[type-arg]
    return lambda manifest: manifest.update({name: value})


def ready_queue(size: int, at: int) -> bytes:
    state = bytearray(RUN.machine.virtio[0].state())
    state[6 * 8 : 6 * 8 + 24] = struct.pack("<3Q", size, 1, at)
    return bytes(state)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (field("schema", "vmlab/snapshot-file/9"), "expected schema .*snapshot-file/1, .*, found"),
        (field("schema", "somebody/else/1"), "expected schema"),
        (field("schema", None), "expected schema"),
        (field("steps", 1), "expected no input after step 1"),
        (field("steps", RUN.steps + 1), f"expected {RUN.steps + 1} steps"),
        (field("steps", 10**30), "no count"),
        (field("state_hash", "00"), "expected the state 00"),
        (field("isa", "rv64imacq"), "not built: q"),
        (field("platform", {"ram_bytes": 1 << 60, "insns_per_tick": 1}), "expected RAM"),
        (field("platform", {"ram_bytes": 4096, "insns_per_tick": 1}), "expected"),
        (field("hart", None), "expected every field"),
        (field("devices", {"uart": 7}), "expected every field"),
        (field("inputs", [[0, "", "x"]]), "expected every field"),
        (field("inputs", [[0, "AAAAAAAAAAA=", "soul", 5]]), "expected a change of x, f, pc"),
        (field("inputs", [[0, "AAAAAAAAAAA=", "x", 99]]), "expected a register"),
        (field("inputs", [[0, "AA==", "memory", 4096]]), "expected to write RAM"),
        (hart("mode", "2"), "expected a mode"),
        (hart("mode", "7"), "expected words of 2 bits in mode"),
        (hart("pc", "80000001"), "expected an even pc"),
        (hart("pc", "10000000000000000"), "more than 64 bits"),
        (hart("pc", "80000000 0"), "expected 1 words of pc"),
        (hart("retired", "ffffffffffffffff"), r"less than 2\*\*62"),
        (hart("soul", "1"), "words of the hart that this version has, found 'soul'"),
        (hart("ram_size", "ffffffff"), "expected 1 words of ram_size"),
        (hart("tinst_full", "1"), "expected 1 words of tinst_full"),
        (hart("virtual", "1"), "expected V of 0 in M"),
        (hart("x", "1 " * 32), "x0 of 0"),
        (hart("mstatus", "1000"), "expected .*status as the hart could hold it"),
        (hart("satp", "1000000000000000"), "expected satp as the hart could hold it"),
        (hart("mepc", "1"), "expected mepc as the hart could hold it"),
        (device("uart", b"short"), "expected a state of uart"),
        (device("plic", b""), "expected a state of plic"),
        (device("soul", b""), "expected devices of"),
        (device("virtio0", ready_queue(1 << 60, 0x8000_0000)), "expected a state of virtio0"),
        (device("virtio0", ready_queue(8, 0x1000)), "expected a state of virtio0"),
        (device("clint", b"x"), "expected a state of clint"),
    ],
)  # fmt: skip
def test_a_state_that_no_machine_can_be_in_is_refused(
    change: Callable[[dict], None],  # type: ignore[type-arg]
    says: str,
) -> None:
    with pytest.raises(VmlabError, match=says):
        load(changed(change))


def nothing(manifest: object) -> None:
    """The manifest is right."""


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"pages": bytes(3)}, "numbers of 4 bytes"),
        ({"pages": bytes(400)}, "bytes in ram"),
        ({"ram": b""}, "bytes in ram"),
        ({"pages": struct.pack("<2I", 5, 5), "ram": bytes(8192)}, "rising numbers"),
        ({"pages": struct.pack("<I", 1 << 31), "ram": bytes(4096)}, "pages of RAM up to 255"),
        ({"blocks": struct.pack("<Q", 1 << 40), "written": bytes(4096)}, "blocks of the disk"),
        ({"image": b"\x7fELF"}, "expected sha256"),
        ({"pages": b"", "ram": b""}, "expected the state"),
    ],
)
def test_members_that_do_not_fit_are_refused(members: dict[str, bytes], says: str) -> None:
    with pytest.raises(VmlabError, match=says):
        load(changed(nothing, members))


def test_a_member_that_was_changed_is_refused() -> None:
    ram = bytearray(parts()["ram"])
    ram[100] ^= 1
    with pytest.raises(VmlabError, match=r"expected sha256 .* for ram"):
        load(zipped({**parts(), "ram": bytes(ram)}))


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "other"])
def test_names_that_are_no_members_are_refused(name: str) -> None:
    with pytest.raises(VmlabError, match=r"expected only .* found"):
        load(zipped({**parts(), name: b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_comes_twice_is_refused() -> None:
    twice = [*parts().items(), ("ram", parts()["ram"])]
    with pytest.raises(VmlabError, match="expected ram once"):
        load(zipped(twice))


def test_a_method_of_packing_that_we_do_not_use_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as new:
        for name, data in parts().items():
            new.writestr(name, data)
    with pytest.raises(VmlabError, match="stored or deflated"):
        load(packed.getvalue())


@pytest.mark.parametrize("bound", ["MOST_PART_BYTES", "MOST_BYTES", "MOST_MANIFEST_BYTES"])
def test_what_could_not_be_opened_is_not_written(
    monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(archive, bound, 1_000)
    with pytest.raises(VmlabError, match=r"expected at most 1000 bytes .*to save"):
        RUN.snapshot_file()


def test_bombs_are_refused_by_their_stated_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    with pytest.raises(VmlabError, match="at most 10000 bytes in"):
        load(GOOD)


def test_a_size_that_lies_unpacks_no_more_than_it_says() -> None:
    """The directory says 10 bytes, the member has 64 MiB."""
    bomb = bytearray(zipped({**parts(), "ram": bytes(1 << 26)}))
    at = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"ram"))
    bomb[at + 24 : at + 28] = struct.pack("<I", 10)
    with pytest.raises(VmlabError):
        load(bytes(bomb))


@pytest.mark.parametrize("length", [0, 1, 10, 100, 1000, len(GOOD) // 2, len(GOOD) - 1])
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(VmlabError, match="expected"):
        load(GOOD[:length])


def test_a_cache_that_means_something_else_is_left_out() -> None:
    def other(manifest: dict) -> None:  # type: ignore[type-arg]
        manifest["caches"]["tlb_key"][0] = "cache: of another version"

    again = load(changed(other))
    assert again.state_hash() == RUN.state_hash()
    from vmlab.isa.state import ARRAYS

    slot = ARRAYS["tlb_key"].slot
    assert not any(again.machine.arena.words[slot : slot + ARRAYS["tlb_key"].length])


def test_an_older_file_without_a_word_opens_with_its_reset_value() -> None:
    def older(manifest: dict) -> None:  # type: ignore[type-arg]
        assert manifest["hart"].pop("senvcfg") == "0"

    assert load(changed(older)).state_hash() == RUN.state_hash()
