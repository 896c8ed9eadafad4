"""Sessions: open a guest, run it forward and back, look at it.

s = vmlab.open("tour")
s.run(until=Until.trap())
s.back()
"""

from __future__ import annotations

from pathlib import Path

from vmlab.core.errors import BadInput
from vmlab.session.inputs import Input
from vmlab.session.opening import prepare, read_file, resolve_engine, setup_of
from vmlab.session.session import Session
from vmlab.session.until import Until
from vmlab.trace import recording

__all__ = ["Input", "Session", "Until", "load", "open", "replay"]


def open(
    image: str | Path | bytes | None = None,
    *,
    name: str | None = None,
    ram: str | int = "64M",
    isa: str | None = None,
    engine: str = "auto",
    seed: int = 0,
    bios: str | Path | bytes | None = None,
    kernel: str | Path | bytes | None = None,
    dtb: str | Path | bytes | None = None,
    disk: str | Path | bytes | None = None,
    initrd: str | Path | bytes | None = None,
    append: str | None = None,
    insns_per_tick: int = 1,
    translation: str = "sv57",
    misaligned: str = "trap",
    illegal_tval: str = "word",
    access_tinst: str = "zero",
) -> Session:
    """Open a guest: a catalogue name, else a path; bytes are an ELF file themselves, and `name`
    says what to call it.

    `ram` is a size such as "64M"; `insns_per_tick` is virtual time (instructions) a tick of
    mtime. `bios` and `kernel` are raw files for 0x80000000 and 0x80200000. `disk` is the content
    of a virtio disk; the file is never written. `initrd` and `append` are a kernel's initial RAM
    disk and command line, which the device tree names. `translation` is the longest format that
    satp may name (bare, sv39, sv48, sv57); `misaligned` accesses are trapped or done;
    `illegal_tval` is the word or zero; `access_tinst` is zero, or full: what htinst and mtinst tell
    of a load or store that faults. Raises `BadInput`, `BadImage` or `Unsupported` with what
    was expected and found.
    """
    resolve_engine(engine)
    setup = prepare(
        image,
        name=name,
        ram=ram,
        isa=isa,
        seed=seed,
        bios=bios,
        kernel=kernel,
        dtb=dtb,
        disk=disk,
        initrd=initrd,
        append=append,
        insns_per_tick=insns_per_tick,
        translation=translation,
        misaligned=misaligned,
        illegal_tval=illegal_tval,
        access_tinst=access_tinst,
    )
    return Session(setup)


def replay(path: str | Path | bytes) -> Session:
    """Open a recording at its beginning, with its input in place: running it forward repeats
    the recorded run. Raises `BadInput` or `Unsupported`."""
    return _opened(_read(path))


def load(path: str | Path | bytes) -> Session:
    """Open a saved run where it stood, its past included: it is played again to that step.
    Raises `BadInput` if the state there is not the recorded one."""
    recorded = _read(path)
    session = _opened(recorded)
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


def _opened(recorded: recording.Recording) -> Session:
    session = Session(setup_of(recorded.start))
    session.feed(tuple(Input(step, data) for step, data in recorded.inputs))
    return session
