"""The page's report of a failure: versions, the browser, what went wrong, and the run, as JSON.

    schema, written, versions{}, browser{}, address, error{title, text, details}, earlier[],
    position, run (a recording or a snapshot, base64; null if none was kept)

The page writes it (web/site/later/report.js); here only the run is taken out again.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.units import MIB

SCHEMA: Final = "vmlab/report/1"
MOST_BYTES: Final = 32 * MIB


def looks_like(data: bytes) -> bool:
    """Whether this is JSON rather than the zip of a run."""
    return data[:64].lstrip().startswith(b"{")


def run_of(data: bytes) -> bytes:
    """The run inside a report; any other file as it is. Raises `BadInput` or `Unsupported`."""
    if not looks_like(data):
        return data
    if len(data) > MOST_BYTES:
        raise BadInput(f"expected at most {MOST_BYTES} bytes of a report, found {len(data)}")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("expected a report as JSON, found something else") from None
    schema = said.get("schema") if isinstance(said, dict) else None
    if schema != SCHEMA:
        raise Unsupported(f"expected schema {SCHEMA}, found {str(schema)[:80]!r}")
    run = said.get("run")
    if run is None:
        raise BadInput("expected a run in the report, found none: it failed before there was one")
    try:
        return base64.b64decode(run, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise BadInput("expected the run of the report as base64, found something else") from None
