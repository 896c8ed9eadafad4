"""Sessions: open a guest, run it forward and back, look at it.

s = vmlab.open("tour")
s.run(until=Until.trap())
s.back()
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from vmlab.core.errors import BadInput
from vmlab.session.inputs import Input, unpacked
from vmlab.session.opening import Options, prepare, read_file, setup_of
from vmlab.session.session import Session
from vmlab.session.until import Until
from vmlab.trace import recording

__all__ = ["Input", "Session", "Until", "load", "open", "replay"]


P = ParamSpec("P")


def _opener(
    options: Callable[P, Options], use: Callable[[Options], Session]
) -> Callable[P, Session]:
    """A function that takes the options one by one, under the names that they have."""

    def opener(*args: P.args, **kwargs: P.kwargs) -> Session:
        return use(options(*args, **kwargs))

    opener.__name__ = opener.__qualname__ = "open"
    opener.__doc__ = use.__doc__
    signature = inspect.signature(options).replace(return_annotation=Session)
    opener.__signature__ = signature  # type: ignore[attr-defined]
    return opener


def _open(options: Options) -> Session:
    """Open a guest: a catalogue name, else a path; bytes are an ELF file themselves, and `name`
    says what to call it.

    `ram` is a size such as "64M"; `insns_per_tick` is virtual time (instructions) a tick of
    mtime. `engine` is a tier, t0 or t1, or auto: the fastest that runs here; a guest cannot tell.
    `bios` and `kernel` are raw files for 0x80000000 and 0x80200000. `disk` is the content
    of a virtio disk; the file is never written. `initrd` and `append` are a kernel's initial RAM
    disk and command line, which the device tree names. `translation` is the longest format that
    satp may name (bare, sv39, sv48, sv57); `misaligned` accesses are trapped or done;
    `illegal_tval` is the word or zero. Raises `BadInput`, `BadImage` or `Unsupported` with what
    was expected and found.
    """
    return Session(prepare(options), options.engine)


open = _opener(Options, _open)


def replay(path: str | Path | bytes, engine: str = "auto") -> Session:
    """Open a recording at its beginning, with its input in place: running it forward repeats
    the recorded run, on any engine. Raises `BadInput` or `Unsupported`."""
    return _opened(_read(path), engine)


def load(path: str | Path | bytes, engine: str = "auto") -> Session:
    """Open a saved run where it stood, its past included: it is played again to that step.
    Raises `BadInput` if the state there is not the recorded one."""
    recorded = _read(path)
    session = _opened(recorded, engine)
    if recorded.steps:
        session.step(recorded.steps)
    found = session.state_hash()
    if found != recorded.state_hash:
        raise BadInput(
            f"expected the state {recorded.state_hash[:16]}... after {recorded.steps} steps, "
            f"found {found[:16]}...: the recording was made by another version or is damaged"
        )
    return session


def _read(path: str | Path | bytes) -> recording.Recording:
    data = read_file(path, "a recording")
    assert data is not None
    return recording.read(data)


def _opened(recorded: recording.Recording, engine: str) -> Session:
    session = Session(setup_of(recorded.start), engine)
    session.feed(tuple(unpacked(found) for found in recorded.inputs))
    return session
