"""Instructions of one kind, printed once.

Two loads differ in their registers, their immediate, where they stand, and how deep; the rest of
what is printed for them is the same. So it is kept, with the places where those go: an instruction
is then copied and filled in, which takes a tenth of the time.

What is printed may also depend on an operand's being 0 (x0 reads 0 and takes no writes, nothing is
added for an immediate of 0), so there is a template for each way. Where it depends on more than
that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vmlab.derive.t2.blocks import Site
from vmlab.derive.wasm.module import Function
from vmlab.derive.wasm.opcodes import Instr, Type
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Const, Op, Param, Value, XReg
from vmlab.isa.state import ISA

if TYPE_CHECKING:
    from vmlab.derive.t2.instruction import SitePrinter

SCRATCH: Final = {Type.I32: 2, Type.I64: 6}
"""Locals of which every region has so many, so that they stand at the same places in all."""
Key = tuple[Instruction, int, tuple[bool, ...]]


@dataclass(frozen=True, slots=True)
class Template:
    """`body` with what goes into it: at each place a register, a number that the operands decide, a
    way out seen from so deep, a function of the module, or where the instruction stands."""

    body: tuple[Instr, ...]
    registers: tuple[tuple[int, str, XReg], ...]
    numbers: tuple[tuple[int, str, Value], ...]
    leaves: tuple[tuple[int, str, str, int], ...]
    calls: tuple[tuple[int, str], ...]
    sites: tuple[int, ...]
    is_general: bool

    def print(self, printer: SitePrinter) -> None:
        """Print the instruction at which the printer is."""
        body, known = list(self.body), printer.at.known
        for at, name, place in self.registers:
            body[at] = instr(name, printer.registers[known.register(place)])
        for at, name, value in self.numbers:
            number = known.of(value)
            assert number is not None
            body[at] = Instr(name, number if isinstance(number, int) else number.offset)
        if self.sites:
            where = Instr("i32.const", printer.where)
            for at in self.sites:
                body[at] = where
        for at, name, exit_, deeper in self.leaves:
            likely = None if name == "br" else False
            body[at] = instr(name, printer.depth + deeper - printer.exits[exit_], likely)
        for at, name in self.calls:
            body[at] = instr("call", printer.around.functions[name])
        whole = printer.function.body
        if body and whole and body[0].name == "local.get":
            printer.emit("local.get", body[0].number)  # it may be on the stack already
            del body[0]
        whole += body


TEMPLATES: Final[dict[Key, Template]] = {}
_MADE: Final[dict[tuple[str, int, bool | None], Instr]] = {}


def instr(name: str, number: int, likely: bool | None = None) -> Instr:
    """An instruction with one of few numbers: made once."""
    found = _MADE.get((name, number, likely))
    if found is None:
        found = _MADE[name, number, likely] = Instr(name, number, likely=likely)
    return found


def key_of(site: Site) -> Key:
    """What a template may depend on."""
    zeros = tuple([number == 0 for number in site.known.operands.values()])
    return site.instruction, site.known.constants[ISA.name], zeros


class Recorder:
    """Notes, while an instruction is printed, which of what is printed goes for it alone."""

    def __init__(self, function: Function, functions: Mapping[str, int]) -> None:
        self._function = function
        self._functions = functions
        self._registers: list[tuple[int, XReg]] = []
        self._numbers: list[tuple[int, Value]] = []
        self._leaves: list[tuple[int, str]] = []
        self._sites: list[int] = []
        self._is_general = True

    @property
    def _last(self) -> int:
        return len(self._function.body) - 1

    def names(self, place: XReg) -> None:
        """The last instruction reads or writes a register."""
        self._registers.append((self._last, place))

    def depends(self, value: Value) -> None:
        """The last instruction holds a number that is known from the operands."""
        self._numbers.append((self._last, value))

    def leaves(self, exit_: str) -> None:
        """The last instruction leaves."""
        self._leaves.append((self._last, exit_))

    def says_where(self) -> None:
        """The last instruction holds `site`."""
        self._sites.append(self._last)

    def decides(self, *values: Value) -> None:
        """What is printed next depends on these being 0, if they are known."""
        self._is_general = self._is_general and not any(map(_is_made_of_operands, values))

    def template(self) -> Template:
        """All that has been printed."""
        body = self._function.body
        names = {number: name for name, number in self._functions.items()}
        return Template(
            tuple(body),
            tuple((at, body[at].name, place) for at, place in self._registers),
            tuple((at, body[at].name, value) for at, value in self._numbers),
            tuple((at, body[at].name, exit_, self._deeper(at)) for at, exit_ in self._leaves),
            tuple((at, names[one.number]) for at, one in enumerate(body) if one.name == "call"),
            tuple(self._sites),
            self._is_general,
        )

    def _deeper(self, at: int) -> int:
        before = self._function.body[:at]
        opened = sum(one.name in ("block", "loop", "if") for one in before)
        return opened - sum(one.name == "end" for one in before)


def _is_made_of_operands(value: Value) -> bool:
    """True of what is computed from numbers in the instruction word, but not of such a number."""
    return isinstance(value, Op) and _has_number(value.args)


def _has_number(values: Sequence[Value]) -> bool:
    return any(
        isinstance(value, Param) or (isinstance(value, Op) and _has_number(value.args))
        for value in values
        if not isinstance(value, Const)
    )
