"""Small changes to a program, each of which a grader should notice.

Operators, comparisons, constants and conditions are changed one at a time, statements are left out,
one return takes another's place. What a mutant may do is bounded: every loop and every call of its
functions is counted, and past the bound it raises.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

FILE: Final = "mutant.py"
_METER: Final = "_meter"
_OPERATORS: Final[dict[type, tuple[type, ...]]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,), ast.BitOr: (ast.BitAnd, ast.BitXor), ast.BitAnd: (ast.BitOr,),
    ast.BitXor: (ast.BitAnd,), ast.RShift: (ast.LShift,), ast.LShift: (ast.RShift,),
}  # fmt: skip
_COMPARISONS: Final[dict[type, tuple[type, ...]]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
}  # fmt: skip
_NO_BEHAVIOUR: Final = frozenset({"annotation", "returns", "decorator_list", "names", "bases"})
"""Fields in which nothing is changed: types, and what is imported or inherited."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one change. `was` and `becomes` are the statement's text before and after."""

    function: str
    line: int
    was: str
    becomes: str
    source: str

    @property
    def name(self) -> tuple[str, str, str]:
        """How `mutants.toml` calls it: changes elsewhere in the program leave it as it is."""
        return self.function, self.was, self.becomes

    def __str__(self) -> str:
        return f"line {self.line}, {self.function}: {self.was}  ->  {self.becomes}"


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a program, each different from it and from each other."""
    tree = _without_prose(ast.parse(source))
    seen = {ast.unparse(tree)}
    for place in _places(tree):
        was, old = _header(place.statement), place.get()
        for new in _instead_of(old, place):
            place.put(new)
            changed = ast.unparse(tree)
            if changed not in seen:
                seen.add(changed)
                shown = new if old is place.statement else place.statement
                line = place.statement.lineno
                yield Mutant(place.function, line, was, _header(shown), changed)
            place.put(old)


def _without_prose(tree: ast.Module) -> ast.Module:
    """The same without docstrings, which are no behaviour."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body[0] = ast.copy_location(ast.Pass(), first)
    return tree


def _header(statement: Any) -> str:
    """A statement on one line; of a compound one what stands before its colon."""
    lines = [line.strip() for line in ast.unparse(statement).split("\n") if line]
    return lines[0] if hasattr(statement, "body") else " ".join(lines)


@dataclass(slots=True)
class _Place:
    """Where a node stands in the tree."""

    owner: Any
    field: str
    number: int | None
    """In the field's list, if it is one."""
    function: str
    statement: Any
    """The innermost statement around it, or itself."""
    returned: tuple[ast.expr, ...]
    """What the function around it returns, in order."""

    def get(self) -> Any:
        value = getattr(self.owner, self.field)
        return value if self.number is None else value[self.number]

    def put(self, node: Any) -> None:
        if self.number is None:
            setattr(self.owner, self.field, node)
        else:
            getattr(self.owner, self.field)[self.number] = node


def _places(
    node: Any, function: str = "module", statement: Any = None, returned: tuple[Any, ...] = ()
) -> Iterator[_Place]:
    """All places below a node, outer ones first."""
    if isinstance(node, ast.FunctionDef):
        function = node.name
        values = {ast.unparse(one.value): one.value for one in ast.walk(node)
                  if isinstance(one, ast.Return) and one.value}  # fmt: skip
        returned = tuple(values.values())
    for field, value in ast.iter_fields(node):
        if field in _NO_BEHAVIOUR:
            continue
        for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                around = child if isinstance(child, ast.stmt) else statement
                if isinstance(child, ast.match_case):
                    around = child
                    child.lineno = child.pattern.lineno  # type: ignore[attr-defined]
                yield _Place(node, field, number, function, around, returned)
                yield from _places(child, function, around, returned)


def _with(node: Any, **changes: Any) -> Any:
    changed = copy.copy(node)
    for field, value in changes.items():
        setattr(changed, field, value)
    return changed


def _instead_of(node: Any, place: _Place) -> Iterator[Any]:
    """What a node may be replaced by."""
    match node:
        case ast.BinOp() | ast.AugAssign():
            for other in _OPERATORS.get(type(node.op), ()):
                yield _with(node, op=other())
        case ast.Compare(ops=[only]):
            for other in _COMPARISONS.get(type(only), ()):
                yield _with(node, ops=[other()])
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield _with(node, value=not value)
        case ast.Constant(value=int(value)):
            yield _with(node, value=value + 1)
            yield _with(node, value=value - 1)
        case ast.Constant(value=str(value)) if not isinstance(place.owner, ast.JoinedStr):
            yield _with(node, value=f"not {value}")
        case ast.Return(value=ast.expr()):
            yield _with(node, value=ast.Constant(None))
            if len(place.returned) > 1:
                texts = [ast.unparse(one) for one in place.returned]
                after = texts.index(ast.unparse(node.value)) + 1
                yield _with(node, value=place.returned[after % len(texts)])
        case ast.Continue():
            yield ast.copy_location(ast.Break(), node)
        case ast.Break():
            yield ast.copy_location(ast.Continue(), node)
    if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Delete):
        yield ast.copy_location(ast.Pass(), node)
    if place.field == "test" and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)


class OutOfSteps(Exception):
    """A mutant loops for ever, or nearly so."""


class Meter:
    """Counts a program's steps, and ends it when they are too many."""

    def __init__(self, most: int) -> None:
        self.most, self.steps = most, 0

    def __call__(self) -> None:
        self.steps += 1
        if self.steps > self.most:
            raise OutOfSteps(f"more than {self.most} steps")

    def each(self, values: Any) -> Iterator[Any]:
        """The same values, counted: a comprehension's."""
        for one in values:
            self()
            yield one


def metered(source: str, meter: Meter, file: str = FILE) -> dict[str, Any]:
    """Load a program whose loops and calls are counted; its names."""
    tree = ast.fix_missing_locations(_Counted().visit(ast.parse(source)))
    space: dict[str, Any] = {"__name__": "student", "__file__": file, _METER: meter}
    exec(compile(tree, file, "exec", dont_inherit=True), space)
    return space


class _Counted(ast.NodeTransformer):
    """Puts a call of the meter into every loop and function."""

    def _body(self, node: Any) -> Any:
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name(_METER, ast.Load()), [], []))
        node.body.insert(0, call)
        return node

    visit_While = visit_For = visit_FunctionDef = _body

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self.generic_visit(node)
        each = ast.Attribute(ast.Name(_METER, ast.Load()), "each", ast.Load())
        node.iter = ast.Call(each, [node.iter], [])
        return node
