"""Debian's OpenSBI answers the calls of the SBI as ours do, but for a table."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.vmm.common.sbi_calls import Answer, answers, program, wrong
from vmlab.core.errors import Unsupported
from vmlab.guests.firmware import fetch
from vmlab.session.snapshot import Reason
from vmlab.vmm.common import sbi

MOST_INSNS = 20_000_000
DIFFERENT = {
    f"{sbi.IPI:x}.0(2,0)": "a hart that is not there is passed over without a word",
    f"{sbi.IPI:x}.0(1,1)": "the same",
    f"{sbi.IPI:x}.0(3,0)": "the same, and the one that is there gets its interrupt",
    f"{sbi.RFENCE:x}.0(2,0,0,ffffffffffffffff,0)": "as for interrupts",
    f"{sbi.RFENCE:x}.1(2,0,0,ffffffffffffffff,0)": "as for interrupts",
    f"{sbi.RFENCE:x}.2(2,0,0,ffffffffffffffff,0)": "as for interrupts",
}
"""Where OpenSBI 1.1 does not do what the specification says; later ones may have mended it."""


def test_opensbi_answers_as_ours_do() -> None:
    try:
        bios = fetch().opensbi_jump
    except Unsupported as reason:
        pytest.skip(str(reason))
    session = vmlab.open(ram="64M", bios=bios, kernel=program())
    assert session.run(limit=MOST_INSNS).reason is Reason.PASSED
    odd: dict[str, Answer] = wrong(answers(session.machine.read))
    assert {name.split(": ")[1] for name in odd} <= set(DIFFERENT)
