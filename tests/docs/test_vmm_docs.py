"""The pages about techniques: tables are what the code counts, examples run, excerpts are code."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

from vmlab.vmm.common.costs import PRESETS
from vmlab.vmm.common.counters import DEFINITIONS
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.smallest import monitor
from web.site import counters_doc

DOCS = Path(__file__).parents[2] / "web" / "docs"
COUNTERS = counters_doc.PAGE.read_text("utf-8")


def test_the_tables_of_counters_are_up_to_date() -> None:
    assert counters_doc.filled(COUNTERS) == COUNTERS, "run python -m web.site.counters_doc"


def test_a_page_of_counters_that_is_out_of_date_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "counters.md"
    old.write_text(COUNTERS.replace("| `true_faults` | 0 |", "| `true_faults` | 7 |"))
    monkeypatch.setattr(counters_doc, "PAGE", old)
    monkeypatch.setattr("sys.argv", ["counters_doc", "--check"])
    assert counters_doc.main() == 1
    monkeypatch.setattr("sys.argv", ["counters_doc"])
    assert counters_doc.main() == 0
    assert old.read_text() == COUNTERS


def test_every_counter_is_defined_and_every_preset_priced_there() -> None:
    defined = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", COUNTERS, re.MULTILINE))
    assert {name: defined[name] for name in DEFINITIONS} == dict(DEFINITIONS)
    for preset in PRESETS.values():
        for cost in (*preset.exits.values(), *preset.counts.values()):
            assert f"| {cost.cycles:,} |" in COUNTERS
            assert cost.source in COUNTERS


def test_the_sentences_about_the_example_are_true() -> None:
    counts = {name: counters_doc.counted(name) for name in counters_doc.SHOWN}
    assert len({count.instructions for count in counts.values()}) == 1
    sensitive = COUNTERS.partition("```asm")[2].partition("```")[0].count("# sensitive")
    under = counts["trap_emulate"]
    assert under.rows()["exits_by_cause.sensitive instruction"] == sensitive == 5
    assert under.emulated_insns == sensitive + under.exits[Reason.FIRMWARE_CALL] == 6
    assert under.rows()["exits_by_cause.hidden fault"] == under.shadow_fills
    assert under.true_faults == 1
    assert counts["bare"].tlb_misses == counts["interpret"].tlb_misses
    assert counts["bare"].pte_reads == counts["interpret"].pte_reads
    longer = under.rows()["pte_reads_per_miss"], counts["bare"].rows()["pte_reads_per_miss"]
    assert longer[0] is not None and longer[1] is not None and longer[0] > longer[1]


@pytest.mark.parametrize("page", ["hwassist.md", "interpret.md", "smallest-monitor.md"])
def test_the_examples_of_a_page_run(page: str) -> None:
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert tried > 3
    assert failed == 0


def test_the_excerpts_of_the_smallest_monitor_are_its_code() -> None:
    page = (DOCS / "smallest-monitor.md").read_text("utf-8")
    excerpts = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shown = [text for text in excerpts if ">>>" not in text]
    assert len(shown) >= 5
    for text in shown:
        assert text in inspect.getsource(monitor)
