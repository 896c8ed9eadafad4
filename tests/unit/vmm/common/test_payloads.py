"""What a virtual machine may start with; whatever it may not is refused with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.guests.elf_maker import Elf, attribute_section
from tests.unit.programs import elf
from vmlab.core.errors import BadInput, Unsupported, VmlabError
from vmlab.core.units import MIB
from vmlab.guests import catalog
from vmlab.vmm.common.payloads import payload_of, raw_kernel
from vmlab.vmm.common.vm import KERNEL_ENTRY

FOR_S = [name for name, row in catalog.GUESTS.items() if row.needs_sbi]
FOR_M = [
    name for name, row in {**catalog.GUESTS, **catalog.BENCHMARKS}.items() if not row.needs_sbi
]
NANO = catalog.find("nano").read()
E_FLAGS, E_TYPE, E_MACHINE, E_ENTRY = 48, 16, 18, 24


def patched(at: int, data: bytes) -> bytes:
    """nano's ELF with other bytes in its header."""
    return NANO[:at] + data + NANO[at + len(data) :]


@pytest.mark.parametrize("name", FOR_S)
def test_a_guest_for_s_starts_where_its_elf_says(name: str) -> None:
    payload = payload_of(name, append="a b", disk=b"d" * 512)
    assert payload.entry == KERNEL_ENTRY
    assert (payload.append, payload.disk) == ("a b", b"d" * 512)
    assert payload.symbols


@pytest.mark.parametrize("name", FOR_M)
def test_a_guest_for_m_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadInput, match=f"starts in S under SBI .* found {name}, which starts in M"):
        payload_of(name)


@pytest.mark.parametrize("isa", ["rv64gch", "rv64g_h1p0"])
def test_an_elf_that_needs_the_hypervisor_is_refused(isa: str) -> None:
    needy = Elf(attributes=attribute_section(isa)).build()
    with pytest.raises(Unsupported, match="its hart has no "):
        payload_of(needy)


def test_memory_that_a_segment_leaves_out_is_zero() -> None:
    payload = payload_of(elf("nop\n.bss\n.zero 64\n"))
    assert sum(len(data) for _, data in payload.segments) >= 64


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x7fELF",
        b"#!/bin/sh\n",
        NANO[:64],
        NANO[: len(NANO) // 2],
        patched(E_MACHINE, b"\x3e\0"),
        patched(E_TYPE, b"\x01\0"),
        patched(4, b"\x01"),
        bytes(10_000),
    ],
)
def test_what_is_no_elf_for_this_hart_is_refused(data: bytes) -> None:
    with pytest.raises(VmlabError, match="expected"):
        payload_of(data)


def test_an_elf_that_does_not_fit_says_what_it_needs() -> None:
    with pytest.raises(VmlabError, match="RAM"):
        payload_of("nano", ram_bytes=MIB)


@pytest.mark.parametrize("name", ["nanoo", "./nano", "", "no/such/file.elf", "\0"])
def test_a_name_that_is_neither_guest_nor_file_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        payload_of(name)


def test_a_folder_is_no_guest(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        payload_of(tmp_path)


def test_a_raw_kernel_goes_where_firmware_expects_one() -> None:
    payload = raw_kernel("k", b"abc", "quiet")
    assert payload.segments == ((KERNEL_ENTRY, b"abc"),)
    assert (payload.entry, payload.append) == (KERNEL_ENTRY, "quiet")


def test_an_empty_kernel_is_refused() -> None:
    with pytest.raises(BadInput, match="k: expected a raw kernel, found an empty file"):
        raw_kernel("k", b"")
