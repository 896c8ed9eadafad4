"""What `--break` and `--watch` mean: where a run stops."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.session import Session

_WATCH: Final = re.compile(
    r"(?P<place>.+?)(?::(?P<length>0x[0-9a-fA-F]+|[0-9]+)(?::(?P<access>r|w|rw))?)?"
)
_ACCESSES: Final = {"r": "read", "w": "write", "rw": "both", None: "write"}
_LENGTH: Final = 8
_IF: Final = " if "
"""Between a place and the condition under which it stops."""


def set_stops(session: Session, breaks: Sequence[str], watches: Sequence[str]) -> None:
    """Set the breakpoints and watchpoints of a command line. Raises `BadInput`."""
    for said in dict.fromkeys(breaks):
        place, _, condition = said.partition(_IF)
        try:
            session.break_at(place.strip(), condition)
        except BadInput as error:
            raise BadInput(f"--break: {error}") from None
    for said in watches:
        found = _WATCH.fullmatch(said)
        if found is None:
            raise BadInput(f"--watch: expected PLACE[:LENGTH[:r|w|rw]], found {said!r}")
        try:
            session.watch(
                found["place"], int(found["length"] or str(_LENGTH), 0), _ACCESSES[found["access"]]
            )
        except BadInput as error:
            raise BadInput(f"--watch {said}: {error}") from None
