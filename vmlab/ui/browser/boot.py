"""Starts the app in the page's worker and keeps its document the same as the page's.

This is the other half of `web/site/worker.js`. Changes travel as Bokeh's own JSON patches, in
text: all changes of one turn of the event loop in one message, so the page draws them together.
Panel has a worker protocol of its own; it sends one message a change and loses None and bytes.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import inspect
import json
import traceback
from collections.abc import Callable
from typing import Any

from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.document.json import PatchJson
from bokeh.events import DocumentReady
from panel.io.pyodide import init_doc, write_doc
from panel.io.state import state

from vmlab.core.errors import VmlabError
from vmlab.ui import i18n, rescue
from vmlab.ui.browser import interrupts, scripts
from vmlab.ui.i18n import t
from vmlab.views.phrase import heard

PAGE = "js"  # the setter of changes that came from the page: they are not sent back to it


class Link:
    """One document, the queue of its changes, and the way to the page."""

    def __init__(self, document: Document, post: Callable[[str], object]) -> None:
        self.document = document
        self.post = post
        self.changes: list[Any] = []

    def watch(self) -> None:
        """Send every change from here on, beginning with those made since the app started."""
        self.document.on_change(self._changed)
        self.document.unhold()
        self.document.on_event(
            "document_ready", functools.partial(state._schedule_on_load, self.document)
        )
        self.document.callbacks.trigger_event(DocumentReady())

    def _changed(self, event: Any) -> None:
        if not isinstance(event, DocumentPatchedEvent) or event.setter == PAGE:
            return
        if not self.changes:
            asyncio.get_running_loop().call_soon(self._flush)
        self.changes.append(event)

    def _flush(self) -> None:
        changes, self.changes = self.changes, []
        models = self.document.models
        # Not deferred: bytes become base64 inside the text.
        serializer = Serializer(references=models.synced_references, deferred=False)
        patch = PatchJson(events=serializer.encode(changes))
        models.flush_synced(lambda model: not serializer.has_ref(model))
        self.send(type="patch", patch=json.dumps(patch))

    def send(self, **message: object) -> None:
        """Post a message to the page; worker.js lists the kinds."""
        self.post(json.dumps(message))

    def trouble(self, title: str, error: BaseException, *, fatal: bool = False) -> None:
        """Tell the user what went wrong: our own errors are sentences, others bring a traceback."""
        own = isinstance(error, VmlabError)
        first = str(error).partition("\n")[0]
        text = t(heard(str(error))) if own else f"{type(error).__name__}: {first}"
        details = "" if own else "".join(traceback.format_exception(error))
        self.send(type="trouble", title=title, text=text, details=details, fatal=fatal)


_link: Link | None = None


async def start(
    app: str,
    fragment: str,
    post: Callable[[str], object],
    language: str = i18n.ENGLISH,
    keep: Callable[[str, bytes], object] | None = None,
    kept: tuple[str, bytes] | None = None,
) -> None:
    """Run `app` ("module:function") and send its document: models, render items, root ids.

    `fragment` is the page's #..., which the app finds in `panel.state.location.hash`; `language`
    is what the page speaks when it starts. `keep` hands the page a copy of the run, as JSON and a
    file; `kept` is what it was handed by a worker that died (`vmlab.ui.rescue`).
    """
    global _link  # noqa: PLW0603  # one worker has one document, and JavaScript calls functions
    i18n.use(language)
    scripts.from_site()
    init_doc()
    document = state.curdoc
    _link = Link(document, post)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_task_failed)
    interrupts.install(loop, _stopped)
    if keep is not None:
        rescue.page = rescue.Page(
            lambda copy: keep(json.dumps(copy.facts()), copy.data),
            rescue.Kept.of(bytes(kept[1]), json.loads(kept[0])) if kept else None,
        )
    if state.location is not None:
        state.location.hash = fragment
    module, _, function = app.partition(":")
    try:
        run = getattr(importlib.import_module(module), function)
        # What has been imported stays for good: the collector need not look through it again and
        # again, which would stop a running guest for a tenth of a second each time.
        gc.freeze()
        made = run()
        if inspect.isawaitable(made):
            await made
        documents, items, roots = await write_doc(document)
    except Exception as error:  # noqa: BLE001  # the last stop before JavaScript: the user is told
        _link.trouble("Python could not start", error, fatal=True)
    else:
        _link.send(type="document", documents=documents, items=items, roots=roots)


def drawn() -> None:
    """The page has drawn the document: from now on both follow each other."""
    if _link is not None:
        _link.watch()


def receive(patch: str) -> None:
    """Apply what changed in the page; the app's callbacks run inside this call."""
    if _link is None:
        return
    interrupts.begin()
    try:
        _link.document.apply_json_patch(json.loads(patch), setter=PAGE)
    except KeyboardInterrupt:
        _stopped()
    except Exception as error:  # noqa: BLE001  # the last stop before JavaScript: the user is told
        _link.trouble("That did not work", error)


def _stopped() -> None:
    """Python was stopped by force: the app cleans up, and the page says where it stands."""
    if _link is None:
        return
    _link.send(type="interrupted")  # the page need not go on asking
    position = None
    try:
        if rescue.page is not None and rescue.page.stopped is not None:
            position = rescue.page.stopped()
    except Exception as error:  # noqa: BLE001  # half a machine is left: the user is told
        _link.trouble("The machine stopped", error)
    else:
        _link.send(type="stopped", position=position)


def _task_failed(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A coroutine of the app ended with an error that nobody caught."""
    error = context.get("exception") or RuntimeError(context["message"])
    # An interrupted task is no failure: `_stopped` has said it.
    if _link is not None and not isinstance(error, KeyboardInterrupt):
        _link.trouble("The machine stopped", error)
