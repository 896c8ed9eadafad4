"""U-Boot for S, unmodified, as a virtual machine under each technique that runs native guests: it
reaches its prompt, answers, and prints the very bytes that it prints on the bare machine."""

from __future__ import annotations

from functools import cache

import pytest

from vmlab.core.errors import Unsupported
from vmlab.core.units import MIB
from vmlab.guests.firmware import fetch
from vmlab.vmm.common.payloads import raw_kernel
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.techniques import TECHNIQUES, Profile, Verdict

NATIVE = [
    name
    for name, row in TECHNIQUES.items()
    if row.profiles & {Profile.NATIVE, Profile.NATIVE_FLAT} and name != "bare"
]
STEP_INSNS = 200_000
MOST_INSNS = 60_000_000
TALK = ((b"Hit any key", b" "), (b"=> ", b"version\n"), (b"=> ", b"bdinfo\n"), (b"=> ", b""))


@cache
def uboot() -> bytes:
    try:
        return fetch().uboot_s.read_bytes()
    except Unsupported as reason:
        pytest.skip(str(reason))


def started(technique: str) -> Subject:
    payload = raw_kernel("u-boot", uboot())
    return TECHNIQUES[technique].alone(guest_platform(64 * MIB), payload)


def talk(subject: Subject) -> bytes:
    """Stop the countdown, ask two questions, and return all that was printed."""
    seen = 0
    for wanted, answer in TALK:
        while wanted not in subject.output[seen:]:
            assert subject.runnable and subject.hart.retired < MOST_INSNS, subject.output[-300:]
            subject.run(STEP_INSNS)
        seen = len(subject.output)
        if answer:
            subject.type(answer)
    subject.settle()
    return bytes(subject.output)


@pytest.fixture(scope="module")
def bare() -> tuple[bytes, str]:
    subject = started("bare")
    return talk(subject), subject.machine.state_hash()


@pytest.mark.parametrize("technique", NATIVE)
def test_u_boot_reaches_its_prompt_and_answers_as_on_the_bare_machine(
    technique: str, bare: tuple[bytes, str]
) -> None:
    subject = started(technique)
    printed = talk(subject)
    assert printed == bare[0]
    assert subject.machine.state_hash() == bare[1]
    assert printed.count(b"U-Boot 20") == 2, "the banner and `version`"
    assert b"-> size     = 0x0000000004000000" in printed
    efficient = TECHNIQUES[technique].promise.efficiency is Verdict.HOLDS
    assert (subject.counters.direct_fraction > 0.95) == efficient
