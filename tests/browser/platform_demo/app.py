"""What the platform's tests click on; see counter.js for the page's end of `Counter`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param
from panel.custom import JSComponent

from vmlab.core.errors import BadInput


class Counter(JSComponent):
    """A button whose count lives in Python."""

    state = param.Dict(default={"count": 0, "nothing": None})

    _esm = Path(__file__).parent / "counter.js"
    _stylesheets: ClassVar[list[str]] = [
        "#count { color: rgb(1, 2, 3); background: var(--mark-tint) }"
    ]

    def _handle_msg(self, data: Any) -> None:
        if data["kind"] == "bump":
            self.state = self.state | {"count": self.state["count"] + data["by"]}
        else:
            content = bytes(data["data"])
            self._send_msg({"length": len(content), "first": content[0]})


def browser_main() -> None:
    """Four roots: a text, the component, a row of buttons, and the count of a busy loop."""
    text = pn.pane.HTML(f"<p id='text'>at {pn.state.location.hash}</p>")
    loops = pn.pane.HTML("<p id='loops'>0</p>")
    tasks: set[asyncio.Task[None]] = set()

    async def spin() -> None:
        count, drawn = 0, 0.0
        while True:
            until = time.perf_counter() + 0.008
            while time.perf_counter() < until:
                count += 1
            if until - drawn > 0.1:
                drawn = until
                loops.object = f"<p id='loops'>{count}</p>"
            await asyncio.sleep(0)

    async def fall() -> None:
        raise BadInput("expected a machine, found a spoon")

    def button(name: str, act: Any) -> pn.widgets.Button:
        return pn.widgets.Button(name=name, on_click=act)

    def say(_event: object) -> None:
        text.object = "<p id='text'>clicked</p>"

    def run(_event: object) -> None:
        if tasks:
            tasks.pop().cancel()
        else:
            tasks.add(asyncio.ensure_future(spin()))

    def fail(_event: object) -> None:
        raise BadInput("expected a spoon, found a fork")

    def fail_later(_event: object) -> None:
        asyncio.ensure_future(fall())  # noqa: RUF006  # the loop's handler must see it die

    def hang(_event: object) -> None:
        time.sleep(7)

    buttons = [
        ("say", say),
        ("run", run),
        ("fail", fail),
        ("fail later", fail_later),
        ("hang", hang),
    ]
    pn.Row(text, name="Text").servable()
    Counter().servable()
    pn.Row(*(button(name, act) for name, act in buttons), name="Buttons").servable()
    pn.Row(loops, name="Loops").servable()
