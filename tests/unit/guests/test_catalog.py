"""The guests that come along: complete, described, and found by name, path or bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.guests import build
from vmlab.guests.catalog import BENCHMARKS, BUILDS, GUESTS, find, load, raw_kernel, resolve
from vmlab.guests.sbi import KERNEL_BASE, firmware

ALL = {**GUESTS, **BENCHMARKS}
PARTS = {"firmware", "testguest"}
"""Images that are no guests of the catalogue: they run below one, or under one."""


def test_issue_names_come_first() -> None:
    assert [*GUESTS][:3] == ["tour", "primes", "faults"]


@pytest.mark.parametrize("name", ALL)
def test_every_guest_loads_and_is_described(name: str) -> None:
    guest = find(name)
    image = load(name)
    assert image.name == guest.name == name
    assert image.entry == (KERNEL_BASE if guest.needs_sbi else 0x8000_0000)
    assert image.symbols[image.entry] == "_start"
    allowed = {"i", "m", "zmmul", "zicsr", "zifencei"}
    if guest.needs_sbi:
        allowed |= {"a", "c", "zaamo", "zalrsc", "zca"}
    if guest.kernel is not None:
        allowed |= {"h"}
    assert image.isa <= allowed
    assert guest.title
    assert guest.summary.endswith(".")
    assert guest.look_for
    assert guest.expected
    assert (build.SOURCES / guest.source).is_file()
    assert 0 < guest.max_insns <= 20_000_000


def test_benchmarks_are_a_group_of_their_own() -> None:
    assert not set(GUESTS) & set(BENCHMARKS)
    assert {guest.group for guest in GUESTS.values()} == {"guest"}
    assert {guest.group for guest in BENCHMARKS.values()} == {"benchmark"}
    assert sum(len(guest.read()) for guest in BENCHMARKS.values()) < 150_000


def test_every_guest_has_a_recipe_and_every_recipe_a_guest() -> None:
    assert {recipe.name for recipe in build.RECIPES} == {*ALL, *BUILDS, *PARTS}


def test_the_manifest_describes_the_images_and_their_sources() -> None:
    manifest = json.loads((build.IMAGES / build.MANIFEST).read_text(encoding="utf-8"))
    assert manifest["schema"] == build.SCHEMA
    assert manifest["guests"].keys() == {*ALL, *BUILDS, *PARTS}
    for recipe in build.RECIPES:
        entry = manifest["guests"][recipe.name]
        data = (build.IMAGES / f"{recipe.name}.elf").read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["size_bytes"] == len(data)
        assert entry["sources"] == build.source_hashes(recipe), (
            f"{recipe.name}: a source changed; run python -m vmlab.guests.build"
        )


@pytest.mark.parametrize("name", ALL)
def test_no_image_knows_where_it_was_built(name: str) -> None:
    data = find(name).read()
    for trace in (b"/tmp", b"/home", b"/root", b"zig-cache", b"clang version"):
        assert trace not in data


def test_a_guest_that_begins_in_s_brings_the_firmware() -> None:
    assert resolve("nano").bios == firmware()
    assert {name for name in ALL if resolve(name).bios} == {"nano"}
    assert len(firmware()) < KERNEL_BASE - 0x8000_0000


def test_a_guest_that_runs_a_kernel_brings_one_of_the_catalogue() -> None:
    assert resolve("capstone").kernel == raw_kernel(find("nano"))
    assert {name for name in ALL if resolve(name).kernel} == {"capstone"}


def test_a_name_a_path_and_bytes_give_the_same_image(tmp_path: Path) -> None:
    path = tmp_path / "mine.elf"
    path.write_bytes(find("tour").read())
    assert load(path).sha256 == load("tour").sha256 == load(path.read_bytes()).sha256
    assert load(str(path)).name == "mine"
    assert resolve("tour").name == "tour"


def test_a_name_wins_over_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tour").write_bytes(b"no ELF file")
    monkeypatch.chdir(tmp_path)
    assert resolve("tour").data == find("tour").read()


@pytest.mark.parametrize("spec", ["no-such-guest", "", ".", "a\0b", Path("nowhere.elf")])
def test_what_is_neither_a_guest_nor_a_file_is_refused(spec: str | Path) -> None:
    with pytest.raises(BadInput) as caught:
        resolve(spec)
    assert "expected" in str(caught.value)
    assert "found" in str(caught.value)


def test_the_refusal_lists_the_guests_there_are() -> None:
    with pytest.raises(BadInput, match="tour, primes, faults, echo"):
        resolve("turo")
    with pytest.raises(BadInput, match="tour, primes, faults, echo"):
        find("turo")


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_for_a_monitor_has_a_name_only_where_there_is_one(name: str) -> None:
    guest, _ = BUILDS[name]
    assert resolve(name, monitored=True).data != guest.read()
    with pytest.raises(BadInput, match=f"{name}, which runs under a monitor only"):
        resolve(name)
