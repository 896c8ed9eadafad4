"""Opening what was saved, whichever kind of file it is: its manifest says.

A report of the page (`vmlab/report/1`, web/site/later/report.js) is JSON around such a file.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.machine.disk import BLOCK_BYTES
from vmlab.machine.statehash import state_hash_1
from vmlab.session.inputs import unpacked
from vmlab.session.opening import setup_of
from vmlab.session.saving import open_snapshot
from vmlab.session.session import Session
from vmlab.trace import recording, report, snapshot_file
from vmlab.trace.archive import MANIFEST, opened
from vmlab.trace.recording import Recording

_KNOWN = (*recording.SCHEMAS, *snapshot_file.SCHEMAS)


_FIRST_PIECE: Final = 1024
_PIECE_S: Final = 0.01


def recording_of(data: bytes) -> Recording:
    """What a file holds of a run from its beginning: a snapshot carries that, too."""
    data = report.run_of(data)
    if not _is_snapshot(data):
        return recording.read(data)
    file = snapshot_file.read(data, BLOCK_BYTES)
    return Recording(file.start, file.inputs, file.steps, file.state_hash)


def replayed(recorded: Recording, engine: str = "auto") -> Session:
    """A recorded run at its beginning, with its input in place."""
    session = Session(setup_of(recorded.start), engine)
    session.feed(tuple(unpacked(found) for found in recorded.inputs))
    return session


def loaded(data: bytes, engine: str = "auto") -> Session:
    """A saved run where it stood: a snapshot at once, a recording by playing it."""
    return _to_its_end(loading(data, engine))


def loading(data: bytes, engine: str = "auto") -> Generator[int, None, Session]:
    """The same in pieces of some milliseconds, for whoever must not wait: it yields the steps that
    are played, and returns the session. A recording may say any number of steps."""
    data = report.run_of(data)
    if _is_snapshot(data):
        return open_snapshot(data, engine)
    recorded = recording.read(data)
    session = replayed(recorded, engine)
    piece = _FIRST_PIECE
    while session.steps < recorded.steps:
        before, began = session.steps, time.perf_counter()
        session.step(min(piece, recorded.steps - before))
        if session.steps == before:
            break  # it ended before: its state will not be the one that the file says
        piece = piece * 2 if time.perf_counter() - began < _PIECE_S else max(1, piece // 2)
        yield session.steps
    found = session.state_hash()
    if recorded.state_hash not in (found, state_hash_1(session.machine)):
        raise BadInput(
            f"expected the state {recorded.state_hash[:16]}... after {recorded.steps} steps, "
            f"found {found[:16]}...: the recording was made by another version or is damaged"
        )
    return session


def _to_its_end(pieces: Generator[int, None, Session]) -> Session:
    while True:
        try:
            next(pieces)
        except StopIteration as done:
            session: Session = done.value
            return session


def _is_snapshot(data: bytes) -> bool:
    names = (MANIFEST, *recording.PARTS, *snapshot_file.MEMBERS)
    with opened(data, "a vmlab recording or snapshot", names) as archive:
        schema = archive.manifest()["schema"]
    if schema not in _KNOWN:
        raise Unsupported(f"expected schema {', '.join(_KNOWN)}, found {schema[:80]!r}")
    return schema in snapshot_file.SCHEMAS
