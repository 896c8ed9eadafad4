"""Drives a session for the screens: commands in, snapshots out, and the machine kept going.

The page has one thread. While the guest runs, the controller gives it slices of a few
milliseconds and lets the event loop turn between them, so that a click on Pause is heard at
once; it tells its watchers at most ten times a second. Widgets know only this class.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from vmlab.core.errors import VmlabError
from vmlab.session.snapshot import Reason, Snapshot, Status, Stop
from vmlab.ui.debugging import Debugging
from vmlab.ui.looks import Looks
from vmlab.ui.saved import Asked, Saved, asked_by, file_name, options_for, piece
from vmlab.ui.watched import command
from vmlab.views.phrase import NOTHING, Phrase, heard, say

SPEEDS: Final = (1, 5, 30, 200, 1_000, 10_000, 0)
"""Instructions a second of each step of the slider; 0 is as fast as it goes."""
FULL_SPEED: Final = len(SPEEDS) - 1
DRAWN_TO_IPS: Final = 1_000
"""Above this many instructions a second nobody can read registers: only counters are drawn."""
SLICE_MS: Final = 8
BREATH_S: Final = 0.003
"""A sleep that lets the page's messages in. Pyodide makes shorter ones a message of its own, and
Chromium serves those first: a click then waits for half a second."""
BREATH_EVERY_S: Final = 0.016
FRAME_S: Final = 0.1

Watcher = Callable[[], None]


class SessionLike(Looks, Protocol):
    """What the controller needs of a session (`vmlab.session.Session` has it)."""

    version: int
    status: Status

    @property
    def position(self) -> int: ...
    @property
    def breakpoints(self) -> frozenset[int]: ...
    @property
    def inputs(self) -> tuple[Any, ...]: ...
    @property
    def at_breakpoint(self) -> bool: ...
    @property
    def sources(self) -> Any: ...
    def stack(self) -> Any: ...
    def code_at(self, address: int) -> Any: ...
    def step_plan(self, kind: str) -> Any: ...
    def break_at(self, address: int | str, condition: str = "") -> Any: ...
    def change_point(
        self, number: int, enabled: bool | None = None, condition: str | None = None
    ) -> Any: ...
    def remove_point(self, number: int) -> Any: ...
    def step(self, n: int = 1) -> Stop: ...
    def back(self, n: int = 1) -> Stop: ...
    def run(self, until: Any = None, limit: int | None = None) -> Stop: ...
    def start(self, until: Any = None) -> None: ...
    def tick(self, budget_ms: float = 8) -> bool: ...
    def pause(self) -> Any: ...
    def reset(self) -> Any: ...
    def go_to(self, position: int) -> Any: ...
    def send(self, data: bytes) -> Any: ...
    def toggle_breakpoint(self, address: int) -> Any: ...
    def watch(self, address: int | str, length: int = 8, access: str = "write") -> Any: ...
    def unwatch(self, address: int) -> Any: ...
    def use_engine(self, name: str) -> None: ...
    def snapshot(self) -> Snapshot: ...
    def snapshot_file(self) -> bytes: ...
    def arguments(self) -> dict[str, Any]: ...


Loader = Callable[[bytes, str], Generator[int, None, SessionLike]]
"""`vmlab.session.files.loading`: a saved run and an engine; it yields the steps that are played
and returns the session."""
Options = Mapping[str, Any]
"""How a machine is built, by `vmlab.open`'s own names: isa, translation, ram, ..."""
Opener = Callable[..., SessionLike]
"""`vmlab.open`, or what stands in for it: an image, its name, and options by name."""


class Controller(Debugging):
    """One session on one screen."""

    def __init__(
        self, session: SessionLike, opener: Opener, loader: Loader, trap: Callable[[], Any]
    ) -> None:
        super().__init__()
        self.session = session
        self.level = FULL_SPEED
        self.label = ""
        self.image: str | bytes | None = None
        """What is open: a catalogue name or bytes; None before `open` or for raw files alone."""
        self.parts: Options = {}
        """The raw files of what is open, by name: bios, kernel."""
        self.options: Options = {}
        """How the machine is built; it stays when another guest is opened."""
        self.saved: Saved | None = None
        """A file that the page has not taken yet."""
        self._saves = 0
        self._opener = opener
        self._loader = loader
        self._next_trap = trap
        self._task: asyncio.Task[None] | None = None
        self._until: Any = None
        self._resume_on_input = False
        self._shown: Snapshot | None = None
        self._ips = 0.0

    def snapshot(self) -> Snapshot:
        """What to draw now: the session's snapshot, made once a version."""
        shown = self._shown
        if shown is None or shown.version != self.session.version:
            shown = self._shown = self.session.snapshot()
        if self.running and shown.status is not Status.ENDED:
            return replace(shown, status=Status.RUNNING, ips=self._ips)
        return shown

    @property
    def running(self) -> bool:
        """Whether the guest is being run."""
        return self._task is not None

    @property
    def speed(self) -> int:
        """Instructions a second asked for; 0 is as fast as it goes."""
        return SPEEDS[self.level]

    @property
    def drawn(self) -> bool:
        """Whether all pictures are drawn now, or only the counters and the console."""
        return not self.running or 0 < self.speed <= DRAWN_TO_IPS

    # Commands --------------------------------------------------------------------------------

    @command
    def step(self) -> None:
        """One instruction forward."""
        self._halt()
        self.session.step()

    @command
    def back(self) -> None:
        """One instruction back."""
        self._halt()
        self.session.back()

    @command
    def reset(self) -> None:
        """Back to the first instruction; breakpoints stay."""
        self._halt()
        self.session.reset()

    @command
    def go_to(self, position: int) -> None:
        """To a position in the recorded run."""
        self._halt()
        self.session.go_to(position)

    @command
    def run(self, until: Any = None) -> None:
        """Run until something stops it, or until `until` (an `Until`) holds."""
        self._go(until)

    @command
    def run_to_trap(self) -> None:
        """Run until the hart takes the next trap."""
        self._go(self._next_trap())

    @command
    def pause(self) -> None:
        """Stop running, here."""
        self._halt()

    @command
    def set_speed(self, level: int) -> None:
        """A step of the slider, while running or not."""
        self.level = min(max(level, 0), FULL_SPEED)
        if self.running:
            until = self._until
            self._halt()
            self._go(until)

    @command
    def toggle_breakpoint(self, address: int) -> None:
        """Set or clear a breakpoint."""
        self.session.toggle_breakpoint(address)

    @command
    def toggle_watch(self, address: int, length: int, access: str) -> None:
        """Set a watchpoint, or clear the one that begins there."""
        if not self.session.unwatch(address):
            self.session.watch(address, length, access)

    @command
    def use_engine(self, name: str) -> None:
        """Go on with another engine, running or not; the guest cannot tell."""
        self.session.use_engine(name)
        self.options = {**self.options, "engine": name}

    @command
    def send(self, data: bytes) -> None:
        """Characters for the guest's console. A guest that waited for them runs on."""
        self.session.send(data)
        if self._resume_on_input and not self.running:
            self._go(self._until)

    @command
    def open(
        self,
        image: str | bytes | None,
        label: str = "",
        parts: Options | None = None,
        options: Options | None = None,
    ) -> None:
        """Another guest: a catalogue name, the bytes of an ELF, or raw files by name (bios,
        kernel); on another machine if options say one. Refused, the old one stays."""
        machine = options_for(image, parts or {}, self.options) if options is None else options
        self._open(image, label, parts or {}, machine)

    @command
    def rebuild(self, options: Options) -> None:
        """The same guest on a machine that is built otherwise. Refused, the old one stays."""
        image = self.image if self.image is not None or self.parts else self.snapshot().guest
        self._open(image, self.label, self.parts, options)

    def _open(
        self, image: str | bytes | None, label: str, parts: Options, options: Options
    ) -> None:
        session = self._opener(image, name=label or None, **parts, **options)
        self._halt()
        self._shows(session, Asked(image, label, dict(parts), dict(options)))

    def _shows(self, session: SessionLike, asked: Asked) -> None:
        self.session, self.label = session, asked.label
        self.image, self.parts, self.options = asked.image, asked.parts, asked.options
        self._shown, self._resume_on_input = None, False

    @command
    def save(self) -> None:
        """Stop, and offer the run as it stands in `saved`, for the page to keep as a file."""
        self._halt()
        shown = self.snapshot()
        self._saves += 1
        name = file_name(self.label or shown.guest, shown.position)
        self.saved = Saved(self._saves, name, self.session.snapshot_file())

    def taken(self, number: int) -> None:
        """The page has kept the file of that number."""
        if self.saved is not None and self.saved.number == number:
            self.saved = None
            self.changed()

    @command
    def load(self, data: bytes, name: str) -> None:
        """Go on where a run was saved, its past included. Refused, the old run stays. A recording
        is played first, which any command gives up."""
        pieces = self._loader(data, str(self.options.get("engine", "auto")))
        loaded = piece(pieces, name)
        self._halt()
        if loaded is not None:
            self._goes_on(loaded)
        else:
            self._ips = 0.0
            self._message = say("Playing {name}. Pause gives it up.", name=name)
            self._task = asyncio.ensure_future(self._drive(self._playing(pieces, name)))

    async def _playing(self, pieces: Generator[int, None, SessionLike], name: str) -> None:
        """Play a recording beside the session that is shown, which it then replaces."""
        while (loaded := piece(pieces, name)) is None:
            await asyncio.sleep(BREATH_S)
        self._message = NOTHING
        self._goes_on(loaded)

    def _goes_on(self, session: SessionLike) -> None:
        """Show a run that was saved, on the machine that its file says."""
        self._shows(session, asked_by(session, self.options))

    @command
    def say(self, sentence: Phrase) -> None:
        """Show a sentence; an empty one clears it."""
        self._message = sentence

    def close(self) -> None:
        """Stop running and forget the watchers."""
        self._halt()
        self._watchers.clear()

    # Running ---------------------------------------------------------------------------------

    def _halt(self) -> None:
        self._resume_on_input = False
        if self._task is None:
            return
        self._task.cancel()
        self._task = None
        self.session.pause()

    def _go(self, until: Any) -> None:
        self._halt()
        self._until = until
        drive = self._at_full_speed() if self.speed == 0 else self._paced(self.speed)
        self._task = asyncio.ensure_future(self._drive(drive))

    async def _drive(self, coroutine: Any) -> None:
        """Run to the end of `coroutine`, then say so, whatever it ended with."""
        me = asyncio.current_task()
        try:
            await coroutine
        except VmlabError as refusal:
            self._message = heard(str(refusal))
        finally:
            if self._task is me:
                self._task = None
                self._resume_on_input = self.session.status is Status.WAITING
                self.changed()

    async def _at_full_speed(self) -> None:
        """Slices as long as a click may wait."""
        self.session.start(self._until)
        drawn = breathed = time.perf_counter()
        since, counted = drawn, self.session.position
        while self.session.tick(budget_ms=SLICE_MS):
            now = time.perf_counter()
            draws = now - drawn >= FRAME_S
            if draws:
                # A picture takes as long as some slices: nobody waits for both.
                await asyncio.sleep(BREATH_S)
                position = self.session.position
                self._ips = (position - counted) / (now - since)
                since, counted = now, position
                self.changed()
                drawn = time.perf_counter()
            if draws or now - breathed >= BREATH_EVERY_S:
                await asyncio.sleep(BREATH_S)
                breathed = time.perf_counter()
            else:
                await asyncio.sleep(0)

    async def _paced(self, ips: int) -> None:
        """As many instructions a second as asked for, drawn between them."""
        began, done = time.perf_counter(), 0
        self._ips = float(ips)
        while True:
            due = int((time.perf_counter() - began) * ips) + 1 - done
            if due > 0:
                # After a long pause of the page, do not race to catch up.
                count = min(due, max(1, int(ips * FRAME_S)))
                stop = self.session.run(until=self._until, limit=count)
                done += due
                if stop.reason is not Reason.LIMIT or self.session.at_breakpoint:
                    return
                self.changed()
            await asyncio.sleep(max(1 / ips / 4, FRAME_S / 4) if ips < 1 / FRAME_S else FRAME_S)
