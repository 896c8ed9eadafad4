"""The page about the machine: its tables are what the code says, and the site's page shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmlab.derive import refdoc
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import ROWS
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine.platform import CHOICES
from web.site import machine_doc

PAGE = machine_doc.PAGE.read_text("utf-8")


def test_the_tables_are_up_to_date() -> None:
    assert machine_doc.filled(PAGE) == PAGE, "run python -m web.site.machine_doc"


def test_a_page_that_is_out_of_date_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "machine.md"
    old.write_text(PAGE.replace("machine status", "something else"))
    monkeypatch.setattr(machine_doc, "PAGE", old)
    monkeypatch.setattr("sys.argv", ["machine_doc", "--check"])
    assert machine_doc.main() == 1
    monkeypatch.setattr("sys.argv", ["machine_doc"])
    assert machine_doc.main() == 0
    assert old.read_text() == PAGE


def test_every_extension_instruction_csr_and_choice_is_there() -> None:
    for name in (*(row.name for row in ROWS), *(insn.name for insn in INSTRUCTIONS), *CHOICES):
        assert f"`{name}`" in PAGE, name
    numbered = re.compile(r"(m?hpmcounter|mhpmevent|pmpcfg|pmpaddr)\d+")
    for name in CSRS:
        assert f"`{name}`" in PAGE or numbered.fullmatch(name), name


def test_a_table_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        refdoc.fill("<!-- table: nonsense -->\n<!-- end -->\n")
