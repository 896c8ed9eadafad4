"""How blocks are arranged for a language that has loops and blocks to leave, and no jumps.

Every block stands inside the block that dominates it (all ways to it lead through that one), so it
may be reached by leaving what stands around (Ramsey, Beyond Relooper, ICFP 2022). A jump back to a
block that dominates its source goes round a loop. Any other jump back, and every entry, goes
through the dispatcher: the root of the tree, which chooses among the blocks that have labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.pieces import Pieces, at_once

Graph = Sequence[Sequence[int]]
ROOT: Final = -1


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Nodes are numbers from 0; ROOT is the dispatcher."""

    labels: tuple[int, ...]
    """Nodes that the dispatcher chooses from: those asked for, and targets of other jumps back."""
    place: dict[int, int]
    """Where a node stands in reverse postorder: forward edges lead to larger places."""
    headers: frozenset[int]
    """Nodes that a loop begins with."""
    within: dict[int, list[int]]
    """Nodes that a node dominates at once and that are reached in more than one way: each ends a
    block, the one that encloses the others first."""
    merges: frozenset[int]
    """All of these."""
    rounds: frozenset[tuple[int, int]]
    """Edges back to a header: (source, header)."""
    again: bool
    """Whether anything jumps back to the dispatcher."""
    depth: dict[int, int]
    """How many loops a node is in."""

    def goes_back(self, source: int, target: int) -> bool:
        """Whether the edge leads backwards: round a loop if it is one of `rounds`, else to the
        dispatcher."""
        return self.place[target] <= self.place[source]


class _Tree:
    """Places and dominators for one choice of labels."""

    def __init__(self, graph: Graph, labels: Iterable[int]) -> None:
        self.graph = graph
        self.labels = sorted(labels)
        self.order = self._reverse_postorder()
        self.place = {node: at for at, node in enumerate(self.order)}
        self.sources: dict[int, list[int]] = {node: [] for node in self.order}
        for node in self.order:
            for target in self.targets(node):
                self.sources[target].append(node)
        self.above = self._dominators()

    def targets(self, node: int) -> Sequence[int]:
        return self.labels if node == ROOT else self.graph[node]

    def _reverse_postorder(self) -> list[int]:
        """Last targets first, so that the order is that of the numbers where it may be."""
        seen, order = {ROOT}, []
        stack = [(ROOT, sorted(self.targets(ROOT)))]
        while stack:
            node, rest = stack[-1]
            if not rest:
                order.append(node)
                stack.pop()
                continue
            target = rest.pop()
            if target not in seen:
                seen.add(target)
                stack.append((target, sorted(self.targets(target))))
        return order[::-1]

    def _dominators(self) -> dict[int, int]:
        """The immediate dominator of each node (Cooper, Harvey and Kennedy, 2001)."""
        place = self.place
        above = {ROOT: ROOT}
        changed = True
        while changed:
            changed = False
            for node in self.order[1:]:
                best: int | None = None
                for source in self.sources[node]:
                    if source not in above:
                        continue
                    if best is None:
                        best = source
                        continue
                    other = source
                    while best != other:
                        while place[other] > place[best]:
                            other = above[other]
                        while place[best] > place[other]:
                            best = above[best]
                assert best is not None
                if above.get(node) != best:
                    above[node] = best
                    changed = True
        return above

    def dominates(self, node: int, other: int) -> bool:
        place = self.place
        while place[other] > place[node]:
            other = self.above[other]
        return other == node

    def back_edges(self) -> list[tuple[int, int]]:
        return [
            (node, target)
            for node in self.order[1:]
            for target in self.graph[node]
            if self.place[target] <= self.place[node]
        ]


def arrange(graph: Graph, labels: Iterable[int], dispatched: bool = False) -> Arrangement:
    """Arrange the nodes that are reached from the labels. `dispatched` says that nodes jump back to
    the dispatcher besides the edges of the graph."""
    return at_once(arranging(graph, labels, dispatched))


def arranging(graph: Graph, labels: Iterable[int], dispatched: bool = False) -> Pieces[Arrangement]:
    """`arrange` in pieces."""
    wanted = set(labels)
    while True:
        tree = _Tree(graph, wanted)
        yield
        back = tree.back_edges()
        wild = {target for node, target in back if not tree.dominates(target, node)}
        if wild <= wanted:
            break
        wanted |= wild
    rounds = frozenset(edge for edge in back if tree.dominates(edge[1], edge[0]))
    headers = frozenset(target for _, target in rounds)
    yield
    merges = frozenset(
        node
        for node in tree.order[1:]
        if node in wanted
        or sum(tree.place[source] < tree.place[node] for source in tree.sources[node]) > 1
    )
    within: dict[int, list[int]] = {node: [] for node in tree.order}
    for node in reversed(tree.order[1:]):
        if node in merges:
            within[tree.above[node]].append(node)
    yield
    depth = yield from _depths(tree, rounds)
    return Arrangement(
        labels=tuple(tree.labels),
        place=tree.place,
        headers=headers,
        within=within,
        merges=merges,
        rounds=rounds,
        again=dispatched or bool(wild),
        depth=depth,
    )


def _depths(tree: _Tree, back: Iterable[tuple[int, int]]) -> Pieces[dict[int, int]]:
    """How many natural loops each node is in."""
    bodies: dict[int, set[int]] = {}
    for node, header in back:
        body = bodies.setdefault(header, {header})
        todo = [node]
        while todo:
            one = todo.pop()
            if one not in body:
                body.add(one)
                todo += tree.sources[one]
        yield
    depths = dict.fromkeys(tree.order, 0)
    for body in bodies.values():
        for node in body:
            depths[node] += 1
    return depths
