"""`--trace`: the timeline of a run, in either form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from tests.unit.trace.test_timeline import traced
from vmlab.session import open


@pytest.mark.parametrize("name", ["tour.json", "tour.perfetto-trace"])
def test_the_command_writes_either_form(vmlab: Vmlab, tmp_path: Path, name: str) -> None:
    done = vmlab("run", "tour", "--trace", name)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).read_bytes() == traced(open("tour"), name)


def test_a_place_that_cannot_be_written_is_refused_before_the_run(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour", "--trace", "no/such/folder.json")
    assert done.returncode == 2 and b"no such folder" in done.stderr
    assert not done.stdout
