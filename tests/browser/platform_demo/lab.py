"""An app without pictures: it does what a test asks for, in the site's own worker.

`tests.browser.lab` has the test's end; lab.js stands between.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from panel.custom import JSComponent
from platform_demo import regions, wasm

import vmlab
from vmlab.engine.effort import FORCE
from vmlab.session.until import Until


async def run(
    guest: str | None = None,
    engine: str = "auto",
    files: dict[str, str] | None = None,
    talk: list[list[str]] | None = None,
    typed: str = "",
    limit: int = 100_000_000,
    force: bool = False,
    image: str = "",
) -> dict[str, Any]:
    """Run a guest as the page does, slice by slice. `talk` is a list of [wait for, then type].
    With `force`, T2 translates whatever a jump leads to; `image` is a guest that
    has no name."""
    os.environ.pop(FORCE, None)
    if force:
        os.environ[FORCE] = "1"
    options = {name: base64.b64decode(data) for name, data in (files or {}).items()}
    begin = time.perf_counter()
    session = vmlab.open(base64.b64decode(image) if image else guest, engine=engine, **options)
    opened = time.perf_counter() - begin
    longest, slices, took = 0.0, 0, 0.0
    if typed:
        session.send(typed.encode())
    for pattern, answer in talk or [["", ""]]:
        session.start(Until.console(pattern) if pattern else None, limit)
        going = True
        while going:
            begin = time.perf_counter()
            going = session.tick()
            slice_s = time.perf_counter() - begin
            longest, slices, took = max(longest, slice_s), slices + 1, took + slice_s
            await asyncio.sleep(0)
        if answer:
            session.send(answer.encode())
    assert session.stop is not None
    return {
        "engine": session.engine.name,
        "reason": session.stop.reason.name,
        "position": session.position,
        "hash": session.state_hash(),
        "console": bytes(session.console).decode("utf-8", "replace"),
        "opened_s": opened,
        "took_s": took,
        "slices": slices,
        "longest_ms": 1000 * longest,
        "translated": asdict(session.engine.translation_counters()),
    }


DOES = {
    "wasm": wasm.report,
    "run": run,
    "late": regions.late,
    "unheard": regions.unheard,
    "recycled": regions.recycled,
}


class Lab(JSComponent):
    """Has no picture."""

    _esm = Path(__file__).parent / "lab.js"

    def _handle_msg(self, data: Any) -> None:
        asyncio.ensure_future(self._answer(data["does"], data["given"]))  # noqa: RUF006

    async def _answer(self, does: str, given: dict[str, Any]) -> None:
        try:
            found = DOES[does](**given)
            value = await found if asyncio.iscoroutine(found) else found
            self._send_msg({"value": value})
        except BaseException as failure:  # noqa: BLE001  # the test is to see it, whatever it is
            self._send_msg({"failure": "".join(traceback.format_exception(failure))})


def browser_main() -> None:
    """Nothing but the lab."""
    Lab().servable()
