"""The recording file: everything that a run is a function of, as one zip.

    manifest.json   schema, versions, platform, seed, sha256 of the image, the input by step,
                    and where the run stood with its state hash
    image, bios, kernel, dtb, disk, initrd, append   what the machine was loaded with, if given

Playing it again from the image gives the same run, and the hash says whether it did. Sizes are
checked before anything is unpacked; a foreign, damaged or newer file is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from vmlab._version import __version__
from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.units import MIB

SCHEMA: Final = "vmlab/recording/1"
PARTS: Final = ("image", "bios", "kernel", "dtb", "disk", "initrd", "append")
MANIFEST: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 64 * MIB
MOST_PART_BYTES: Final = 512 * MIB
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises on damaged input, by its source and by fuzzing."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


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


@dataclass(frozen=True, slots=True)
class Recording:
    """A run: its start, its input (step, bytes), and its end (step, state hash)."""

    start: Start
    inputs: tuple[tuple[int, bytes], ...]
    steps: int
    state_hash: str


def write(recording: Recording) -> bytes:
    """The recording as a file's bytes; the same run gives the same bytes."""
    start = recording.start
    manifest = {
        "schema": SCHEMA,
        "vmlab": __version__,
        "name": start.name,
        "isa": start.isa,
        "platform": {
            "ram_bytes": start.ram_bytes,
            "insns_per_tick": start.insns_per_tick,
            "choices": dict(start.choices),
        },
        "seed": start.seed,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in start.parts.items()},
        "inputs": [[step, base64.b64encode(data).decode()] for step, data in recording.inputs],
        "steps": recording.steps,
        "state_hash": recording.state_hash,
    }
    files = {MANIFEST: json.dumps(manifest, indent=1).encode(), **start.parts}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def read(data: bytes) -> Recording:
    """Check and read a recording. Raises `BadInput` or `Unsupported`, never anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = _manifest(_member(archive, MANIFEST, MOST_MANIFEST_BYTES))
            return _recording(archive, manifest)
    except _ZIP_ERRORS as error:
        raise BadInput(f"expected a vmlab recording (a zip file), found: {error}") from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise BadInput(f"expected {name} in the recording, found none") from None
    if info.file_size > most:
        raise BadInput(f"expected at most {most} bytes in {name}, found {info.file_size}")
    with archive.open(info) as member:
        content = member.read(most + 1)
    if len(content) > most:
        raise BadInput(f"expected at most {most} bytes in {name}, found more")
    return content


def _manifest(raw: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"expected JSON in {MANIFEST}, found: {error}") from None
    if not isinstance(manifest, dict) or "schema" not in manifest:
        raise BadInput(f"expected a schema in {MANIFEST}, found none")
    schema = manifest["schema"]
    if schema != SCHEMA:
        raise Unsupported(f"expected schema {SCHEMA}, found {schema!r}")
    return manifest


def _recording(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Recording:
    try:
        platform = manifest["platform"]
        sums = {str(name): str(value) for name, value in manifest["sha256"].items()}
        inputs = tuple(
            (_count(step), base64.b64decode(text, validate=True))
            for step, text in manifest["inputs"]
        )
        if any(step > after for (step, _), (after, _) in pairwise(inputs)):
            raise BadInput(f"expected input in the order of its steps in {MANIFEST}")
        parts: dict[str, bytes] = {
            name: _part(archive, name, sums[name]) for name in PARTS if name in sums
        }
        start = Start(
            str(manifest["name"]),
            str(manifest["isa"]),
            _count(platform["ram_bytes"]),
            _count(platform["insns_per_tick"]),
            _count(manifest["seed"]),
            parts,
            {str(name): str(value) for name, value in platform.get("choices", {}).items()},
        )
        return Recording(start, inputs, _count(manifest["steps"]), str(manifest["state_hash"]))
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise BadInput(
            f"expected every field of {SCHEMA} in {MANIFEST}, found: {error!r}"
        ) from None


def _part(archive: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    data = _member(archive, name, MOST_PART_BYTES)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BadInput(f"expected sha256 {sha256} for {name}, found {found}")
    return data


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ValueError(f"{value!r} is no count")
    return value
