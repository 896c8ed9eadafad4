"""The device tree that a guest gets: read back, and accepted by the real compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

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


def test_dtc_accepts_it() -> None:
    dtc = shutil.which("dtc")
    if dtc is None:
        pytest.skip("the device-tree compiler (dtc) is not installed")
    done = subprocess.run([dtc, "-I", "dtb", "-O", "dts", "-"], input=tree(), capture_output=True)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert b"ns16550a" in done.stdout


def test_interrupts_lead_to_the_plic_and_from_there_to_the_hart() -> None:
    parsed = fdt.parse_dtb(tree())
    plic = parsed.get_property("phandle", "/soc/plic@c000000").value
    cpu = parsed.get_property("phandle", "/cpus/cpu@0/interrupt-controller").value
    assert parsed.get_property("interrupts-extended", "/soc/plic@c000000").data == [cpu, 11, cpu, 9]
    for at in range(8):
        node = f"/soc/virtio_mmio@{0x10001000 + 0x1000 * at:x}"
        assert parsed.get_property("interrupts", node).value == at + 1
        assert parsed.get_property("interrupt-parent", node).value == plic
    finisher = parsed.get_property("phandle", "/soc/test@100000").value
    assert parsed.get_property("regmap", "/poweroff").value == finisher
    assert parsed.get_property("value", "/reboot").value == 0x7777


SAME = ("compatible", "reg", "interrupts", "#interrupt-cells", "interrupt-controller")
"""Not `riscv,ndev`: QEMU 7.2 counts source 0, which does not exist."""


def test_every_device_is_what_and_where_qemu_has_it(tmp_path: Path) -> None:
    qemu = shutil.which("qemu-system-riscv64")
    if qemu is None:
        pytest.skip("qemu-system-riscv64 is not installed")
    file = tmp_path / "qemu.dtb"
    command = [qemu, "-M", f"virt,dumpdtb={file}", "-m", "16M", "-nographic"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    theirs, ours = fdt.parse_dtb(file.read_bytes()), fdt.parse_dtb(tree())
    for node in ours.get_node("/soc").nodes:
        path = f"/soc/{node.name}"
        assert theirs.exist_node(path), path
        for name in SAME:
            found = theirs.exist_property(name, path) and theirs.get_property(name, path)
            given = ours.exist_property(name, path) and ours.get_property(name, path)
            assert found == given, f"{path} {name}"
