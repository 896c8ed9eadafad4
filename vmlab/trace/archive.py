"""The zip that recordings and snapshots travel in, and how one is read without trusting it.

A file comes from anywhere. Only members of known names are taken, each once, none larger than its
bound, all together no larger than theirs; what is unpacked is never more than what was declared.
Whatever is wrong is said in a sentence: `BadInput` or `Unsupported`, never anything else.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB

MANIFEST: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 16 * MIB
"""Small, because JSON unpacks to twenty times its size."""
MOST_PART_BYTES: Final = 512 * MIB
MOST_BYTES: Final = 1024 * MIB
"""Of all members together, unpacked."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
_QUICK: Final = 1
"""How hard to pack what is large: the best packs RAM a fifth smaller in ten times the time."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def pack(manifest: Mapping[str, object], parts: Mapping[str, bytes]) -> bytes:
    """A file's bytes; the same content gives the same bytes. Raises `BadInput` for what is too
    large to be opened again."""
    files = {MANIFEST: json.dumps(manifest, indent=1).encode(), **parts}
    for name, data in files.items():
        most = MOST_MANIFEST_BYTES if name == MANIFEST else MOST_PART_BYTES
        if len(data) > most:
            raise BadInput(f"expected at most {most} bytes of {name} to save, found {len(data)}")
    total = sum(len(data) for data in files.values())
    if total > MOST_BYTES:
        raise BadInput(f"expected at most {MOST_BYTES} bytes to save in all, found {total}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            level = _QUICK if len(data) > MIB else None
            info = zipfile.ZipInfo(name, _EPOCH)
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, compresslevel=level)
    return packed.getvalue()


def sha256(data: bytes) -> str:
    """How a manifest names a member's content."""
    return hashlib.sha256(data).hexdigest()


class Archive:
    """An opened file whose directory has been found sound; `what` names its kind in sentences."""

    def __init__(self, opened: zipfile.ZipFile, what: str, names: Collection[str]) -> None:
        self._opened = opened
        self._what = what
        seen: set[str] = set()
        total = 0
        for info in opened.infolist():
            if info.filename not in names:
                raise BadInput(
                    f"expected only {', '.join(sorted(names))} in {what}, "
                    f"found {info.filename[:80]!r}"
                )
            if info.filename in seen:
                raise BadInput(f"expected {info.filename} once in {what}, found it twice")
            if info.compress_type not in _METHODS:
                raise BadInput(
                    f"expected {info.filename} stored or deflated in {what}, "
                    f"found method {info.compress_type}"
                )
            seen.add(info.filename)
            total += info.file_size
        if total > MOST_BYTES:
            raise BadInput(f"expected at most {MOST_BYTES} bytes in {what}, found {total}")

    def member(self, name: str, most: int | None = None) -> bytes:
        """The content of a member, at most so many bytes (`MOST_PART_BYTES`)."""
        most = MOST_PART_BYTES if most is None else most
        try:
            info = self._opened.getinfo(name)
        except KeyError:
            raise BadInput(f"expected {name} in {self._what}, found none") from None
        if info.file_size > most:
            raise BadInput(f"expected at most {most} bytes in {name}, found {info.file_size}")
        with self._opened.open(info) as member:
            content = member.read(most + 1)
        if len(content) > most:
            raise BadInput(f"expected at most {most} bytes in {name}, found more")
        return content

    def part(self, name: str, expected_sha256: str) -> bytes:
        """The content of a member that the manifest knows by its hash."""
        data = self.member(name)
        found = sha256(data)
        if found != expected_sha256:
            raise BadInput(f"expected sha256 {expected_sha256[:80]} for {name}, found {found}")
        return data

    def manifest(self) -> dict[str, Any]:
        """The manifest, which is an object and says its schema."""
        raw = self.member(MANIFEST, MOST_MANIFEST_BYTES)
        try:
            manifest = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"expected JSON in {MANIFEST}, found: {str(error)[:200]}") from None
        schema = manifest.get("schema") if isinstance(manifest, dict) else None
        if not isinstance(schema, str):
            raise BadInput(
                f"expected schema vmlab/NAME/NUMBER in {MANIFEST}, found {str(schema)[:80]}"
            )
        return dict(manifest)


@contextmanager
def opened(data: bytes, what: str, names: Collection[str]) -> Iterator[Archive]:
    """Read a file within the block: what `zipfile` raises there on damage is said in words."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield Archive(archive, what, names)
    except _ZIP_ERRORS as error:
        raise BadInput(f"expected {what} (a zip file), found: {str(error)[:200]}") from None


@contextmanager
def fields_of(schema: str) -> Iterator[None]:
    """Take fields from a manifest within the block: a missing or wrong one is said in words."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise BadInput(
            f"expected every field of {schema[:80]} in {MANIFEST}, found: {repr(error)[:200]}"
        ) from None


def count(value: object) -> int:
    """A number of a manifest that counts something."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ValueError(f"{str(value)[:40]!r} is no count")
    return value
