"""Blocks in every arrangement: whatever leads where, they run in the order of T0."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from tests.conftest import LONG
from tests.unit.derive.t2.stage import CODE_AT, Stage, page_of, play, region_of
from vmlab.derive.t2.structure import ROOT, arrange

CASES: Final = 300 if LONG else 30
_NEXT: Final = """
    slli a0, a0, 1
    addi a0, a0, {number}
    mul s2, s2, s3
    addi s2, s2, 1
    srli t0, s2, 40
    andi t0, t0, {mask}
"""
"""a0 remembers the way; s2 is a row of random numbers."""


def _source(rng: Random, count: int, indirect: float) -> str:
    """Blocks that lead to each other at random; some by an address in a register."""
    lines: list[str] = []
    for number in range(count):
        lines.append(f"b{number}:" + _NEXT.format(number=number, mask=rng.choice((1, 3, 7))))
        far, near = rng.randrange(count), max(0, min(count - 1, number + rng.randrange(-3, 4)))
        kind = rng.random()
        if kind < indirect:
            lines.append(f"la t1, b{far}\njr t1")
        elif kind < indirect + 0.1:
            lines.append(f"jal ra, b{far}")
        else:
            lines.append(f"beqz t0, b{rng.choice((far, near))}")
            if rng.random() < 0.3:
                lines.append(f"j b{near}")
    lines.append("j b0")
    return "\n".join(lines)


@pytest.mark.parametrize("case", range(CASES))
def test_random_graphs_are_walked_as_t0_walks_them(case: int) -> None:
    rng = Random(f"graphs {case}")
    source = _source(rng, rng.choice((2, 3, 5, 12, 40)), rng.choice((0, 0, 0.2)))
    page = page_of(source)
    stage = Stage(rng)
    used = len(page.rstrip(b"\0"))
    entries = [0, *(rng.randrange(0, used, 4) for _ in range(rng.choice((0, 0, 2, 10))))]
    stage.show(page, region_of(page, entries))
    for _ in range(20):
        registers = [rng.getrandbits(64) | 1 for _ in range(31)]
        registers[0] = CODE_AT + rng.randrange(0, used, 4)
        stage.set(registers, b"")
        play(stage, rng.choice((0, 1, 10, 100, 1000)))


def _reaches(graph: list[list[int]], start: set[int], without: int) -> set[int]:
    found: set[int] = set()
    todo = [node for node in start if node != without]
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += [target for target in graph[node] if target != without]
    return found


@pytest.mark.parametrize("case", range(CASES))
def test_loops_and_merges_are_what_they_should_be(case: int) -> None:
    """Against dominance by its definition: without the one, the other is not reached."""
    rng = Random(f"arrangements {case}")
    count = rng.randrange(1, 30)
    graph = [rng.sample(range(count), min(count, rng.randrange(3))) for _ in range(count)]
    asked = set(rng.sample(range(count), rng.randrange(1, min(count, 4) + 1)))
    found = arrange(graph, asked)
    labels = set(found.labels)
    reached = _reaches(graph, labels, ROOT)
    assert asked <= labels <= reached == set(found.place) - {ROOT}
    assert (labels != asked) <= found.again
    for node in reached:
        for target in graph[node]:
            if not found.goes_back(node, target):
                continue
            dominated = target == node or node not in _reaches(graph, labels, target)
            assert ((node, target) in found.rounds) == dominated
            assert dominated or target in labels
    for node, inside in found.within.items():
        for merge in inside:
            others = _reaches(graph, labels, node) if node != ROOT else set()
            assert merge not in others, "it is reached without the block around it"
        places = [found.place[merge] for merge in inside]
        assert places == sorted(places, reverse=True)
