"""nano, run by a command line or talked to at its prompt."""

from __future__ import annotations

from typing import Any

import vmlab
from vmlab.session import Session
from vmlab.session.snapshot import Reason, Stop
from vmlab.session.until import Until

MOST_INSNS = 12_000_000
PROMPT = r"\$ $"


def finish(session: Session, reason: Reason = Reason.PASSED) -> list[str]:
    """Run to the end, for this reason; the lines of the console."""
    stop = session.run(limit=MOST_INSNS)
    assert stop.reason is reason, (stop, bytes(session.console[-500:]))
    return bytes(session.console).decode().replace("\r", "").splitlines()


def run(command: str, reason: Reason = Reason.PASSED, **options: Any) -> list[str]:
    """What one program prints between the kernel's first line and its last one."""
    lines = finish(vmlab.open("nano", append=command, **{"ram": "8M", **options}), reason)
    assert lines[0].startswith("nano: ")
    return lines[1:-1]


def ask(session: Session, line: str) -> list[str]:
    """Type a line at the prompt, and return what is printed before the next one."""
    if not session.console.endswith(b"$ "):
        wait(session)
    before = len(session.console)
    session.send(line.encode() + b"\r")
    wait(session)
    echoed, *lines, prompt = bytes(session.console[before:]).decode().split("\n")
    assert (echoed, prompt) == (line, "$ ")
    return lines


def wait(session: Session) -> None:
    """Until the shell wants a line."""
    stop = until(session, Until.console(PROMPT))
    assert stop.reason is Reason.CONSOLE, (stop, bytes(session.console[-500:]))


def until(session: Session, wanted: Until) -> Stop:
    """Run until then."""
    return session.run(until=wanted, limit=MOST_INSNS)
