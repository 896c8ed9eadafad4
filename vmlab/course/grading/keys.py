"""Private seeds: a key that the teacher keeps, and numbers that follow from it.

Browsers keep no secrets, so a page checks with public seeds, and whoever reads this repository
knows them. With a key, the guests that a program is graded on are known to nobody beforehand.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course import schema
from vmlab.course.progress import now

SCHEMA: Final = "vmlab/grading-key/1"
KEY_BYTES: Final = 32
SEED_BITS: Final = 53
"""A seed is a whole number in JavaScript, too."""
MOST_SEEDS: Final = 100
LARGEST_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Key:
    """What private seeds follow from; without a secret, the public seeds."""

    secret: bytes = b""

    @property
    def id(self) -> str:
        """Tells keys apart, and tells nothing of the key. "public" for the public seeds."""
        if not self.secret:
            return "public"
        return hmac.new(self.secret, b"vmlab key id", hashlib.sha256).hexdigest()[:16]

    def seeds(self, exercise: str, count: int) -> tuple[int, ...]:
        """The seeds for an exercise: HMAC-SHA256(key, slug, n), 53 bits of it; without a key, 0 to
        count - 1, which is what a page begins with."""
        return tuple(self._seed(exercise, n) for n in range(count))

    def _seed(self, exercise: str, n: int) -> int:
        if not self.secret:
            return n
        made = hmac.new(self.secret, f"{exercise}\0{n}".encode(), hashlib.sha256).digest()
        return int.from_bytes(made[:8], "big") >> (64 - SEED_BITS)


def write_key(path: Path) -> Key:
    """A new key in a new file that only its owner may read. Never writes over one."""
    key = Key(secrets.token_bytes(KEY_BYTES))
    text = json.dumps({"schema": SCHEMA, "made": now(), "key": key.secret.hex()}, indent=1)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(
            f"expected a new file for the key, found {str(path)!r} there already; "
            "with another key, nothing that is graded already stays comparable"
        ) from None
    except OSError as error:
        raise BadInput(f"expected to write {str(path)!r}, found: {error.strerror}") from None
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return key


def read_key(path: Path) -> Key:
    """The key in a file. Raises `BadInput`, which never says anything of what stands in it."""
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"expected a key file at {where!r}, found: {reason}; "
                       "vmlab grade --new-key writes one") from None  # fmt: skip
    if len(data) > LARGEST_BYTES:
        raise BadInput(f"expected a key file at {where!r}, found a larger one")
    try:
        document = schema.parse(data, where)
    except BadInput:
        raise BadInput(f"expected a key file at {where!r}, found no JSON") from None
    schema.major(document, "grading-key", 1, where)
    found = document.get("key")
    try:
        secret = bytes.fromhex(found if isinstance(found, str) else "")
    except ValueError:
        secret = b""
    if len(secret) < KEY_BYTES:
        raise BadInput(f"{where}: expected key as {2 * KEY_BYTES} hexadecimal digits, found others")
    return Key(secret)


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read a file, as far as the system can tell."""
    return os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077
