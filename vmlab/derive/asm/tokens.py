"""Source text to statements: lists of tokens, split at line ends and semicolons.

`#` and `//` start a comment up to the end of the line, `/* */` is one wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.derive.asm.problems import Position, Problem

_LONGEST: Final = 200
"""Characters of a name or number; more is no source text."""


class T(Enum):
    """Kinds of token."""

    NAME = "a name"
    NUMBER = "a number"
    LOCAL = "a numeric label"
    STRING = "a string"
    CHAR = "a character"
    RELOCATION = "a relocation"
    MARK = "a mark"
    END = "the end of the line"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as written, but a string's and a character's is what they mean."""

    kind: T
    text: str
    at: Position

    def __str__(self) -> str:
        return self.kind.value if self.kind is T.END else f"'{self.text[:60]}'"


Statement = list[Token]
"""The tokens of one statement, with an END token at the end."""

_PATTERN = re.compile(
    r"""
      (?P<space>   [ \t\r\f\v]+ | /\*.*?\*/ | (?:\#|//)[^\n]* )
    | (?P<split>   [\n;] )
    | (?P<name>    [A-Za-z_.$][A-Za-z0-9_.$]* )
    | (?P<local>   [0-9]+[fb](?![0-9A-Za-z_.$]) )
    | (?P<number>  [0-9][0-9A-Za-z_.$]* )
    | (?P<string>  "(?:[^"\\\n]|\\[^\n])*" )
    | (?P<char>    '(?:[^'\\\n]|\\[^\n])'? )
    | (?P<relocation> %[a-z_]+(?=[ \t]*\() )
    | (?P<open>    /\* | " | ' )
    | (?P<mark>    << | >> | == | [-+*/%&|^~()=:,@!<>] )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS: Final = {
    "name": T.NAME,
    "number": T.NUMBER,
    "local": T.LOCAL,
    "relocation": T.RELOCATION,
    "mark": T.MARK,
}
_ESCAPE = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|(?P<octal>[0-7]{1,3})|(?P<letter>.))", re.DOTALL
)
_LETTERS: Final = {"n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "v": 11, "a": 7, "e": 27}
_QUOTED: Final = {"\\": 92, '"': 34, "'": 39}


def read_statements(source: str, problems: list[Problem]) -> Iterator[Statement]:
    """The statements in text order; what is no token goes to `problems` with its statement."""
    statement: Statement = []
    broken = False
    line, line_start = 1, 0
    for found in _PATTERN.finditer(source):
        kind, text = found.lastgroup or "", found.group()
        at = Position(line, found.start() - line_start + 1)
        if kind == "split":
            if statement and not broken:
                yield [*statement, Token(T.END, "", at)]
            statement, broken = [], False
        elif kind in ("open", "other"):
            if not broken:
                problems.append(Problem(at, _unreadable(kind, text)))
            broken = True
            if text == "/*":  # what follows is a comment that somebody forgot to end
                return
        elif kind != "space":
            try:
                statement.append(_token(kind, text, at))
            except ValueError as error:
                problems.append(Problem(at, str(error)))
                broken = True
        if "\n" in text:
            line += text.count("\n")
            line_start = found.start() + text.rindex("\n") + 1
    if statement and not broken:
        yield [*statement, Token(T.END, "", Position(line, len(source) - line_start + 1))]


def _unreadable(kind: str, text: str) -> str:
    if kind == "open":
        return f"expected the end of what {text} starts, found the end of the line or file"
    return f"expected assembly text, found the character {text!r}"


def _token(kind: str, text: str, at: Position) -> Token:
    if kind == "string":
        return Token(T.STRING, unescape(text[1:-1]).decode("latin-1"), at)
    if kind == "char":
        value = unescape(text[1:-1] if len(text) > 2 and text.endswith("'") else text[1:])
        if len(value) != 1:
            raise ValueError(f"expected a character of one byte, found {text}")
        return Token(T.CHAR, value.decode("latin-1"), at)
    if len(text) > _LONGEST:
        raise ValueError(f"expected at most {_LONGEST} characters, found {len(text)}")
    return Token(_KINDS[kind], text, at)


def unescape(text: str) -> bytes:
    """The bytes of a string's inside: UTF-8, with the escapes of C."""
    parts = []
    last = 0
    for found in _ESCAPE.finditer(text):
        parts.append(text[last : found.start()].encode())
        last = found.end()
        letter = found["letter"]
        if found["hex"]:
            value = int(found["hex"], 16)
        elif found["octal"]:
            value = int(found["octal"], 8) & 0xFF
        elif letter in _LETTERS or letter in _QUOTED:
            value = _LETTERS.get(letter, 0) or _QUOTED[letter]
        else:
            raise ValueError(
                f"expected an escape such as \\n, \\\\, \\0 or \\x41, found \\{letter}"
            )
        parts.append(bytes([value]))
    parts.append(text[last:].encode())
    return b"".join(parts)
