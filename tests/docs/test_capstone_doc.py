"""The page about the capstone: its tables are what is measured, its terms are in the sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmlab.guests import build, nano
from vmlab.isa.csrs import CSRS
from vmlab.isa.table import INSTRUCTIONS
from vmlab.vmm.capstone.measure import ExitKind
from web.site import capstone_doc

PAGE = capstone_doc.PAGE.read_text("utf-8")
SOURCES = build.SOURCES / "capstone"


def test_the_tables_are_what_is_measured_now() -> None:
    assert capstone_doc.filled(PAGE) == PAGE, "run python -m web.site.capstone_doc"


def test_a_page_that_is_out_of_date_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "capstone.md"
    old.write_text(PAGE.replace("| idle |", "| busy |"))
    monkeypatch.setattr(capstone_doc, "PAGE", old)
    monkeypatch.setattr("sys.argv", ["capstone_doc", "--check"])
    assert capstone_doc.main() == 1
    monkeypatch.setattr("sys.argv", ["capstone_doc"])
    assert capstone_doc.main() == 0
    assert old.read_text() == PAGE


def test_every_kind_of_exit_and_every_benchmark_has_its_row() -> None:
    for kind in ExitKind:
        assert re.search(rf"^\| {kind} \| [1-9]", PAGE, re.MULTILINE), kind
    for name in nano.BENCHMARKS:
        assert f"| `{name}` |" in PAGE


def test_every_term_that_it_names_exists_and_every_file_too() -> None:
    terms = set(re.findall(r"`(h[a-z.]+|vs[a-z]+|m[a-z]+deleg)(?:\.[A-Z]+)?`", PAGE))
    assert {"hedeleg", "hgatp", "htval", "hvip", "vstimecmp", "hlvx.hu"} <= terms
    instructions = {instruction.name for instruction in INSTRUCTIONS}
    assert terms - set(CSRS) - instructions <= {"hlvx"}, "neither CSR nor instruction"
    for file in re.findall(r"`(\w+\.[cS])`", PAGE):
        assert (SOURCES / file).is_file(), file


def test_every_csr_of_the_hypervisor_is_in_the_table_if_its_sources_use_it() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES.glob("*.c"))
    used = set(re.findall(r"csr_\w+\((h\w+|vs\w+)\b", text))
    absent = {name for name in used if f"`{name}" not in PAGE}
    assert not absent - {"hie", "vsatp"}, absent
