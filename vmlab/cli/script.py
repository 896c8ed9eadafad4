"""What `--send` and `--until` mean: a small conversation with the guest's console.

Pure: it is fed the console's bytes and says what to type and whether to stop. The command
`run` does the typing. Since the session stamps input with the instruction count at which it
comes, the same conversation always gives the same run.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.search import Search

WINDOW_BYTES: Final = 1 << 16
"""A regex matches at most this much of the output: it is searched after every byte."""

_ESCAPE = re.compile(r"\\(?:n|r|x[0-9a-fA-F]{2})")


def decode_text(text: str) -> bytes:
    r"""The bytes to type for a `--send` text: `\n`, `\r` and `\xHH` are decoded, nothing else."""
    parts: list[bytes] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        parts.append(os.fsencode(text[end : match.start()]))
        code = match[0][1:]
        parts.append({"n": b"\n", "r": b"\r"}.get(code) or bytes([int(code[1:], 16)]))
        end = match.end()
    parts.append(os.fsencode(text[end:]))
    return b"".join(parts)


def compile_regex(option: str, regex: str) -> re.Pattern[bytes]:
    """A regex over console bytes. Raises `BadInput` naming the option it came from."""
    try:
        with warnings.catch_warnings(action="ignore"):  # a later Python may read it otherwise
            return re.compile(os.fsencode(regex))
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(
            f"{option}: expected a regular expression, found {regex!r}: {error}"
        ) from None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a piece of output calls for: bytes to type, and whether the run is over."""

    send: bytes = b""
    done: bool = False


class Script:
    """Expect and answer, in order; `until` is looked for after the last answer was given.

    Each regex searches the output since the previous match, and `$` is its end so far.
    """

    def __init__(
        self, sends: Sequence[tuple[re.Pattern[bytes], bytes]], until: re.Pattern[bytes] | None
    ) -> None:
        self._sends = [(Search(pattern), text) for pattern, text in sends]
        self._until = None if until is None else Search(until)
        self._seen = bytearray()
        self.matched = False
        """Whether `until` was seen."""

    @property
    def waiting_for(self) -> str | None:
        """The regex that is looked for now, or None."""
        search = self._sends[0][0] if self._sends else self._until
        return None if search is None or self.matched else os.fsdecode(search.pattern.pattern)

    def feed(self, output: bytes) -> Answer:
        """Take the next output, byte by byte, so that a match is found where it ends.

        Empty output is looked at too: a regex that matches nothing at all matches at the start.
        """
        send = self._answers()
        for value in output:
            self._seen.append(value)
            if len(self._seen) >= 2 * WINDOW_BYTES:
                del self._seen[:WINDOW_BYTES]
            send += self._answers()
        return Answer(send, self.matched)

    def _answers(self) -> bytes:
        """What to type now. After a match the next regex starts with the output after it."""
        text = b""
        while self._sends and self._matches(self._sends[0][0]):
            text += self._sends.pop(0)[1]
            self._seen.clear()
        if not self._sends and self._until is not None and not self.matched:
            self.matched = self._matches(self._until)
        return text

    def _matches(self, search: Search) -> bool:
        return search.grew(self._seen, max(0, len(self._seen) - WINDOW_BYTES))
