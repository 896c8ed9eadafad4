"""The files that an author writes, read with one sentence when that does not work."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from vmlab.core.errors import BadInput


def read_text(path: Path) -> str:
    """A text. Raises `BadInput` if it is not in UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path}: expected text in UTF-8, found another byte at {error.start}"
        ) from None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file. Raises `BadInput` if it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: expected facts as TOML: {error}") from None
