"""The function of a region: its blocks, arranged for WebAssembly, between entry and exit.

    registers from the arena
    block exit
      block slow                an instruction has ended the region
        block again             T1 runs an access that its tables do not know
          block short           too few instructions are left
            block go            T1 goes on at an address of the page
              loop dispatch     choose a block by its label
                ...
    registers to the arena

Instructions are counted a block at a time, before they run. At the beginning of a loop and of a
block that has a label the region looks whether there are enough left to get to the next such place;
so it never runs past the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from vmlab.core.pieces import Pieces, at_once
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.t2.blocks import Run
from vmlab.derive.t2.facts import REGION, How, Made
from vmlab.derive.t2.instruction import BACK_AT, OFFSET_MASK, SIZE_AT, SitePrinter
from vmlab.derive.t2.structure import ROOT, Arrangement
from vmlab.derive.wasm.functions import Surroundings
from vmlab.derive.wasm.module import Function, Local
from vmlab.derive.wasm.opcodes import Instr, Type
from vmlab.isa.state import X

_PARAMS: Final = (
    Local("pc", Type.I64),
    Local("left", Type.I32),
    Local("table", Type.I32),
    Local("label", Type.I32),
)
_RESULTS: Final = (Type.I64, Type.I32, Type.I32)
BY_ADDRESS: Final = -1
"""The label that stands for: find the block by `pc`."""
_MOST_IN_A_ROW: Final = 3
"""So many addresses are compared one after another; of more, half are left out first."""
_AT_A_TIME: Final = 8
"""Instructions of a block that are printed with no pause."""
_SIZE_MASK: Final = (1 << BACK_AT - SIZE_AT) - 1

Task = Callable[[], "Tasks"]
Tasks = list[Task]
"""What is still to be printed, in order."""


class RegionPrinter(SitePrinter):
    """Prints the region of these blocks. `needs` says how many instructions run from a block to the
    next place where it is looked how many are left."""

    def __init__(
        self,
        runs: Sequence[Run],
        arrangement: Arrangement,
        indirect: Collection[int],
        needs: Mapping[int, int],
        used: tuple[Sequence[int], Sequence[int]],
        around: Surroundings,
    ) -> None:
        reads, self.writes = used
        function = Function(REGION, _PARAMS, _RESULTS)
        super().__init__(function, reads, around)
        self.runs = runs
        self.arrangement = arrangement
        self.indirect = indirect
        self.needs = needs
        self.node = {run.offset: at for at, run in enumerate(runs)}
        self.label = {node: at for at, node in enumerate(arrangement.labels)}
        self.blocks: dict[int, int] = {}
        """Depth of the block that ends where a node begins."""
        self.heads: dict[int, int] = {}
        """Depth of the loop that begins with a node."""
        self.made: list[Made] = []

    def print(self) -> Function:
        """The region's function."""
        return at_once(self.printing())

    def printing(self) -> Pieces[Function]:
        """`print` in pieces of some instructions."""
        self._enter()
        for exit_ in ("exit", "slow", "again", "short", "go"):
            self.emit("block")
            self.exits[exit_] = self.depth
        yield from self._tree()
        self._leave()
        return self.function

    # Entry and exits -----------------------------------------------------------------------------

    def _enter(self) -> None:
        self.emit("local.get", self.params["pc"])
        self.emit("i64.const", -PAGE_SIZE_BYTES)
        self.emit("i64.and")
        self.emit("local.set", self.base)
        for number, local in self.registers.items():
            self.emit("i32.const", 0)
            self.emit("i64.load", self._register_at(number))
            self.emit("local.set", local)

    def _register_at(self, number: int) -> int:
        return self.around.arena_base_bytes + X.offset_bytes + 8 * number

    def _leave(self) -> None:
        self.emit("end")  # go
        self._pc_at_site()
        self.leave("exit")
        self.emit("end")  # short
        self._pc_at_site()
        self.emit("i32.const", How.ALONE)
        self.emit("i32.const", How.GO)  # at the very end of a run T1 looks at nothing more
        self.emit("local.get", self.params["left"])
        self.emit("select")
        self.emit("local.set", self.how)
        self.leave("exit")
        self.emit("end")  # again
        self._give_back(1)
        self._pc_in_site()
        self.emit("i32.const", How.ALONE)
        self.emit("local.set", self.how)
        self.leave("exit")
        self.emit("end")  # slow
        self._leave_slow()
        self.emit("end")  # exit
        for number in self.writes:
            self.emit("i32.const", 0)
            self.emit("local.get", self.registers[number])
            self.emit("i64.store", self._register_at(number))
        for local in (self.params["pc"], self.params["left"], self.how):
            self.emit("local.get", local)

    def _pc_at_site(self) -> None:
        self.emit("local.get", self.base)
        self.emit("local.get", self.site)
        self.emit("i64.extend_i32_s")
        self.emit("i64.add")
        self.emit("local.set", self.params["pc"])

    def _leave_slow(self) -> None:
        """pc is the instruction that has trapped, or the next; what has not run is given back."""
        self._give_back(0)
        self.emit("local.get", self.how)
        self.emit("i32.const", 1)
        self.emit("i32.and")
        self.emit("if")
        self.emit("i32.const", How.TRAP)
        self.emit("local.set", self.how)
        self.emit("else")
        self.emit("i32.const", How.ATTEND)
        self.emit("local.set", self.how)
        self.emit("local.get", self.base)
        self.emit("local.get", self.site)
        self.emit("i32.const", SIZE_AT)
        self.emit("i32.shr_u")
        self.emit("i32.const", _SIZE_MASK)
        self.emit("i32.and")
        self.emit("i64.extend_i32_u")
        self.emit("i64.add")
        self.emit("local.set", self.base)
        self.emit("end")
        self._pc_in_site()

    def _give_back(self, more: int) -> None:
        """What `site` says has not run, and so many more."""
        self.emit("local.get", self.params["left"])
        self.emit("local.get", self.site)
        self.emit("i32.const", BACK_AT)
        self.emit("i32.shr_u")
        self.emit("i32.add")
        if more:
            self.emit("i32.const", more)
            self.emit("i32.add")
        self.emit("local.set", self.params["left"])

    def _pc_in_site(self) -> None:
        self.emit("local.get", self.base)
        self.emit("local.get", self.site)
        self.emit("i32.const", OFFSET_MASK)
        self.emit("i32.and")
        self.emit("i64.extend_i32_u")
        self.emit("i64.add")
        self.emit("local.set", self.params["pc"])

    # The tree of blocks --------------------------------------------------------------------------

    def _tree(self) -> Pieces[None]:
        """Print the tree from the root. What is still to be done is a list, not a chain of calls:
        the tree may be as deep as it likes."""
        todo: list[Task] = [partial(self._open, self._start())]
        while todo:
            todo += reversed(todo.pop()())
            yield

    def _start(self) -> int:
        labels, again = self.arrangement.labels, self.arrangement.again
        return labels[0] if len(labels) == 1 and not again else ROOT

    def _open(self, node: int) -> Tasks:
        """Begin the loop and the blocks of a node; what is to be done then."""
        loops = node in self.arrangement.headers or (node == ROOT and self.arrangement.again)
        if loops:
            self.emit("loop")
            self.heads[node] = self.depth
        within = self.arrangement.within[node]
        for merge in within:
            self.emit("block")
            self.blocks[merge] = self.depth
        tasks: Tasks = [partial(self._code, node)]
        for merge in reversed(within):
            tasks += [self._end, partial(self._open, merge)]
        return [*tasks, self._end] if loops else tasks

    def _end(self) -> Tasks:
        self.emit("end")
        return []

    def _code(self, node: int) -> Tasks:
        if node == ROOT:
            self._dispatch()
            return []
        run = self.runs[node]
        self._count(node, run)
        return [
            *(partial(self._sites, run, at) for at in range(0, len(run.sites), _AT_A_TIME)),
            partial(self._end_code, node, run),
        ]

    def _sites(self, run: Run, start: int) -> Tasks:
        """Some instructions of a block."""
        for at, site in enumerate(run.sites[start : start + _AT_A_TIME], start):
            first = len(self.function.body)
            self.print_site(site, len(run.sites) - 1 - at)
            self.made.append(Made(site.offset, first, len(self.function.body)))
        return []

    def _end_code(self, node: int, run: Run) -> Tasks:
        """Behind the last instruction of a block."""
        tasks = self._ways_out(node, run)
        last = self.made.pop()
        self.made.append(Made(last.offset, last.first, len(self.function.body)))
        return tasks

    def _count(self, node: int, run: Run) -> None:
        left = self.params["left"]
        if node in self.label or node in self.arrangement.headers:
            self.emit("local.get", left)
            self.emit("i32.const", self.needs[node])
            self.emit("i32.lt_s")
            self.emit_hinted("if", False)
            self.emit("i32.const", run.offset)
            self.emit("local.set", self.site)
            self.leave("short")
            self.emit("end")
        self.emit("local.get", left)
        self.emit("i32.const", -len(run.sites))
        self.emit("i32.add")
        self.emit("local.set", left)

    # Ways out of a block -------------------------------------------------------------------------

    def _ways_out(self, node: int, run: Run) -> Tasks:
        if run.indirect:
            self._by_address()
            return []
        if run.taken is None:
            assert run.follows is not None
            return self._go(node, run.follows)
        if run.follows is None:
            return self._go(node, run.taken)
        # The condition is on the stack.
        if self._branch(node, run.taken, "br_if"):
            return self._go(node, run.follows)
        if self._is_near(node, run.follows):
            self.emit("i32.eqz")
            self._branch(node, run.follows, "br_if")
            return self._go(node, run.taken)
        self.emit("if")
        return [*self._go(node, run.taken), self._end, partial(self._go, node, run.follows)]

    def _go(self, node: int, offset: int) -> Tasks:
        """Go on there: by a branch, or what stands there follows right here."""
        if self._branch(node, offset, "br"):
            return []
        return [partial(self._open, self.node[offset])]

    def _is_near(self, node: int, offset: int) -> bool:
        """True if a branch leads there; else it has no other way to it than from this node."""
        target = self.node.get(offset)
        here = self.arrangement
        return target is None or target in here.merges or here.goes_back(node, target)

    def _branch(self, node: int, offset: int, instruction: str) -> bool:
        """Print the branch that leads there, if there is one. What it sets before is seen by nobody
        if the branch is not taken."""
        if not self._is_near(node, offset):
            return False
        target = self.node.get(offset)
        if target is None:
            self.emit("i32.const", offset)
            self.emit("local.set", self.site)
            self.emit(instruction, self.depth - self.exits["go"])
        elif not self.arrangement.goes_back(node, target):
            self.emit(instruction, self.depth - self.blocks[target])
        elif (node, target) in self.arrangement.rounds:
            self.emit(instruction, self.depth - self.heads[target])
        else:
            self.emit("i32.const", self.label[target])
            self.emit("local.set", self.params["label"])
            self.emit(instruction, self.depth - self.heads[ROOT])
        return True

    # Labels --------------------------------------------------------------------------------------

    def _by_address(self) -> None:
        """Go on at `pc`: in this page perhaps at a label."""
        if self.indirect:
            self.emit("i32.const", BY_ADDRESS)
            self.emit("local.set", self.params["label"])
            self._push_offset()
            self.emit("i64.const", PAGE_SIZE_BYTES)
            self.emit("i64.lt_u")
            self.emit("br_if", self.depth - self.heads[ROOT])
        self.leave("exit")

    def _push_offset(self) -> None:
        self.emit("local.get", self.params["pc"])
        self.emit("local.get", self.base)
        self.emit("i64.sub")

    def _dispatch(self) -> None:
        if self.indirect:
            self.emit("block")
        depths = [self.depth - self.blocks[node] for node in self.arrangement.labels]
        other = 0 if self.indirect else depths[-1]
        self.emit("local.get", self.params["label"])
        self.function.body.append(Instr("br_table", other, tuple(depths)))
        if self.indirect:
            self.emit("end")
            self._push_offset()
            self.emit("local.set", self.params["pc"])
            self._search(sorted(self.indirect))

    def _search(self, offsets: Sequence[int]) -> None:
        """Find the block at the offset in `pc`; without one T1 goes on there."""
        if len(offsets) > _MOST_IN_A_ROW:
            middle = len(offsets) // 2
            self.emit("local.get", self.params["pc"])
            self.emit("i64.const", offsets[middle])
            self.emit("i64.lt_u")
            self.emit("if")
            self._search(offsets[:middle])
            self.emit("end")
            self._search(offsets[middle:])
            return
        for offset in offsets:
            self.emit("local.get", self.params["pc"])
            self.emit("i64.const", offset)
            self.emit("i64.eq")
            self.emit("br_if", self.depth - self.blocks[self.node[offset]])
        self.emit("local.get", self.params["pc"])
        self.emit("i32.wrap_i64")
        self.emit("local.set", self.site)
        self.leave("go")
