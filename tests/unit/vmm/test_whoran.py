"""Who ran: bands without gaps, the same guest under every technique, and a monitor in between."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from vmlab.vmm.common import bands
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.common.whoran import Band, Owner, WhoRan
from vmlab.vmm.techniques import TECHNIQUES, Profile

RAM_BYTES = 8 << 20
NATIVE = [name for name, row in TECHNIQUES.items() if Profile.NATIVE in row.profiles]
MOST = 10_000_000


def ran(name: str) -> tuple[Subject, tuple[Band, ...]]:
    payload = payload_of("nano", append="sys 3", ram_bytes=RAM_BYTES)
    subject = TECHNIQUES[name].alone(guest_platform(RAM_BYTES), payload)
    who = WhoRan(subject)
    subject.run(MOST)
    return subject, who.bands()


def insns(bands: tuple[Band, ...]) -> Counter[Owner]:
    total: Counter[Owner] = Counter()
    for band in bands:
        total[band.owner] += band.insns
    return total


@pytest.mark.parametrize("name", NATIVE)
def test_bands_follow_each_other_from_the_beginning_to_now(name: str) -> None:
    subject, bands = ran(name)
    assert bands[0].first == 0
    assert all(left.first + left.insns == right.first for left, right in pairwise(bands))
    assert bands[-1].first + bands[-1].insns == subject.hart.retired


@pytest.mark.parametrize("name", NATIVE)
def test_the_users_share_is_the_same_under_every_technique(name: str) -> None:
    assert insns(ran(name)[1])[Owner.USER] == insns(ran("bare")[1])[Owner.USER]


@pytest.mark.parametrize("name", NATIVE)
def test_every_exit_is_a_band_of_the_monitors(name: str) -> None:
    subject, bands = ran(name)
    found = Counter(band.reason for band in bands if band.owner is Owner.MONITOR)
    assert found == subject.counters.exits
    emulated = insns(bands)[Owner.MONITOR]
    assert emulated == (0 if name == "interpret" else subject.counters.emulated_insns)


def test_the_real_mode_is_told_beside_the_believed_one() -> None:
    real = {
        name: {band.real for band in ran(name)[1] if band.owner is Owner.KERNEL}
        for name in ("bare", "trap_emulate", "hwassist")
    }
    assert real == {"bare": {"S"}, "trap_emulate": {"U"}, "hwassist": {"VS"}}


def test_the_oldest_bands_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ran("trap_emulate")[1]
    monkeypatch.setattr(bands, "MOST_BANDS", 64)
    payload = payload_of("nano", append="sys 3", ram_bytes=RAM_BYTES)
    subject = TECHNIQUES["trap_emulate"].alone(guest_platform(RAM_BYTES), payload)
    who = WhoRan(subject)
    subject.run(MOST)
    assert len(who.bands()) <= 65
    assert who.bands() == whole[-len(who.bands()) :]
    assert who.dropped == len(whole) - len(who.bands())
