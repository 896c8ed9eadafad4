"""Exercise E03: the classifier of instructions."""

from __future__ import annotations

from tests.lessons.common import Checks
from vmlab.course.harness.classify import subjects
from vmlab.vmm.popek_goldberg.models.toy import toy


class TestClassify(Checks):
    slug = "classify"
    terms = frozenset({"base", "bound"} | {row.name for row in toy.subject(1).rows})
    seeds = (1, 2, 3)
    mutant_seeds = (1, 2)


def test_every_seed_asks_for_each_kind_of_verdict() -> None:
    for seed in range(20):
        found = [subject.truth for subject in subjects(seed)]
        for holds in (
            [one.privileged for one in found],
            [one.control is not None for one in found],
            [one.mode is not None for one in found],
            [one.location is not None for one in found],
            [one.innocuous for one in found],
        ):
            assert any(holds) and not all(holds), seed
