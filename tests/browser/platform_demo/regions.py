"""What the tests want to know of T2 in the site's worker: regions that arrive late, and code that
is given back."""

from __future__ import annotations

import asyncio
import base64
import math
import time
from dataclasses import asdict, replace
from typing import Any

import js

import vmlab
from vmlab.engine import tiers
from vmlab.engine.effort import FORCED
from vmlab.engine.hosts import browser_host

ARRIVES_S = 0.3
NUMBERS, MOST_HELD = 4_000_000, 8
"""Of an array that is garbage soon, and how many of these there are at once: 256 MB."""
COLLECTED_S = 20.0


def _session(image: str, **effort: Any) -> vmlab.Session:
    """A session whose T2 makes this effort."""
    chosen = tiers.chosen
    tiers.chosen = lambda: replace(FORCED, **effort)
    try:
        return vmlab.open(base64.b64decode(image), engine="t2")
    finally:
        tiers.chosen = chosen


def _told(session: vmlab.Session) -> dict[str, Any]:
    assert session.stop is not None
    log = session.engine.translation_log()
    return {
        "reason": session.stop.reason.name,
        "position": session.position,
        "hash": session.state_hash(),
        "log": [[event.page, event.change.name, event.why.name] for event in log],
        "translated": asdict(session.engine.translation_counters()),
    }


async def late(image: str, pieces: list[int], heard: list[bool]) -> dict[str, Any]:
    """Run a guest in pieces, each in one long call, and let the browser's messages in behind those
    of which `heard` says so; then to its end."""
    session = _session(image, background=True, turn_s=60.0)
    patient, browser_host.UNHEARD_S = browser_host.UNHEARD_S, math.inf
    counted = []
    try:
        for insns, hears in zip(pieces, heard, strict=True):
            session.run(limit=insns)
            counted.append(asdict(session.engine.translation_counters()))
            if hears:
                await asyncio.sleep(ARRIVES_S)
        session.run()
    finally:
        browser_host.UNHEARD_S = patient
    return {"counted": counted, **_told(session)}


def unheard(image: str) -> dict[str, Any]:
    """Run a guest in one long call, in which no message comes in."""
    session = _session(image, background=True, turn_s=60.0)
    session.run()
    return _told(session)


async def recycled(image: str, most_wasm_bytes: int) -> dict[str, Any]:
    """Run a guest with so little room for code; whether what was given back is collected."""
    session = _session(image, most_wasm_bytes=most_wasm_bytes)
    put, watched, most = browser_host.BrowserJoined.put, [], 0

    def seen(self: Any, index: int, function: Any) -> None:
        if len(watched) < 3:
            watched.append(js.WeakRef.new(function))
        put(self, index, function)

    browser_host.BrowserJoined.put = seen
    try:
        while session.stop is None or session.stop.reason.name == "LIMIT":
            session.run(limit=20_000)
            most = max(most, session.engine.translation_counters().code_bytes)
            await asyncio.sleep(0)
    finally:
        browser_host.BrowserJoined.put = put
    return {"most": most, "first_gone": await _gone(watched), **_told(session)}


async def _gone(watched: list[Any]) -> bool:
    """Whether JavaScript's collector has taken all of these before long. It looks through what is
    old only when much is held that is old, too, and between two turns."""
    until, held = time.perf_counter() + COLLECTED_S, []
    while time.perf_counter() < until:
        held.append(js.Array.new(NUMBERS).fill(0.5))
        await asyncio.sleep(0.01)
        if all(one.deref() is None for one in watched):
            return True
        if len(held) == MOST_HELD:
            held.clear()
    return False
