"""Drives a real Firefox over WebDriver BiDi, which it speaks by itself: no driver is needed.

Playwright needs a Firefox of its own making; this is the one that people have. Only what the
smoke test needs is here: open an address, and wait until an expression of the page holds.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import WebSocketClientConnection, websocket_connect

SCRIPT = Path(__file__).parents[2] / ".ci" / "firefox"
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
START_S = 60
WAIT_S = 90
WAIT = """(async () => {
  const ends = performance.now() + 1000 * SECONDS;
  while (performance.now() < ends) {
    try { if (EXPRESSION) return "holds"; } catch { /* not there yet */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return document.body.innerText.slice(0, 500);
})()"""
PREFERENCES = """
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
"""


def firefox() -> str:
    """The browser to use; without one the test is skipped, with the reason."""
    if not SCRIPT.exists():
        pytest.skip(f"expected {SCRIPT} to find a Firefox, found none: this is not a checkout")
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip((done.stderr.strip().splitlines() or ["no Firefox"])[-1])
    return done.stdout.strip()


class Tab:
    """One tab of a Firefox."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._context = ""
        self.console: list[str] = []
        self.requests: list[str] = []

    async def begin(self) -> None:
        """Open the tab and listen to what it asks for and says."""
        await self.command("session.new", capabilities={})
        made = await self.command("browsingContext.create", type="tab")
        self._context = made["context"]
        events = ["log.entryAdded", "network.beforeRequestSent"]
        await self.command("session.subscribe", events=events)

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return what it resulted in."""
        number = next(self._numbers)
        await self._connection.write_message(
            json.dumps({"id": number, "method": method, "params": params})
        )
        while True:
            said = json.loads(await self._connection.read_message() or '{"type": "closed"}')
            if said["type"] == "event":
                self._note(said["method"], said["params"])
            elif said.get("id") == number and said["type"] == "success":
                return dict(said["result"])
            else:
                pytest.fail(f"Firefox refused {method}: {said}")

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "log.entryAdded" and params["level"] == "error":
            self.console.append(str(params.get("text")))
        elif method == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])

    async def open(self, url: str) -> None:
        """Go to an address, until the document is there."""
        await self.command(
            "browsingContext.navigate", context=self._context, url=url, wait="interactive"
        )

    async def holds(self, expression: str) -> None:
        """Wait until a JavaScript expression is true in the page."""
        source = WAIT.replace("SECONDS", str(WAIT_S)).replace("EXPRESSION", expression)
        said = await self.does(source)
        assert said == "holds", f"{expression}: never; the page says: {said}"

    async def does(self, expression: str) -> Any:
        """The value of an expression in the page, once it is there."""
        found = await self.command(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return found["result"].get("value")


@asynccontextmanager
async def tab(binary: str, profile: Path) -> AsyncIterator[Tab]:
    """A new headless Firefox with a profile of its own, and its first tab."""
    profile.mkdir()
    (profile / "user.js").write_text(PREFERENCES)
    process = await asyncio.create_subprocess_exec(
        binary, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
    )  # fmt: skip
    try:
        url = await asyncio.wait_for(_listening(process), START_S)
        connection = await websocket_connect(f"{url}/session")
        made = Tab(connection)
        await made.begin()
        yield made
        await made.command("browser.close")
        connection.close()
        await asyncio.wait_for(process.wait(), START_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listening(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if found := LISTENS.search(line.decode("utf-8", "replace")):
            return found[1]
    pytest.fail("Firefox ended before it listened")
