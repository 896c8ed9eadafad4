"""The device tree that a guest gets: read back, and accepted by the real compiler."""

from __future__ import annotations

import shutil
import subprocess

import fdt
import pytest

from vmlab.core.units import MIB
from vmlab.machine.platform import Machine, Platform


def tree() -> bytes:
    return Machine(Platform(ram_bytes=16 * MIB)).device_tree()


def test_it_says_where_everything_is() -> None:
    parsed = fdt.parse_dtb(tree())
    assert parsed.get_property("reg", "/memory@80000000").data == [0, 0x8000_0000, 0, 16 * MIB]
    assert parsed.get_property("compatible", "/soc/serial@10000000").value == "ns16550a"
    assert parsed.get_property("stdout-path", "/chosen").value == "/soc/serial@10000000"
    assert parsed.get_property("riscv,isa", "/cpus/cpu@0").value.startswith("rv64im")
    assert parsed.get_property("mmu-type", "/cpus/cpu@0").value == "riscv,sv57"


def test_dtc_accepts_it(tmp_path: object) -> None:
    dtc = shutil.which("dtc")
    if dtc is None:
        pytest.skip("the device-tree compiler (dtc) is not installed")
    done = subprocess.run([dtc, "-I", "dtb", "-O", "dts", "-"], input=tree(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert b"ns16550a" in done.stdout
