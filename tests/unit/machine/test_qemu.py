"""The drivers of `guests` on a machine that nobody here wrote: QEMU's `virt`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.machine import guests
from tests.unit.machine.test_rtc import ALARM
from tests.unit.programs import PASS, elf

TIMEOUT_S = 60
BUS = "bus=virtio-mmio-bus."


def run(folder: Path, source: str, *options: str, typed: bytes = b"") -> tuple[int, bytes]:
    """A program's status and what it printed on the UART."""
    path = shutil.which("qemu-system-riscv64")
    if path is None:
        pytest.skip("qemu-system-riscv64 is not installed")
    image = folder / "guest.elf"
    image.write_bytes(elf(source))
    command = [
        path, "-M", "virt", "-m", "16M", "-display", "none", "-monitor", "none", "-no-reboot",
        "-global", "virtio-mmio.force-legacy=false", *options, "-bios", str(image),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, input=typed, timeout=TIMEOUT_S, check=False)
    assert done.stderr == b""
    return done.returncode, done.stdout


def test_the_disk_driver_copies_a_sector(tmp_path: Path) -> None:
    image = b"".join(bytes([number]) * 512 for number in range(8))
    disk = tmp_path / "disk"
    disk.write_bytes(image)
    drive = f"file={disk},format=raw,if=none,id=disk"
    device = f"virtio-blk-device,drive=disk,{BUS}0"
    status, _ = run(tmp_path, guests.DISK, "-drive", drive, "-device", device)
    assert status == 0 and disk.read_bytes() == image[1024:1536] + image[512:]


def test_the_entropy_driver_gets_its_bytes(tmp_path: Path) -> None:
    assert run(tmp_path, guests.RANDOM, "-device", f"virtio-rng-device,{BUS}2")[0] == 0


@pytest.mark.parametrize("listens", [False, True])
def test_the_console_driver_prints_and_listens(tmp_path: Path, listens: bool) -> None:
    source = guests.LISTEN if listens else guests.PRINT
    status, printed = run(
        tmp_path,
        source,
        *("-chardev", "stdio,id=terminal", "-device", f"virtio-serial-device,{BUS}1"),
        *("-device", "virtconsole,chardev=terminal", "-serial", "none"),
        typed=b"abcd" if listens else b"",
    )
    assert (status, printed) == (0, b"" if listens else b"virtio")


def test_typing_interrupts_s_through_the_plic(tmp_path: Path) -> None:
    text = b"a line that is longer than the FIFO holds, q"
    status, printed = run(tmp_path, guests.TYPING, "-serial", "stdio", typed=text)
    # Turning the FIFO on empties it, and QEMU's terminal may have been faster than the guest.
    assert status == 0 and printed in (text, text[1:])


def test_the_alarm_rings(tmp_path: Path) -> None:
    assert run(tmp_path, ALARM + PASS, "-serial", "stdio")[0] == 0


def test_the_finisher_resets(tmp_path: Path) -> None:
    assert run(tmp_path, guests.REBOOT, "-serial", "stdio") == (0, b"1")
