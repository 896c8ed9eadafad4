"""Debian's U-Boot for S, unmodified, under a hypervisor of our own instead of OpenSBI."""

from __future__ import annotations

import pytest

import vmlab
from vmlab.core.errors import Unsupported
from vmlab.guests.firmware import Firmware, fetch
from vmlab.isa.causes import STORE_GUEST_PAGE_FAULT
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

MOST_INSNS = 30_000_000


@pytest.fixture(scope="module")
def firmware() -> Firmware:
    try:
        return fetch()
    except Unsupported as reason:
        pytest.skip(str(reason))


def test_u_boot_reaches_its_prompt_in_vs_and_answers(firmware: Firmware) -> None:
    session = vmlab.open("capstone", kernel=firmware.uboot_s, ram="64M")
    for pattern, typed in (("Hit any key", b" "), ("=> $", b"version\n"), ("=> $", b"")):
        stop = session.run(until=Until.console(pattern), limit=MOST_INSNS)
        assert stop.reason is Reason.CONSOLE, (stop, session.console[-500:])
        session.send(typed)
    assert b"DRAM:  32 MiB" in session.console
    assert b"Debian" in session.console.rpartition(b"version")[2]
    # It prints through the UART itself: each byte is an exit.
    assert session.trap_counts[f"VS.{STORE_GUEST_PAGE_FAULT}"] > len(session.console)
