"""Unmodified firmware boots to its prompt and takes commands, as it does on QEMU.

Debian's OpenSBI and U-Boot are fetched into the cache; where that is impossible, these are
skipped with the reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import vmlab
from vmlab.core.errors import Unsupported
from vmlab.guests.firmware import Firmware, fetch
from vmlab.session import Session
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

MOST_INSNS = 60_000_000
PROMPT = "=> $"
COMMANDS = (b"version\n", b"bdinfo\n", b"mtest 0x80800000 0x80801000 0 1\n")
QEMU_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def firmware() -> Firmware:
    try:
        return fetch()
    except Unsupported as reason:
        pytest.skip(str(reason))


def options(firmware: Firmware, way: str) -> dict[str, Path]:
    """What is started by what."""
    bios = {
        "M": firmware.uboot_m,
        "jump": firmware.opensbi_jump,
        "dynamic": firmware.opensbi_dynamic,
    }[way]
    return {"bios": bios} if way == "M" else {"bios": bios, "kernel": firmware.uboot_s}


def wait(session: Session, pattern: str) -> None:
    stop = session.run(until=Until.console(pattern), limit=MOST_INSNS)
    assert stop.reason is Reason.CONSOLE, (stop, session.console[-500:])


def talk(session: Session) -> str:
    """Stop the countdown, type the commands, and return all that was printed."""
    wait(session, "Hit any key")
    session.send(b" ")
    wait(session, PROMPT)
    for command in COMMANDS:
        session.send(command)
        wait(session, PROMPT)
    return bytes(session.console).decode()


@pytest.mark.parametrize("way", ["M", "jump", "dynamic"])
def test_u_boot_reaches_its_prompt_and_answers(firmware: Firmware, way: str) -> None:
    session = vmlab.open(ram="64M", **options(firmware, way))
    started = time.perf_counter()
    printed = talk(session)
    took = time.perf_counter() - started
    print(f"{way}: {session.position:,} instructions, {took:.1f} s")
    assert "Model: vmlab,virt" in printed
    assert printed.count("U-Boot 20") == 2, "the banner and `version`"
    assert "-> size     = 0x0000000004000000" in printed
    assert ("Next Address      : 0x0000000080200000" in printed) == (way != "M")


class Qemu:
    """The same firmware on QEMU's machine, typed to as a person would."""

    def __init__(self, chosen: dict[str, Path]) -> None:
        path = shutil.which("qemu-system-riscv64")
        if path is None:
            pytest.skip("qemu-system-riscv64 is not installed")
        command = [path, "-M", "virt", "-m", "64M", "-display", "none", "-serial", "stdio"]
        command += [part for name, file in chosen.items() for part in (f"-{name}", str(file))]
        self.process = subprocess.Popen(
            [*command, "-monitor", "none", "-net", "none"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.printed = ""

    def wait(self, pattern: str) -> None:
        assert self.process.stdout is not None
        start, deadline = len(self.printed), time.monotonic() + QEMU_TIMEOUT_S
        while not re.search(pattern, self.printed[start:]):
            assert time.monotonic() < deadline, self.printed[-500:]
            self.printed += (self.process.stdout.read() or b"").decode()
            time.sleep(0.02)

    def send(self, typed: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(typed)
        self.process.stdin.flush()

    def talk(self) -> str:
        try:
            self.wait("Hit any key")
            self.send(b" ")
            self.wait(PROMPT)
            for command in COMMANDS:
                self.send(command)
                self.wait(PROMPT)
        finally:
            self.process.kill()
            self.process.communicate()
        return self.printed


def answers(printed: str) -> list[str]:
    """What the console shows from the first prompt on. Numbers differ with the board, and lines
    about its network, flash and reservations; the rest is the firmware's own."""
    shown = printed.replace("\r", "")
    lines = re.sub(r"0x[0-9a-f]+", "#", shown[shown.index("=> ") :]).splitlines()
    board = ("eth", "current eth", "IP addr", "flash", " reserved")
    return [line for line in lines if not line.startswith(board)]


@pytest.mark.parametrize("way", ["M", "jump"])
def test_u_boot_answers_as_on_qemu(firmware: Firmware, way: str) -> None:
    chosen = options(firmware, way)
    assert answers(talk(vmlab.open(ram="64M", **chosen))) == answers(Qemu(chosen).talk())
