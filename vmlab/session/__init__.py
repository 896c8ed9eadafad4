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

from vmlab.session.files import loaded, recording_of, replayed
from vmlab.session.inputs import Input
from vmlab.session.opening import Options, prepare, read_file
from vmlab.session.session import Session
from vmlab.session.until import Until

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
    `illegal_tval` is the word or zero; `access_tinst` is zero, or full: what htinst and mtinst tell
    of a load or store that faults. `technique` is how the guest is virtualized (`vmlab vm
    techniques` lists them): then it starts in S under a monitor, and `snapshot().virtual` tells
    what is real; without one it has the machine to itself. Raises `BadInput`, `BadImage` or
    `Unsupported` with what was expected and found.
    """
    return Session(prepare(options), options.engine)


open = _opener(Options, _open)


def replay(path: str | Path | bytes, engine: str = "auto") -> Session:
    """Open a recording at its beginning, with its input in place: running it forward repeats
    the recorded run, on any engine. A snapshot carries its recording. Raises `BadInput` or
    `Unsupported`."""
    return replayed(recording_of(_read(path)), engine)


def load(path: str | Path | bytes, engine: str = "auto") -> Session:
    """Open a saved run where it stood, its past included: a snapshot at once, a recording by
    playing it again to that step. Raises `BadInput` if the state there is not the one that the
    file says."""
    return loaded(_read(path), engine)


def _read(path: str | Path | bytes) -> bytes:
    data = read_file(path, "a recording or a snapshot")
    assert data is not None
    return data
