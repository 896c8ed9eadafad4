"""The page about paravirtualization: its tables are what code and measurement say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmlab.guests.build import SOURCES
from vmlab.vmm.paravirt import abi
from web.site import paravirt_doc

PAGE = paravirt_doc.PAGE.read_text("utf-8")
ROOT = Path(__file__).parents[2]


def test_the_tables_are_what_is_so_now() -> None:
    assert paravirt_doc.filled(PAGE) == PAGE, "run python -m web.site.paravirt_doc"


def test_a_page_that_is_out_of_date_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "paravirt.md"
    old.write_text(PAGE.replace("| `syscall` | 0 |", "| `syscall` | 1 |"))
    monkeypatch.setattr(paravirt_doc, "PAGE", old)
    monkeypatch.setattr("sys.argv", ["paravirt_doc", "--check"])
    assert paravirt_doc.main() == 1
    monkeypatch.setattr("sys.argv", ["paravirt_doc"])
    assert paravirt_doc.main() == 0
    assert old.read_text() == PAGE


@pytest.mark.parametrize("name", paravirt_doc.ENUMS)
def test_every_number_of_the_interface_says_what_it_means(name: str) -> None:
    for member, value, text in paravirt_doc.members(name):
        assert text, member
        assert f"| {member} | {value} |" in PAGE


def test_what_the_page_names_exists() -> None:
    for file in re.findall(r"`(vmm/\w+/\w+\.py)`", PAGE):
        assert (ROOT / "vmlab" / file).is_file(), file
    for file in re.findall(r"`((?:native|pv)/[\w/]+\.[ch])`", PAGE):
        assert (SOURCES / "nano" / file).is_file(), file
    assert f"{abi.EXTENSION:#x}" in PAGE
    assert f"up to {abi.MOST_OPS} of them, {abi.OP_BYTES} bytes each" in PAGE
    for address in (abi.P2M_VA, abi.M2P_VA, abi.NO_FRAME):
        assert f"{address:#x}" in PAGE
