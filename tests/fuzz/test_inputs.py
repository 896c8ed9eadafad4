"""Damaged files of every kind that vmlab reads: each runs, or is refused as `VmlabError`.

`VMLAB_FUZZ` sets how many cases there are; `make test-long` has 100,000.
"""

from __future__ import annotations

import base64
import io
import json
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final
from unittest.mock import patch

import pytest

import vmlab
from tests.conftest import LONG
from tests.fuzz.mutate import EDGES, damaged, time_limit
from tests.unit.guests.elf_maker import Elf
from vmlab.core.errors import VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.session import Session, load, saving
from vmlab.session.opening import Options, build, prepare
from vmlab.trace import archive, recording

CASES: Final = int(os.environ.get("VMLAB_FUZZ", 100_000 if LONG else 600))
BATCH: Final = 2_500
"""Cases of one test, so that workers can share."""
RAM: Final = "1M"
STEPS: Final = 300
TOUR: Final = GUESTS["tour"].read()


def _tree() -> bytes:
    return build(prepare(Options("tour", ram=RAM)))[0].device_tree()


def _recorded() -> bytes:
    run = vmlab.open("echo", ram=RAM, disk=bytes(4096), append="quiet")
    run.run(limit=500)
    run.send("hello\r")
    run.run(limit=500)
    return recording.write(run.recording())


def _elf(rng: Random, good: bytes) -> Session:
    return vmlab.open(damaged(rng, good), ram=RAM)


def _dtb(rng: Random, good: bytes) -> Session:
    return vmlab.open(TOUR, ram=RAM, dtb=damaged(rng, good, rng.choice((1 << 12, 1 << 21))))


def _disk(rng: Random, good: bytes) -> Session:
    return vmlab.open(TOUR, ram=RAM, disk=damaged(rng, good))


def _raw(rng: Random, good: bytes) -> Session:
    """Firmware and a kernel, of any bytes and sizes, now and then beside an ELF and an initrd."""
    return vmlab.open(
        damaged(rng, TOUR) if rng.random() < 0.2 else None,
        ram=rng.choice(("1M", "4M")),
        bios=damaged(rng, good) if rng.random() < 0.9 else bytes(3 << 20),
        kernel=damaged(rng, good) if rng.random() < 0.5 else None,
        initrd=damaged(rng, good, 1 << 13) if rng.random() < 0.5 else None,
    )


def _recording(rng: Random, good: bytes) -> Session:
    """The file's bytes, or what is packed in it, are damaged."""
    return load(damaged(rng, good) if rng.random() < 0.3 else _damaged_members(rng, good))


def _damaged_members(rng: Random, good: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if rng.random() < 0.6:
                data = damaged(rng, data)
            new.writestr(name, data)
    return packed.getvalue()


def _snapshot() -> bytes:
    run = vmlab.open("echo", ram=RAM, disk=bytes(4096), append="quiet")
    run.run(limit=2_000)
    run.send("hello\r")
    run.run(limit=500)
    return run.snapshot_file()


def _with_sums(packed: bytes) -> bytes:
    """The file with the hashes that its members have: damage gets past them."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(new, "w") as made:
        members = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(members[archive.MANIFEST])
        for sums in (manifest["sha256"], manifest["state_sha256"]):
            for name in sums.keys() & members.keys():
                sums[name] = archive.sha256(members[name])
        members[archive.MANIFEST] = json.dumps(manifest).encode()
        for name, data in members.items():
            made.writestr(name, data)
    return new.getvalue()


def _damaged_state(rng: Random, good: bytes) -> bytes:
    """A manifest whose words of the hart, or whose devices, are others."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(new, "w") as made:
        for name in old.namelist():
            data = old.read(name)
            if name == archive.MANIFEST:
                manifest = json.loads(data)
                for _ in range(rng.randrange(1, 4)):
                    if rng.random() < 0.6:
                        word = rng.choice(list(manifest["hart"]))
                        values = manifest["hart"][word].split()
                        values[rng.randrange(len(values))] = f"{rng.choice(EDGES):x}"
                        manifest["hart"][word] = " ".join(values)
                    else:
                        device = rng.choice(list(manifest["devices"]))
                        state = damaged(rng, base64.b64decode(manifest["devices"][device]))
                        manifest["devices"][device] = base64.b64encode(state).decode()
                data = json.dumps(manifest).encode()
            made.writestr(name, data)
    return new.getvalue()


def _snapshot_file(rng: Random, good: bytes) -> Session:
    """The file's bytes, its members, or the state in it are damaged; the hash of the state is
    not asked, so that what is wrong reaches the machine if it can."""
    kind = rng.random()
    if kind < 0.2:
        return load(damaged(rng, good))
    bad = _damaged_state(rng, good) if kind < 0.7 else _damaged_members(rng, good)
    with suppress(Exception):
        bad = _with_sums(bad)
    with patch.object(saving, "_same_state", lambda found, said: True):
        session = load(bad)
    session.snapshot()  # a screen looks at devices, too
    return session


KINDS: Final[dict[str, tuple[Callable[[Random, bytes], Session], Callable[[], bytes]]]] = {
    "elf": (_elf, lambda: TOUR),
    "small elf": (_elf, lambda: Elf().build()),
    "device tree": (_dtb, _tree),
    "disk": (_disk, lambda: bytes(range(256)) * 40),
    "raw files": (_raw, lambda: TOUR[:3000]),
    "recording": (_recording, _recorded),
    "snapshot": (_snapshot_file, _snapshot),
}

SHARE: Final = -(-CASES // len(KINDS))
BATCHES: Final = [
    pytest.param(kind, start, min(BATCH, SHARE - start), id=f"{kind}-{start}")
    for kind in KINDS
    for start in range(0, SHARE, BATCH)
]


@pytest.mark.parametrize(("kind", "start", "count"), BATCHES)
def test_damaged_files_run_or_are_refused(kind: str, start: int, count: int) -> None:
    open_damaged, make = KINDS[kind]
    good = make()
    ran = 0
    for case in range(start, start + count):
        rng = Random(f"{kind}/{case}")
        with time_limit():
            try:
                session = open_damaged(rng, good)
                session.run(limit=STEPS)
                ran += 1
            except VmlabError:
                continue
            except BaseException as failure:
                failure.add_note(f"{kind}, case {case}")
                raise
    print(f"{kind}: {ran} of {count} ran")
