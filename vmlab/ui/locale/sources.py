"""Finds every string that a user can see, in the form in which Babel takes extractors.

Babel's own extractor of Python reads tokens, and would make one message of the two in
`t("a" if x else "b")`. These read syntax trees. `babel.cfg` says which files each of them gets:

- `templates`: what `t`, `say` and `Phrase` get.
- `heard`: English of the layers below the views, which know no `t`: refusals that are raised, what
  devices hold, and what the functions of `TELLERS` return. An f-string becomes a template.
- `described`: the machine's own description: CSRs, causes, extensions, instructions, guests.
- `page_html`, `page_python`, `page_javascript`: the page around the workbench.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import IO, Any, Final

Found = tuple[int, str, Any, list[str]]
"""Line, keyword, message (or context and message), comments: what Babel asks for."""

KEYWORDS: Final = ("t", "say", "Phrase")
REFUSALS: Final = ("BadInput", "BadImage", "Unsupported", "Wrong", "Problem", "Misfit")
"""`BrokenInvariant` is left out: a bug of ours is reported in the words of its source."""
REFUSED_AS_PYTHON_DOES: Final = "ValueError"
"""What a student's call of ours ends with. Others are no sentences: `not a number`."""
EXPECTED: Final = "expected "
STOPS: Final = ("Stopped", "_stop")
"""What they get is a word for programs, then the sentence."""
FAILURE: Final = "failure"
"""A keyword whose value is a sentence: why a program could not be graded."""
FACT: Final = "Fact"
OPENED: Final = "opened"
BITS: Final = "_NAMES"
"""Constants that name the bits of a device's register."""
SAID_AS_IT_IS: Final = ("_WHAT", "NOT_LISTED")
"""Constants that are shown. `trace.archive.opened` is told what kind of file it opens, and says so
where it refuses one."""
TELLERS: Final = frozenset(
    {"detail", "told", "engine_note", "_found", "_describe", "last", "traps_for_ever"}
    | {"judge", "_short_suffer", "_lazy_fill", "_traced", "_batches"}  # of compare.shapes
    | {"refusal", "_too_long", "_too_much_said", "_unknown", "_doubts", "_newest"}  # of grading
)
"""Functions below the views that make sentences in some other way."""
_WORDS: Final = re.compile(r"[a-z]{2}")
_LETTERS: Final = re.compile(r"[A-Za-z]{2}")
_IN_JAVASCRIPT: Final = re.compile(
    r"""\b(?:t|trouble|report)\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`$]*)`)"""
)
_SECOND_OF_TROUBLE: Final = re.compile(
    r"""\btrouble\(\s*"(?:[^"\\]|\\.)*",\s*"((?:[^"\\]|\\.)*)\""""
)
_SHOWN_ATTRIBUTES: Final = ("aria-label", "title", "alt", "placeholder")


def templates(fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """The first arguments of our keywords; both sides of a conditional one."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call) and node.args and called(node) in KEYWORDS:
            for text in literals(node.args[0]):
                if text:
                    yield node.lineno, "t", text, []


def called(node: ast.Call) -> str:
    """The name of what is called."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def literals(node: ast.expr) -> Iterator[str]:
    """The strings that an expression can be, as far as they stand there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def heard(fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """Templates of the sentences that a lower layer makes."""
    tree = ast.parse(fileobj.read())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    seen: set[tuple[int, str]] = set()
    for stood in tree.body:
        if isinstance(stood, ast.Assign | ast.AnnAssign) and stood.value is not None:
            named = [text for value in _named(stood) for text in literals(value)]
            seen |= {(stood.lineno, text) for text in named if _WORDS.search(text)}
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and called(node) in (*REFUSALS, FACT, OPENED):
                for argument in node.args:
                    seen |= set(_sentences(argument, function))
            elif isinstance(node, ast.Call) and called(node) == REFUSED_AS_PYTHON_DOES:
                found = {one for each in node.args for one in _sentences(each, function)}
                seen |= {one for one in found if one[1].startswith(EXPECTED)}
            elif isinstance(node, ast.Call) and called(node) in STOPS:
                for argument in node.args[1:]:
                    seen |= set(_sentences(argument, function))
            elif isinstance(node, ast.keyword) and node.arg == FAILURE:
                seen |= set(_sentences(node.value, function))
        if function.name in TELLERS:
            for made in _made_in(function):
                seen |= set(_sentences(made, function))
    for line, text in sorted(seen):
        yield line, "heard", ("heard", text), []


def _named(stood: ast.Assign | ast.AnnAssign) -> Iterator[ast.expr]:
    """What a module's constant of a known name may be shown as."""
    target = stood.target if isinstance(stood, ast.AnnAssign) else stood.targets[0]
    name, value = getattr(target, "id", ""), stood.value
    if name in SAID_AS_IT_IS and value is not None:
        yield value
    elif name.endswith(BITS) and isinstance(value, ast.Dict):
        yield from value.values


def _sentences(
    node: ast.expr, function: ast.FunctionDef, names: frozenset[str] = frozenset()
) -> Iterator[tuple[int, str]]:
    """The sentences that an expression can be: strings, f-strings, conditional ones, and names
    that the function gave such values to. So are the values inside an f-string. `names` are those
    that were followed already."""
    if isinstance(node, ast.IfExp):
        yield from _sentences(node.body, function, names)
        yield from _sentences(node.orelse, function, names)
    elif isinstance(node, ast.Name) and node.id not in names:
        for value in _assigned(node.id, function):
            yield from _sentences(value, function, names | {node.id})
    elif isinstance(node, ast.JoinedStr | ast.Constant):
        text = template_of(node)
        if text is not None and _WORDS.search(re.sub(r"\{.*?\}", "", text)):
            yield node.lineno, text
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _sentences(part.value, function, names)


def _assigned(name: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and name in [getattr(to, "id", "") for to in node.targets]:
            yield node.value
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            yield from _looped(name, node.target, node.iter.elts)


def _looped(name: str, target: ast.expr, rows: list[ast.expr]) -> Iterator[ast.expr]:
    """What a loop over rows that stand there gives to a name: `for one, name in ((1, "a"), ...)`;
    identifiers are names of a format and stay."""
    names = [getattr(to, "id", "") for to in getattr(target, "elts", [])]
    if name in names:
        given = [row.elts[names.index(name)] for row in rows if isinstance(row, ast.Tuple)]
        yield from (
            one
            for one in given
            if not (isinstance(one, ast.Constant) and str(one.value).isidentifier())
        )


def _made_in(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """The strings that a function makes: not its docstring, nor those that it compares with."""
    skipped: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) or _is_text(node):
            skipped |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
    for node in ast.walk(function):
        if id(node) not in skipped and isinstance(node, ast.JoinedStr | ast.Constant):
            yield node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def template_of(node: ast.expr) -> str | None:
    """A string, or an f-string with each value named after what stands there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    assert isinstance(node, ast.JoinedStr)
    said, names = "", list[str]()
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            name = wanted = _name_of(part.value)
            while name in names:
                name = f"{wanted}{names.count(wanted) + len(names)}"
            names.append(name)
            said += f"{{{name}}}"
    return said


def _name_of(node: ast.expr) -> str:
    """A name for a value: that of the variable or attribute it comes from."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and not isinstance(node, ast.Call):
            return part.attr.strip("_")
        if isinstance(part, ast.Name) and part.id not in (
            "str",
            "repr",
            "len",
            "min",
            "max",
            "type",
        ):
            return part.id.strip("_").lower()
    return "value"


def described(_fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """The texts of the description, once each."""
    for text in dict.fromkeys(description()):
        yield 0, "t", text, []


def description() -> Iterator[str]:
    """Every text of the machine and its guests that a screen shows."""
    from vmlab.guests.catalog import GUESTS
    from vmlab.guests.examples import EXAMPLES
    from vmlab.guests.nano import BENCHMARKS
    from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
    from vmlab.isa.csrs import CSRS
    from vmlab.isa.extensions import ROWS
    from vmlab.isa.table import INSTRUCTIONS
    from vmlab.views.names import summary
    from vmlab.views.phrase import described as verbatim
    from vmlab.vmm.common.costs import PRESETS
    from vmlab.vmm.common.counters import DEFINITIONS
    from vmlab.vmm.common.exits import Reason
    from vmlab.vmm.common.whoran import BANDS_BEGIN
    from vmlab.vmm.compare.shapes import SHAPES
    from vmlab.vmm.techniques import TECHNIQUES

    for guest in GUESTS.values():
        yield from (guest.title, guest.summary, *guest.look_for)
    yield from (example.title for example in EXAMPLES)
    for cause in (*EXCEPTIONS.values(), *INTERRUPTS.values()):
        yield verbatim(cause.name).template
    for csr in CSRS.values():
        yield csr.doc
        yield from (verbatim(field.meaning).template for field in csr.fields if field.meaning)
    yield from (row.doc for row in ROWS)
    yield from (verbatim(summary(insn.doc)).template for insn in INSTRUCTIONS)
    yield from (text for row in TECHNIQUES.values() for text in (row.title, row.mechanism))
    yield from (*BENCHMARKS.values(), *DEFINITIONS.values())
    yield from (preset.title for preset in PRESETS.values())
    yield from (shape.says for shape in SHAPES)
    yield from (*(reason.value for reason in Reason), *BANDS_BEGIN)


class _Texts(HTMLParser):
    """The texts and the shown attributes of a page, with their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        said = dict(attrs)
        shown = [said.get(name) for name in _SHOWN_ATTRIBUTES]
        if tag == "meta" and said.get("name") == "description":
            shown.append(said.get("content"))
        self.found += [(self.getpos()[0], text) for text in shown if text]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent:
            self.found.append((self.getpos()[0], text))


def page_html(fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """What a page says before any script runs."""
    parser = _Texts()
    parser.feed(fileobj.read().decode())
    yield from _page((line, text) for line, text in parser.found if _LETTERS.search(text))


def page_javascript(fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """What the page's scripts give to `t`, and the titles of troubles."""
    source = fileobj.read().decode()
    for pattern in (_IN_JAVASCRIPT, _SECOND_OF_TROUBLE):
        for found in pattern.finditer(source):
            text = next(group for group in found.groups() if group is not None)
            if text:
                line = source.count("\n", 0, found.start()) + 1
                yield from _page([(line, text.replace('\\"', '"'))])


def page_python(fileobj: IO[bytes], *_given: Any, **_options: Any) -> Iterator[Found]:
    """Titles of troubles that Python sends to the page, and the names of the loader's steps."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call) and called(node) == "trouble" and node.args:
            yield from _page((node.lineno, text) for text in literals(node.args[0]))
        elif isinstance(node, ast.Dict) and "kind" in [_key(key) for key in node.keys]:
            for key, value in zip(node.keys, node.values, strict=True):
                if _key(key) == "name":
                    yield from _page((node.lineno, text) for text in literals(value))


def _key(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _page(texts: Iterable[tuple[int, str]]) -> Iterator[Found]:
    for line, text in texts:
        yield line, "heard", ("page", text), []
