"""The snapshot file: a whole machine at one moment, and how it came there, as one zip.

    manifest.json   what a recording's has, and the hart's words and the devices' states by name
    image, bios, kernel, dtb, disk, initrd, append   what the machine was loaded with, if given
    pages, ram      the numbers of the pages of RAM that are not all zero (32 bits each), and them
    blocks, written the numbers of the disk's blocks that were written (64 bits each), and them
    console         all that was printed

Opening one takes no replay, however long the run was. It holds what a recording holds, too: going
back before its moment plays the run from its beginning. Words of the hart go by name, so a later
version may lay them out anew.

This is the form alone: whether a machine can be in that state, `session.saving` decides.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.trace.archive import MANIFEST, Archive, count, fields_of, opened, pack, sha256
from vmlab.trace.recording import (
    PARTS,
    Packed,
    Start,
    pack_inputs,
    read_start,
    start_fields,
    unpack_inputs,
)

SCHEMA: Final = "vmlab/snapshot-file/1"
SCHEMA_VIRTUAL: Final = "vmlab/snapshot-file/2"
"""Of a guest under a technique: what it believes, and what it has cost. A monitor that opens it
makes its own tables anew, as one does to which a guest has migrated."""
SCHEMAS: Final = (SCHEMA, SCHEMA_VIRTUAL)
MEMBERS: Final = ("pages", "ram", "blocks", "written", "console")
MOST_WORDS: Final = 2048
"""Words of the hart under one name: there is no more room for them."""
MOST_DEVICE_BYTES: Final = 1 << 24
_WHAT: Final = "a vmlab snapshot"

Words = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Cache:
    """Words that only make the hart faster. They are of use to a version in which they mean the
    same: `meaning` says what."""

    meaning: str
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A machine at one moment: what it started from, its input so far, and all of its state."""

    start: Start
    inputs: tuple[Packed, ...]
    steps: int
    state_hash: str
    words: Words
    caches: Mapping[str, Cache]
    devices: Mapping[str, bytes]
    pages: Mapping[int, bytes | memoryview]
    """RAM by page, from RAM's start; all others are zero."""
    blocks: Mapping[int, bytes]
    """What was written to the disk, by block."""
    console: bytes
    trap_counts: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    """Under a technique: what had been counted, by name."""


def write(file: SnapshotFile) -> bytes:
    """The snapshot as a file's bytes; the same state gives the same bytes."""
    pages, blocks = sorted(file.pages), sorted(file.blocks)
    members = {
        "pages": struct.pack(f"<{len(pages)}I", *pages),
        "ram": b"".join(file.pages[page] for page in pages),
        "blocks": struct.pack(f"<{len(blocks)}Q", *blocks),
        "written": b"".join(file.blocks[block] for block in blocks),
        "console": file.console,
    }
    manifest = {
        "schema": SCHEMA if file.start.technique is None else SCHEMA_VIRTUAL,
        **start_fields(file.start),
        "inputs": pack_inputs(file.inputs),
        "steps": file.steps,
        "state_hash": file.state_hash,
        "state_sha256": {name: sha256(data) for name, data in members.items()},
        "hart": {name: _pack_words(words) for name, words in file.words.items()},
        "caches": {
            name: [cache.meaning, _pack_words(cache.words)] for name, cache in file.caches.items()
        },
        "devices": {name: base64.b64encode(state).decode() for name, state in file.devices.items()},
        "traps": dict(file.trap_counts),
        **({"counters": dict(file.counters)} if file.counters else {}),
    }
    return pack(manifest, {**file.start.parts, **members})


def read(data: bytes, block_bytes: int) -> SnapshotFile:
    """Check and read a snapshot. Raises `BadInput` or `Unsupported`, never anything else."""
    with opened(data, _WHAT, (MANIFEST, *PARTS, *MEMBERS)) as archive:
        manifest = archive.manifest()
        schema = manifest["schema"]
        if schema not in SCHEMAS:
            raise Unsupported(f"expected schema {', '.join(SCHEMAS)}, found {schema[:80]!r}")
        with fields_of(schema):
            return _read(archive, manifest, block_bytes)


def _read(archive: Archive, manifest: Mapping[str, Any], block_bytes: int) -> SnapshotFile:
    sums = manifest["state_sha256"]
    # All small things first: a file that is wrong there is not unpacked.
    words = {str(name): _words(found) for name, found in manifest["hart"].items()}
    caches = {
        str(name): Cache(str(meaning), _words(found))
        for name, (meaning, found) in manifest["caches"].items()
    }
    devices = {str(name): _device(text) for name, text in manifest["devices"].items()}
    traps = {str(name): count(number) for name, number in manifest["traps"].items()}
    members = {name: archive.part(name, str(sums[name])) for name in MEMBERS}
    return SnapshotFile(
        read_start(archive, manifest),
        unpack_inputs(manifest["inputs"]),
        count(manifest["steps"]),
        str(manifest["state_hash"]),
        words,
        caches,
        devices,
        _pieces(members, ("pages", "I"), "ram", PAGE_SIZE_BYTES),
        {
            block: bytes(content)
            for block, content in _pieces(members, ("blocks", "Q"), "written", block_bytes).items()
        },
        members["console"],
        traps,
        {str(name): count(number) for name, number in manifest.get("counters", {}).items()},
    )


def _pieces(
    members: Mapping[str, bytes], index: tuple[str, str], content: str, size_bytes: int
) -> dict[int, memoryview]:
    """Pieces of one size by their numbers, which rise."""
    name, form = index
    width, data = struct.calcsize(form), memoryview(members[content])
    if len(members[name]) % width:
        raise BadInput(f"expected numbers of {width} bytes in {name}, found {len(members[name])}")
    numbers = struct.unpack(f"<{len(members[name]) // width}{form}", members[name])
    if len(data) != size_bytes * len(numbers):
        raise BadInput(
            f"expected {size_bytes * len(numbers)} bytes in {content}, found {len(data)}"
        )
    if any(low >= high for low, high in pairwise(numbers)):
        raise BadInput(f"expected rising numbers in {name}")
    return {
        number: data[at * size_bytes : (at + 1) * size_bytes] for at, number in enumerate(numbers)
    }


def _pack_words(words: tuple[int, ...]) -> str:
    """Hexadecimal words, since a JSON reader may keep numbers as floats. Zeros at the end are as
    they are: their number is the length."""
    return " ".join(f"{word:x}" for word in words)


def _words(text: Any) -> tuple[int, ...]:
    if not isinstance(text, str) or len(text) > 17 * MOST_WORDS:
        raise ValueError(f"{str(text)[:40]!r} is no list of words")
    words = tuple(int(word, 16) for word in text.split())
    if any(not 0 <= word <= MASK64 for word in words):
        raise ValueError(f"{text[:40]!r} has a word of more than 64 bits")
    return words


def _device(text: Any) -> bytes:
    state = base64.b64decode(text, validate=True)
    if len(state) > MOST_DEVICE_BYTES:
        raise ValueError(f"a device's state of {len(state)} bytes")
    return state
