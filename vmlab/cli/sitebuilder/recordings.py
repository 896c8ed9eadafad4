"""Recordings that a page plays without Python: a guest is really run, and it is written down.

A recording is JSON, schema `vmlab/play/1`. It has who ran and why that changed (`whoran.Band`), as
columns, since a thousand bands share a dozen causes; what was printed, and when; and the counters.
Every length is in instructions of the guest's, and measured. A monitor in Python retires none: the
length of its bands is what it carried out for the guest, and whoever draws them longer says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import vmlab
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BadInput
from vmlab.core.units import MIB
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.common.whoran import Band, Owner, WhoRan
from vmlab.vmm.techniques import find

SCHEMA: Final = "vmlab/play/1"
RAM_BYTES: Final = 8 * MIB
MOST_INSNS: Final = 5_000_000
MOST_BANDS: Final = 4_000
"""A recording with more is too long to be looked at: choose a shorter run."""
_LAYERS: Final = ("core", "isa", "derive", "machine", "trace", "guests", "engine", "vmm")
_SECTOR_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Run:
    """What is recorded."""

    technique: str
    append: str
    """nano's command line."""
    focus: tuple[int, int | None]
    """The close-up: from the guest's user stretch of the first number to that of the second, as in
    a slice of Python's, or to the end of all. A stretch ends when the guest's kernel runs, so it
    is the same one under every technique."""
    disk_sectors: int = 0
    """A disk of so many, if any; each byte of it is its own sector's number."""

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.technique}-{self.append}".replace(" ", "-").replace("_", "-")


@dataclass(frozen=True, slots=True)
class Recording:
    """A run, recorded."""

    run: Run
    content: dict[str, Any]

    @property
    def file(self) -> bytes:
        """The same bytes for the same run."""
        return (json.dumps(self.content, separators=(",", ":"), sort_keys=True) + "\n").encode()

    @property
    def direct(self) -> bool:
        """False if a program carried out every instruction."""
        return bool(self.content["counters"]["direct_insns"])


@cache
def sources() -> str:
    """A digest of all that decides what a run does."""
    package = Path(vmlab.__file__).parent
    paths = [path for layer in _LAYERS for path in sorted((package / layer).rglob("*"))]
    kept = [path for path in paths if path.suffix in (".py", ".elf", ".pyc", ".wasm")]
    here = [Path(__file__)]
    return digest(part for path in (*kept, *here) for part in (path.name, path.read_bytes()))


def recorded(store: Store, run: Run) -> Recording:
    """The recording of a run, made now or remembered."""

    def make(target: Path) -> None:
        target.write_bytes(record(run).file)

    key = digest([sources(), repr(run)])
    kept = store.get(f"recordings/{run.name}-{key}.json", make)
    return Recording(run, json.loads(kept.read_bytes()))


def started(technique: str, append: str, disk_sectors: int = 0, vms: int = 1) -> list[Subject]:
    """nano with this command line under a technique, not yet run; several beside each other."""
    row = find(technique)
    board = guest_platform(RAM_BYTES)
    disk = b"".join(bytes([sector % 256]) * _SECTOR_BYTES for sector in range(disk_sectors))
    payload = payload_of(f"nano{row.build}", append=append, disk=disk or None, ram_bytes=RAM_BYTES)
    return list(row.start(((board, payload),) * vms, "auto"))


def record(run: Run) -> Recording:
    """Carry out a run and write it down. Raises `BadInput` if it does not end by itself."""
    (subject,) = started(run.technique, run.append, run.disk_sectors)
    who = WhoRan(subject)
    printed: list[tuple[int, int]] = []
    inner = subject.machine.terminal.on_output

    def heard(byte: int) -> None:
        printed.append((subject.hart.retired, byte))
        inner(byte)

    subject.machine.uart.on_output = subject.machine.terminal.on_output = heard
    subject.run(MOST_INSNS)
    subject.settle()
    bands = who.bands()
    if not bands[-1].insns and bands[-1].owner is not Owner.MONITOR:
        bands = bands[:-1]  # the guest was about to go on when its machine ended
    if subject.state is not State.ENDED or len(bands) > MOST_BANDS:
        raise BadInput(
            f"expected {run.append} under {run.technique} to end within {MOST_INSNS} instructions "
            f"and {MOST_BANDS} bands, found it {subject.state.value} after {len(bands)} bands"
        )
    return Recording(run, _content(run, subject, bands, printed))


def _content(
    run: Run, subject: Subject, bands: Sequence[Band], printed: list[tuple[int, int]]
) -> dict[str, Any]:
    whys = sorted({band.why for band in bands})
    reasons = sorted({band.reason.value for band in bands if band.reason})
    modes = sorted({(band.owner.value, band.believed, band.real) for band in bands})
    places = {mode: at for at, mode in enumerate(modes)}
    text = [
        [position, bytes(byte for _, byte in group).decode("ascii", "replace")]
        for position, group in groupby(printed, lambda one: one[0])
    ]
    return {
        "schema": SCHEMA,
        "guest": f"nano{find(run.technique).build}",
        "append": run.append,
        "technique": run.technique,
        "ram_bytes": RAM_BYTES,
        "measured": True,
        "modes": [list(mode) for mode in modes],
        "whys": whys,
        "reasons": reasons,
        "bands": {
            "mode": [places[band.owner.value, band.believed, band.real] for band in bands],
            "insns": [band.insns for band in bands],
            "why": [whys.index(band.why) for band in bands],
            "reason": [reasons.index(band.reason.value) if band.reason else -1 for band in bands],
            "pc": [f"{band.pc:x}" for band in bands],
        },
        "focus": list(focus(bands, run.focus)),
        "console": text,
        "counters": {name: n for name, n in subject.counters.rows().items() if n is not None},
        "state_hash": subject.machine.state_hash(),
    }


def stretches(bands: Sequence[Band]) -> list[tuple[int, int]]:
    """The guest's user stretches: the places of the first and the last band of each. What a
    monitor did between two bands of the same user's is inside."""
    found: list[tuple[int, int]] = []
    open_at: int | None = None
    for at, band in enumerate(bands):
        if band.owner is Owner.USER:
            if open_at is None:
                found.append((at, at))
            else:
                found[-1] = (open_at, at)
            open_at = found[-1][0]
        elif band.believed == "S":
            open_at = None
    return found


def focus(bands: Sequence[Band], wanted: tuple[int, int | None]) -> tuple[int, int]:
    """The close-up as places in the list of bands: first, and one past the last."""
    users, (first, last) = stretches(bands), wanted
    try:
        return users[first][0], len(bands) if last is None else users[last][1] + 1
    except IndexError:
        raise BadInput(
            f"expected user stretches {first} and {last}, found {len(users)} of them"
        ) from None
