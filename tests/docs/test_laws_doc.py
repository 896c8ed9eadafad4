"""The page about the laws: its table is the table of the bugs, its example is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.laws.bugs import BUGS
from tests.laws.caught import programs_needed
from vmlab.vmm.laws.hostile import HOSTILES

TEXT = (Path(__file__).parents[2] / "web" / "docs" / "laws.md").read_text("utf-8")


def test_the_table_of_bugs_is_the_table_of_bugs() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\w+) \| `(\w+)` \| ([^|]*) \|$", TEXT, re.MULTILINE)
    assert [tuple(part.strip() for part in row) for row in rows] == [
        (bug.kind, bug.law, bug.name, bug.why) for bug in BUGS
    ]


def test_the_example_of_a_divergence_is_what_the_laws_print() -> None:
    (bug,) = [bug for bug in BUGS if bug.name == "FenceNarrowed"]
    _, witness = programs_needed(bug)
    block = TEXT.partition("```text\n")[2].partition("```")[0]
    assert block == witness + "\n"


def test_the_hostile_guests_that_it_names_are_there() -> None:
    tries = " ".join(hostile.tries for hostile in HOSTILES)
    for words in (
        "map the monitor's frames",
        "every CSR that there could be",
        "spin with",
        "exhaust",
    ):
        assert words in tries
        assert words.split(maxsplit=1)[0] in TEXT
