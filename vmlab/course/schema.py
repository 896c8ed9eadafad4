"""Checks a document against one of the schemas in `schemas/`, and says what is wrong in a sentence.

The schemas are JSON Schema, draft 2020-12, and are the one place where a format stands. What is
here interprets the keywords that they use, and no others: a page in a browser reads these files
too, and a whole validator is larger than everything else that a lesson brings along. A test
compares it with `jsonschema` on documents that are right and on thousands that are not.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from typing import Any, Final

from vmlab.core.errors import BadInput, BrokenInvariant


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SILENT: Final = {"$schema", "$id", "$defs", "title", "description"}
_KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and (type(value) is int or value.is_integer()),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_WORDS: Final = {"object": "an object", "array": "a list", "string": "text",
                 "integer": "a whole number", "number": "a number",
                 "boolean": "true or false", "null": "null"}  # fmt: skip
DEEPEST: Final = 40
"""No document of ours is as deep; one that is would end the interpreter's stack."""


def parse(data: bytes | str, where: str) -> Any:
    """The document that a file holds. Raises `BadInput` if it is no JSON."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise BadInput(f"{where}: expected JSON, found one nested too deep") from None
    except ValueError as error:
        raise BadInput(f"{where}: expected JSON in UTF-8, found: {_told(error)}") from None


def _told(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"a byte 0x{error.object[error.start]:02x} at {error.start}"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}"
    return str(error)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name}, which is no number of JSON")


@functools.cache
def load(name: str) -> Mapping[str, Any]:
    """A schema by its file's name without `.json`: `progress-1`."""
    file = resources.files("vmlab.course") / "schemas" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def major(document: Any, kind: str, newest: int, where: str) -> None:
    """Raises `BadInput` unless the document says that it is `vmlab/KIND/MAJOR` or
    `vmlab/KIND/MAJOR.MINOR` of a major version that is known: what a minor version adds may be
    overlooked, what a major version changed may not."""
    expected = f"schema vmlab/{kind}/{newest}"
    said = document.get("schema") if isinstance(document, dict) else None
    found = re.fullmatch(rf"vmlab/{kind}/([0-9]{{1,4}})(\.[0-9]{{1,4}})?", str(said))
    if found is None:
        what = "no field schema" if said is None else _shown(said)
        raise BadInput(f"{where}: expected {expected}, found {what}")
    if not 1 <= int(found[1]) <= newest:
        raise BadInput(f"{where}: expected {expected}, found version {found[1]}; "
                       "a newer vmlab made it")  # fmt: skip


def check(document: Any, name: str, where: str) -> None:
    """Raises `BadInput` naming the first field that is not as the schema says."""
    schema = load(name)
    for complaint in _wrong(document, schema, schema, "", 0):
        raise BadInput(f"{where}: {complaint}")


def _wrong(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], path: str, deep: int
) -> Iterator[str]:
    if deep > DEEPEST:
        yield f"expected {path or 'a document'} at most {DEEPEST} deep, found a deeper one"
        return
    for keyword, rule in schema.items():
        if keyword in _SILENT:
            continue
        if keyword == "$ref":
            yield from _wrong(value, *_target(rule, root), path, deep + 1)
        elif keyword in _NESTED:
            yield from _NESTED[keyword](value, rule, schema, root, path, deep + 1)
        elif keyword in _PLAIN:
            expected = _PLAIN[keyword](value, rule)
            if expected:
                yield f"expected {path or 'a document'} {expected}, found {_shown(value)}"
                return
        else:
            raise BrokenInvariant(f"expected keywords that course.schema knows, found {keyword!r}")


def _target(reference: str, root: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a reference leads to, and the schema in which its own references are looked up."""
    file, _, place = reference.partition("#/$defs/")
    if file:
        root = load(file.removesuffix(".json"))
    return (root["$defs"][place] if place else root), root


# One value ---------------------------------------------------------------------------------------


def _kind(value: Any, kinds: str | list[str]) -> str:
    wanted = [kinds] if isinstance(kinds, str) else kinds
    if any(_KINDS[one](value) for one in wanted):
        return ""
    return "as " + " or ".join(_WORDS[one] for one in wanted)


def _matches(value: Any, pattern: str) -> str:
    assert pattern[0] == "^" and pattern[-1] == "$", pattern
    if not isinstance(value, str) or re.fullmatch(pattern[1:-1], value, re.ASCII):
        return ""
    return f"like {pattern[1:-1]}"


_PLAIN: Final[dict[str, Callable[[Any, Any], str]]] = {
    "type": _kind,
    "pattern": _matches,
    "enum": lambda value, some: "" if value in some else f"of {', '.join(map(str, some))}",
    "maxLength": lambda value, most: (
        f"of at most {most:,} characters" if isinstance(value, str) and len(value) > most else ""
    ),
    "minimum": lambda value, least: (
        f"of at least {least:,}" if _is_number(value) and value < least else ""
    ),
    "maximum": lambda value, most: (
        f"of at most {most:,}" if _is_number(value) and value > most else ""
    ),
    "maxItems": lambda value, most: (
        f"of at most {most:,} entries" if isinstance(value, list) and len(value) > most else ""
    ),
    "maxProperties": lambda value, most: (
        f"of at most {most:,} entries" if isinstance(value, dict) and len(value) > most else ""
    ),
}


# What stands inside it ---------------------------------------------------------------------------


def _required(
    value: Any, names: list[str], _schema: Any, _root: Any, path: str, _deep: int
) -> Iterator[str]:
    for name in names:
        if isinstance(value, dict) and name not in value:
            yield f"expected {_below(path, name)}, found none"


def _properties(
    value: Any, rules: dict[str, Any], _schema: Any, root: Any, path: str, deep: int
) -> Iterator[str]:
    for name, rule in rules.items():
        if isinstance(value, dict) and name in value:
            yield from _wrong(value[name], rule, root, _below(path, name), deep)


def _others(value: Any, rule: Any, schema: Any, root: Any, path: str, deep: int) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value:
        if name not in schema.get("properties", {}):
            yield from _wrong(value[name], rule, root, _below(path, name), deep)


def _names(value: Any, rule: Any, _schema: Any, root: Any, path: str, deep: int) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        yield from _wrong(name, rule, root, f"the names in {path or 'the document'}", deep)


def _items(value: Any, rule: Any, _schema: Any, root: Any, path: str, deep: int) -> Iterator[str]:
    for at, one in enumerate(value if isinstance(value, list) else ()):
        yield from _wrong(one, rule, root, f"{path}[{at}]", deep)


_NESTED: Final[dict[str, Callable[[Any, Any, Any, Any, str, int], Iterator[str]]]] = {
    "required": _required,
    "properties": _properties,
    "additionalProperties": _others,
    "propertyNames": _names,
    "items": _items,
}


def _below(path: str, name: str) -> str:
    """A field's place. Names that are no plain words are written as JSON writes them."""
    plain = name if re.fullmatch(r"[\w-]{1,60}", name, re.ASCII) else json.dumps(name[:40])
    return f"{path}.{plain}" if path else plain


def _shown(value: Any) -> str:
    """What was found, in a few printable characters."""
    if isinstance(value, dict | list):
        return f"{_WORDS['object' if isinstance(value, dict) else 'array']} of {len(value)}"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:56]}..."
