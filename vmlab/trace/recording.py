"""The recording file: everything that a run is a function of, as one zip.

    manifest.json   schema, versions, platform, seed, sha256 of the image, the input by step,
                    and where the run stood with its state hash
    image, bios, kernel, dtb, disk, initrd, append   what the machine was loaded with, if given

A run in which somebody changed registers or memory has schema 2, since a reader of schema 1 would
not play those changes; one under a technique (field `technique`) has schema 3, since a reader of 2
would play it on the bare machine; every other is written as schema 1.

Playing it again from the image gives the same run, and the hash says whether it did. Sizes are
checked before anything is unpacked; a foreign, damaged or newer file is refused
(`trace.archive`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from vmlab._version import __version__
from vmlab.core.errors import BadInput, Unsupported
from vmlab.trace.archive import MANIFEST, Archive, count, fields_of, opened, pack, sha256

SCHEMA: Final = "vmlab/recording/1"
SCHEMA_WITH_EDITS: Final = "vmlab/recording/2"
SCHEMA_VIRTUAL: Final = "vmlab/recording/3"
SCHEMAS: Final = (SCHEMA, SCHEMA_WITH_EDITS, SCHEMA_VIRTUAL)
PARTS: Final = ("image", "bios", "kernel", "dtb", "disk", "initrd", "append")
_WHAT: Final = "a vmlab recording"


@dataclass(frozen=True, slots=True)
class Start:
    """What a run starts from."""

    name: str
    isa: str
    ram_bytes: int
    insns_per_tick: int
    seed: int
    parts: Mapping[str, bytes]
    """The files by their name in `PARTS`."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the platform chose where the manual leaves freedom, by name; the rest is default."""
    technique: str | None = None
    """How the guest was virtualized; None: it had the machine to itself."""


Packed = tuple[int, bytes] | tuple[int, bytes, str, int]
"""Input: the step at which it came and what was typed; or what was written, and where."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A run: its start, its input, and its end (step, state hash)."""

    start: Start
    inputs: tuple[Packed, ...]
    steps: int
    state_hash: str


def write(recording: Recording) -> bytes:
    """The recording as a file's bytes; the same run gives the same bytes."""
    edited = any(len(given) > 2 for given in recording.inputs)
    schema = SCHEMA_WITH_EDITS if edited else SCHEMA
    manifest = {
        "schema": schema if recording.start.technique is None else SCHEMA_VIRTUAL,
        **start_fields(recording.start),
        "inputs": pack_inputs(recording.inputs),
        "steps": recording.steps,
        "state_hash": recording.state_hash,
    }
    return pack(manifest, recording.start.parts)


def read(data: bytes) -> Recording:
    """Check and read a recording. Raises `BadInput` or `Unsupported`, never anything else."""
    with opened(data, _WHAT, (MANIFEST, *PARTS)) as archive:
        manifest = archive.manifest()
        schema = manifest["schema"]
        if schema not in SCHEMAS:
            raise Unsupported(f"expected schema {', '.join(SCHEMAS)}, found {schema[:80]!r}")
        with fields_of(schema):
            return Recording(
                read_start(archive, manifest),
                unpack_inputs(manifest["inputs"]),
                count(manifest["steps"]),
                str(manifest["state_hash"]),
            )


# What a snapshot file has in common with a recording ---------------------------------------------


def start_fields(start: Start) -> dict[str, object]:
    """What a run started from, as fields of a manifest; the parts are members of their own."""
    return {
        "vmlab": __version__,
        "name": start.name,
        "isa": start.isa,
        "platform": {
            "ram_bytes": start.ram_bytes,
            "insns_per_tick": start.insns_per_tick,
            "choices": dict(start.choices),
        },
        "seed": start.seed,
        **({} if start.technique is None else {"technique": start.technique}),
        "sha256": {name: sha256(data) for name, data in start.parts.items()},
    }


def read_start(archive: Archive, manifest: Mapping[str, Any]) -> Start:
    """The same, from a file. Called within `fields_of`."""
    platform = manifest["platform"]
    sums = {str(name): str(value) for name, value in manifest["sha256"].items()}
    return Start(
        str(manifest["name"]),
        str(manifest["isa"]),
        count(platform["ram_bytes"]),
        count(platform["insns_per_tick"]),
        count(manifest["seed"]),
        {name: archive.part(name, sums[name]) for name in PARTS if name in sums},
        {str(name): str(value) for name, value in platform.get("choices", {}).items()},
        None if manifest.get("technique") is None else str(manifest["technique"]),
    )


def pack_inputs(inputs: tuple[Packed, ...]) -> list[list[object]]:
    """Input as JSON holds it: the step, the bytes in base64, for a change what was changed."""
    return [[one[0], base64.b64encode(one[1]).decode(), *one[2:]] for one in inputs]


def unpack_inputs(listed: Any) -> tuple[Packed, ...]:
    """The same, from a file. Called within `fields_of`."""
    inputs = tuple(_unpack(*one) for one in listed)
    if any(one[0] > after[0] for one, after in pairwise(inputs)):
        raise BadInput(f"expected input in the order of its steps in {MANIFEST}")
    return inputs


def _unpack(step: object, text: str, *where: object) -> Packed:
    data = base64.b64decode(text, validate=True)
    if not where:
        return count(step), data
    place, number = where
    if not isinstance(place, str):
        raise ValueError(f"{str(place)[:40]!r} is no place")
    return count(step), data, place, count(number)
