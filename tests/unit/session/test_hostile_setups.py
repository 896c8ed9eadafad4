"""Setups that no honest tool makes are refused when they are opened, and not in a later step."""

from __future__ import annotations

from dataclasses import replace

import pytest

import vmlab.session
from tests.unit.programs import PASS, elf, session
from vmlab.core.errors import BadInput
from vmlab.engine import hosts
from vmlab.machine import arena
from vmlab.session import open
from vmlab.trace import recording

TOHOST = ".globl tohost\n"


@pytest.mark.parametrize("address", [0x1000, 0x8000_0004, 0x8010_0000, (1 << 64) - 8])
def test_a_tohost_that_is_no_doubleword_of_ram_is_refused(address: int) -> None:
    with pytest.raises(BadInput, match="expected the symbol tohost at a doubleword of RAM"):
        session(f"{PASS}\n{TOHOST}.equ tohost, {address:#x}\n")


def test_an_empty_image_is_refused() -> None:
    with pytest.raises(BadInput, match="found an empty file"):
        open(b"")


@pytest.mark.parametrize("seed", [-1, 1 << 62])
def test_a_seed_that_no_recording_holds_is_refused(seed: int) -> None:
    with pytest.raises(BadInput, match="expected a seed"):
        open("tour", seed=seed)


def test_a_recording_with_nothing_to_run_is_refused() -> None:
    recorded = session(PASS).recording()
    empty = replace(recorded, start=replace(recorded.start, parts={}))
    with pytest.raises(BadInput, match="expected an image or a bios"):
        vmlab.session.load(recording.write(empty))


def test_ram_that_the_host_has_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(size: int) -> bytearray:
        raise MemoryError

    monkeypatch.setattr(hosts, "find_host", lambda: None)
    monkeypatch.setattr(arena, "bytearray", none_left, raising=False)
    with pytest.raises(BadInput, match="expected a host with 64M free for RAM"):
        open(elf(PASS))
