"""Shapes: reproduced only where the counts say so, and never asked of what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.once import made_once
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.compare.measure import Cost, cost, longest_walk, sensitive_on_path
from vmlab.vmm.compare.papers import ADAMS_AGESEN, PAPERS, XEN, figure
from vmlab.vmm.compare.shapes import SHAPES, Asked, Shape, judge
from vmlab.vmm.techniques import TECHNIQUES

BY_ID = {shape.id: shape for shape in SHAPES}
BUILT = [shape for shape in SHAPES if set(shape.techniques) <= set(TECHNIQUES)]


def measured() -> Asked:
    """Everything that the built shapes need, and nothing else: it takes long."""
    pairs = {
        (row, name) for shape in BUILT for row in shape.techniques for name in shape.benchmarks
    }
    costs = {(row, name): cost(TECHNIQUES[row], name) for row, name in pairs}
    walks = {name: longest_walk(row) for name, row in TECHNIQUES.items()}
    sensitive = {name: sensitive_on_path(name) for name in {name for _, name in pairs}}
    return Asked(costs, sensitive, walks)


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The same, measured by one worker for all."""
    return made_once(tmp_path_factory, "shapes", lambda _: measured())


@pytest.mark.parametrize("shape", BUILT, ids=lambda shape: shape.id)
def test_what_is_built_reproduces_its_shapes(shape: Shape, asked: Asked) -> None:
    verdict = judge(shape, asked)
    assert verdict.reproduced is True, verdict.reason


@pytest.mark.parametrize("shape", BUILT, ids=lambda shape: shape.id)
def test_each_shape_can_fail(shape: Shape, asked: Asked) -> None:
    """Each check refuses some counts: here every operation exits a thousand times, interpreted,
    by the longest walk that no format has."""
    wild = Counters(emulated_insns=1000, host_ops=1)
    wild.exits[Reason.DEVICE] = 1000
    tame = Counters(direct_insns=1)
    bad = {
        (name, benchmark): Cost(benchmark, name, 1, tame if name in ("bare", "interpret") else wild)
        for name, benchmark in asked.costs
    }
    wrong = replace(asked, costs=bad, walks=dict.fromkeys(asked.walks, 99))
    if shape.id == "disco.short":
        longer = replace(bad["bare", "syscall"], counters=Counters(direct_insns=10**9))
        wrong = replace(wrong, costs={**bad, ("bare", "syscall"): longer})
    assert judge(shape, wrong).reproduced is False


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
def test_what_is_not_built_is_not_judged(shape: Shape) -> None:
    verdict = judge(shape, Asked({}, {}, {}))
    assert verdict.reproduced is None
    unbuilt = set(shape.techniques) - set(TECHNIQUES)
    assert verdict.reason.startswith("not built" if unbuilt else "not compared")


def test_shapes_have_names_of_their_own_and_a_source() -> None:
    assert len(BY_ID) == len(SHAPES)
    assert all(shape.source and shape.says and shape.techniques for shape in SHAPES)


def test_the_papers_are_told_as_the_facts_have_them() -> None:
    assert figure(ADAMS_AGESEN, "ptemod", "hardware") / figure(
        ADAMS_AGESEN, "ptemod", "software"
    ) == pytest.approx(32.6, abs=0.1), "20 to 40: the shape that the paper is remembered for"
    assert figure(XEN, "fork", "paravirtual") / figure(XEN, "fork", "native") == pytest.approx(1.8)
    for paper in PAPERS:
        for row in paper.rows:
            assert [name for name, _ in row.figures] == list(paper.columns)
