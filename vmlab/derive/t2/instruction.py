"""One guest instruction printed into a region: operands written in, registers in locals.

    site      offset | size << 13 | instructions to give back << 16

A load or store that T1's tables do not know ends the region before the instruction, which T1 runs:
it knows of devices, page walks and traps. A call would be answered sooner, but a loop with a call
in it, be it ever so seldom, keeps its registers in memory (web/docs/speed.md has what that costs).
`lr` and `sc` are calls of T1's kernels. They may end the region, too: by a trap, or after the
instruction because something wants attention. `site` says which instruction it was. Whatever may
end the region stands before what is written, so nothing has to be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vmlab.derive.schedule import Assign, Step, When
from vmlab.derive.t1.handlers import PAGE_MASK, TABLE_MASK, TABLE_SHIFT
from vmlab.derive.t1.layout import DATA_PLACE, LOAD_TAG, REGION_CAUSE, REGION_TVAL, STORE_TAG
from vmlab.derive.t2.blocks import Site
from vmlab.derive.t2.known import Near
from vmlab.derive.t2.shape import Jumps
from vmlab.derive.t2.template import SCRATCH, TEMPLATES, Recorder, Template, key_of
from vmlab.derive.wasm.functions import Printer, Surroundings
from vmlab.derive.wasm.module import Function, Local
from vmlab.derive.wasm.opcodes import LOADS, SIGNED_LOADS, STORES, Type
from vmlab.isa.lang.ir import (
    Const,
    Effect,
    Jump,
    Op,
    Place,
    RaiseTrap,
    Read,
    Result,
    Value,
    Write,
    XReg,
)
from vmlab.isa.registers import ABI_NAMES
from vmlab.isa.state import ARENA_HART_BYTES

SIZE_AT: Final = 13
OFFSET_MASK: Final = (1 << SIZE_AT) - 1
BACK_AT: Final = 16
TRAPPED: Final = 1
"""What an access of T1's says of a trap; 2 is for attention."""
_TABLES: Final = {"load": LOAD_TAG, "store": STORE_TAG, "amo_load": STORE_TAG}
"""Where a page stands that may be accessed so. An AMO needs all that a store needs, and whoever may
store may load."""
_NO_CHANGE: Final = frozenset({"add", "sub", "or", "xor", "shl", "shr", "sar"})
"""Operations that give their first operand if the second is 0."""
_EITHER_WAY: Final = frozenset({"add", "or", "xor"})


class SitePrinter(Printer):
    """Prints instructions one after another. `exits` are the depths of the blocks to leave."""

    def __init__(self, function: Function, registers: Sequence[int], around: Surroundings) -> None:
        super().__init__("", (), (), around)
        self.function = function
        self.params = {param.name: at for at, param in enumerate(function.params)}
        self.site = self.new_local("site", Type.I32)
        self.how = self.new_local("how", Type.I32)
        self.base = self.new_local("base", Type.I64)
        # Where these stand is the same in every region: see `template`.
        self._pool = {
            kind: [self.new_local(f"{kind.text}_{at}", kind) for at in range(count)]
            for kind, count in SCRATCH.items()
        }
        self.registers = {at: self.new_local(ABI_NAMES[at], Type.I64) for at in registers}
        self.exits: dict[str, int] = {}
        self.at: Site
        self.back = 0
        """Instructions of the block after this one: they have been counted already."""
        self.unsure = False
        """An access of this instruction may have found that something wants attention."""
        self._found: int | None = None
        """Where the page stands that this instruction has accessed: an AMO does so twice."""
        self._taken = dict.fromkeys(SCRATCH, 0)
        self.recorder: Recorder | None = None

    # locals: an instruction's own are free again after it

    def new_local(self, name: str, kind: Type) -> int:
        self.function.locals.append(Local(name, kind))
        return len(self.function.params) + len(self.function.locals) - 1

    def scratch(self, kind: Type) -> int:
        """A local until the end of the instruction."""
        nth = self._taken[kind]
        self._taken[kind] += 1
        return self._pool[kind][nth]

    def local(self, value: Value) -> int:
        if id(value) not in self.locals:
            self.locals[id(value)] = self.scratch(Type.I32 if value.truth else Type.I64)
        return self.locals[id(value)]

    def leave(self, exit_: str) -> None:
        self.emit("br", self.depth - self.exits[exit_])
        if self.recorder is not None:
            self.recorder.leaves(exit_)

    def leave_if(self, exit_: str) -> None:
        """Leave if the condition on the stack holds, which is seldom."""
        self.emit_hinted("br_if", False, self.depth - self.exits[exit_])
        if self.recorder is not None:
            self.recorder.leaves(exit_)

    # values

    def push(self, value: Value) -> None:
        known = self.at.known.of(value)
        if known is None:
            super().push(value)
        elif isinstance(known, Near):
            self.emit("local.get", self.base)
            self._constant("i64.const", known.offset, value)
            self.emit("i64.add")
        else:
            self._constant("i32.const" if value.truth else "i64.const", known, value)

    def _constant(self, instruction: str, number: int, value: Value) -> None:
        self.emit(instruction, number)
        if self.recorder is not None and not isinstance(value, Const):
            self.recorder.depends(value)

    def operation(self, op: Op) -> None:
        if len(op.args) == 2:
            a, b = map(self.at.known.of, op.args)
            if self.recorder is not None and (a is not None or b is not None):
                self.recorder.decides(*op.args)
            if b == 0 and op.name in _NO_CHANGE:
                self.push(op.args[0])
                return
            if a == 0 and op.name in _EITHER_WAY:
                self.push(op.args[1])
                return
            if b == 0 and op.name == "eq":
                self.push(op.args[0])
                self.emit("i64.eqz")
                return
        super().operation(op)

    def read(self, place: Place) -> None:
        if isinstance(place, XReg):
            self._register("local.get", place)
        else:
            super().read(place)

    def _register(self, instruction: str, place: XReg) -> None:
        self.emit(instruction, self.registers[self.at.known.register(place)])
        if self.recorder is not None:
            self.recorder.names(place)

    def is_cheap(self, value: Value) -> bool:
        """True if it may be pushed again, as nothing is written between."""
        plain = isinstance(value, Read) and isinstance(value.place, XReg)
        return plain or isinstance(self.at.known.of(value), int)

    # statements

    def print_site(self, site: Site, back: int) -> None:
        """The instruction, but for where it goes on: a branch leaves its condition on the stack, a
        jump to nobody knows where leaves the target in `pc`."""
        if site.shape.jumps is Jumps.NEVER:
            self._from_template(site, back)
            return
        self._begin(site, back)
        self.steps(site.shape.steps)
        if site.shape.condition is not None:
            self.push(site.shape.condition)
            if not site.shape.taken:
                self.emit("i32.eqz")

    def _begin(self, site: Site, back: int) -> None:
        self.at, self.back, self.unsure, self._found = site, back, False, None
        self.locals = {}
        self._taken = dict.fromkeys(SCRATCH, 0)

    def _from_template(self, site: Site, back: int) -> None:
        """Most instructions of a kind differ in a few numbers only."""
        key = key_of(site)
        template = TEMPLATES.get(key)
        if template is None:
            template = self._record(site, back)
            if template.is_general:
                TEMPLATES[key] = template
        self.at, self.back = site, back
        template.print(self)

    def _record(self, site: Site, back: int) -> Template:
        whole, self.function.body = self.function.body, []
        self._begin(site, back)
        self.recorder = Recorder(self.function, self.around.functions)
        self.steps(site.shape.steps)
        template = self.recorder.template()
        self.recorder, self.function.body = None, whole
        return template

    def steps(self, steps: Sequence[Step]) -> None:
        for at, step in enumerate(steps):
            if isinstance(step, Effect):
                self.access(step, steps[at + 1 :])
                return
            self.step(step)
        if self.unsure:
            self.emit("local.get", self.how)
            self.leave_if("slow")

    def step(self, step: Step) -> None:
        """A value that is a number here needs no name: it stays known where it is used."""
        if isinstance(step, Assign):
            if self.at.known.of(step.value) is not None:
                return
            self.locals.pop(id(step.value), None)  # what follows an access is printed twice
        super().step(step)

    def when(self, step: When) -> None:
        known = self.at.known.of(step.condition)
        if self.recorder is not None and known is not None:
            self.recorder.decides(step.condition)
        unsure, self.unsure = self.unsure, False  # what stands in it is not the end
        if known is not None:
            self.steps(step.then if known else step.otherwise)
        else:
            super().when(step)
        self.unsure = unsure

    def write(self, place: Place, value: Value) -> None:
        if not isinstance(place, XReg):
            super().write(place, value)
            return
        number = self.at.known.register(place)
        if number:
            self.push(value)
            self._register("local.set", place)

    def instruction_only(self, step: Effect | RaiseTrap | Jump) -> None:
        if isinstance(step, Jump):
            if self.at.target is None:
                self.push(step.target)
                self.emit("local.set", self.params["pc"])
        elif isinstance(step, RaiseTrap):
            for place, value in ((REGION_CAUSE, step.cause), (REGION_TVAL, step.tval)):
                offset = self.address(place)
                self.push(value)
                self.emit("i64.store", offset)
            self.emit("i32.const", TRAPPED)
            self.emit("local.set", self.how)
            self.push_site()
            self.emit("local.set", self.site)
            self.leave("slow")

    def push_site(self) -> None:
        self.emit("i32.const", self.where)
        if self.recorder is not None:
            self.recorder.says_where()

    @property
    def where(self) -> int:
        """What `site` says of this instruction."""
        return self.at.offset | self.at.instruction.size_bytes << SIZE_AT | self.back << BACK_AT

    # accesses

    def access(self, step: Effect, rest: Sequence[Step]) -> None:
        """An access by virtual address, and what follows it in the instruction."""
        va = self._held(step.args[0])
        data = self._held(step.args[1]) if len(step.args) > 1 else None
        if step.what not in _TABLES:
            self._slow(step, va, data, rest)
            return
        if self._found is None:
            self._found = self._find(step, va)
        self._through(step, va, data, self._found, rest)

    def _find(self, step: Effect, va: Value | int) -> int:
        """The local with where the page stands in T1's tables; leaves if it does not, or if the
        access is not aligned."""
        at = self.scratch(Type.I32)
        self._again(va)
        self.emit("i64.const", PAGE_MASK | (step.size_bytes - 1))
        self.emit("i64.and")
        self._again(va)
        self.emit("i64.const", TABLE_SHIFT)
        self.emit("i64.shr_u")
        self.emit("i32.wrap_i64")
        self.emit("i32.const", TABLE_MASK)
        self.emit("i32.and")
        self.emit("local.get", self.params["table"])
        self.emit("i32.add")
        self.emit("local.tee", at)
        self.emit("i64.load", self.around.arena_base_bytes + _TABLES[step.what].offset_bytes)
        self.emit("i64.ne")
        self.emit_hinted("if", False)  # a block of its own, which a compiler puts out of the way
        self.push_site()
        self.emit("local.set", self.site)
        self.leave("again")
        self.emit("end")
        return at

    def _held(self, value: Value) -> Value | int:
        """The value if it is cheap to push, else the local that now has it."""
        if self.is_cheap(value) or id(value) in self.locals:
            return value
        local = self.scratch(Type.I64)
        self.push(value)
        self.emit("local.set", local)
        return local

    def _again(self, held: Value | int) -> None:
        if isinstance(held, Value):
            self.push(held)
        else:
            self.emit("local.get", held)

    def _through(
        self, step: Effect, va: Value | int, data: Value | int | None, at: int, rest: Sequence[Step]
    ) -> None:
        """By the table's entry `at`, and what follows."""
        base, size = self.around.arena_base_bytes, step.size_bytes
        place = _loaded(step, rest, self)
        number = None if place is None else self.at.known.register(place)
        if number == 0:
            self.steps(rest[1:])  # RAM does not mind not to be read
            return
        self._again(va)
        self.emit("i32.wrap_i64")
        self.emit("local.get", at)
        self.emit("i32.load", base + DATA_PLACE.offset_bytes)
        self.emit("i32.add")
        if data is not None:
            self._again(data)
            self.emit(STORES[size], base + ARENA_HART_BYTES)
        elif place is not None:
            write = rest[0]
            assert isinstance(write, Write)
            signs = isinstance(write.value, Op)
            self.emit((SIGNED_LOADS if signs else LOADS)[size], base + ARENA_HART_BYTES)
            self._register("local.set", place)
            rest = rest[1:]
        else:
            self.emit(LOADS[size], base + ARENA_HART_BYTES)
            self.keep(step.results)
        self.steps(rest)

    def _slow(
        self, step: Effect, va: Value | int, data: Value | int | None, rest: Sequence[Step]
    ) -> None:
        """By T1's kernel: (`how`, and a value if it gives one)."""
        self._again(va)
        self.emit("i64.const", step.size_bytes)
        if data is not None:
            self._again(data)
        self.push_site()
        self.emit("local.tee", self.site)
        self.emit("local.get", self.base)
        self.emit("local.get", self.params["left"])
        self.emit("call", self.around.functions[f"access_{step.what}"])
        self.keep(step.results)
        self.emit("local.tee", self.how)
        if rest:
            self.emit("i32.const", TRAPPED)
            self.emit("i32.and")
            self.leave_if("slow")
            self.unsure = True
            self.steps(rest)
        else:
            self.leave_if("slow")


def _loaded(step: Effect, rest: Sequence[Step], printer: SitePrinter) -> XReg | None:
    """The register, if all that follows a load is that its result, sign-extended or not, is written
    to one."""
    if step.what != "load" or len(rest) != 1 or not isinstance(rest[0], Write):
        return None
    place, value = rest[0].place, rest[0].value
    if not isinstance(place, XReg):
        return None
    if isinstance(value, Op) and value.name == "sext":
        source, width = value.args
        if printer.at.known.of(width) != 8 * step.size_bytes:
            return None
        value = source
    if not isinstance(value, Result) or value.source is not step:
        return None
    return place
