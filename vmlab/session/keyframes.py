"""Keyframes: whole states of the machine, kept so that going back is a short replay.

A keyframe copies the hart, the devices and the pages of RAM written since the keyframe before.
To go to one, the pages that can differ are put back from the newest copy that is not younger;
pages never written since power-on come from the image.

Time is counted in *steps*: instructions retired plus traps taken. Each step of the machine adds
one, so a step names a state, which a count of retired instructions does not (a trap retires
nothing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.core.units import MIB, PAGE_SIZE_BYTES
from vmlab.session.carrier import Carrier
from vmlab.session.log import Mark

MOST = 64
"""Keyframes kept; beyond, those are dropped that are closest together for their age."""
MOST_BYTES = 256 * MIB
"""Pages kept, likewise: a guest may write all of its RAM between any two keyframes."""
ALWAYS_KEPT = 8
"""So many of the latest steps are never dropped: the next step back starts from one of them."""
_ZERO = bytes(PAGE_SIZE_BYTES)


@dataclass(eq=False, slots=True)
class Keyframe:
    """One state. `pages` holds pages written since the keyframe before, as they were here."""

    step: int
    position: int
    hart: bytes
    devices: tuple[bytes, ...]
    mark: Mark
    inputs: int
    """How many pieces of input the devices had been given."""
    disk: Mapping[int, bytes]
    rest: Any
    """What else carries the guest (`Carrier.memo`)."""
    pages: dict[int, bytes] = field(default_factory=dict)


class Keyframes:
    """The keyframes of one run, in order of steps."""

    def __init__(self, carrier: Carrier, mark: Mark) -> None:
        self._carrier = carrier
        arena = carrier.arena
        self._image = {page: bytes(arena.ram_page(page)) for page in carrier.used_pages()}
        self._frames = [self._capture(0, 0, mark, 0)]
        self._anchor = self._frames[0]
        self._dirty: set[int] = set()

    def _capture(self, step: int, position: int, mark: Mark, inputs: int) -> Keyframe:
        carrier = self._carrier
        devices = tuple(device.state() for device in carrier.devices)
        disk = {} if carrier.disk is None else carrier.disk.mark()
        hart = bytes(carrier.arena.hart)
        return Keyframe(step, position, hart, devices, mark, inputs, disk, carrier.memo())

    @property
    def last_step(self) -> int:
        return self._frames[-1].step

    def before(self, step: int) -> int:
        """The step of the newest keyframe that is not younger than `step`."""
        return self._newest(step).step

    def leading_to(self, position: int) -> int:
        """The step of the newest keyframe from which the machine comes to where `position`
        instructions have retired; of the states there, a run meets the one before any trap."""
        found = self._frames[0]
        for frame in self._frames:
            if frame.position < position:
                found = frame
        return found.step

    def _newest(self, step: int) -> Keyframe:
        return next(frame for frame in reversed(self._frames) if frame.step <= step)

    def touched(self) -> set[int]:
        """Pages that held something at power-on or have been written since, up to now.
        `note_written` has been called just before."""
        found = self._image.keys() | self._dirty
        for frame in self._frames[: self._frames.index(self._anchor) + 1]:
            found |= frame.pages.keys()
        return found

    def note_written(self, pages: set[int]) -> None:
        """These pages of RAM have been written since the last call."""
        self._dirty |= pages

    def take(self, step: int, position: int, mark: Mark, inputs: int) -> None:
        """Keep the machine's present state; `note_written` has been called just before."""
        if any(frame.step == step for frame in self._frames):
            return
        frame = self._capture(step, position, mark, inputs)
        at = next(
            (i for i, other in enumerate(self._frames) if other.step > step), len(self._frames)
        )
        changed = set(self._dirty)
        # The anchor may be older than the frame just before: what lies between may differ, too.
        start = self._frames.index(self._anchor)
        for other in self._frames[start + 1 : at]:
            changed |= other.pages.keys()
        frame.pages = {page: bytes(self._carrier.arena.ram_page(page)) for page in changed}
        self._frames.insert(at, frame)
        self._anchor, self._dirty = frame, set()
        self._thin(step)

    def restore(self, step: int) -> Keyframe:
        """Put the machine into the newest keyframe not younger than `step`, which is given. It may
        be behind the machine or ahead of it."""
        target = self._newest(step)
        at, anchor = self._frames.index(target), self._frames.index(self._anchor)
        changed = set(self._dirty)
        for frame in self._frames[min(at, anchor) + 1 : max(at, anchor) + 1]:
            changed |= frame.pages.keys()
        for page, content in self._contents(changed, at):
            self._carrier.arena.ram_page(page)[:] = content
        self._carrier.arena.hart[:] = target.hart
        for device, state in zip(self._carrier.devices, target.devices, strict=True):
            device.restore(state)
        if self._carrier.disk is not None:
            self._carrier.disk.revert(target.disk)
        self._carrier.recall(target.rest, changed)
        self._anchor, self._dirty = target, set()
        return target

    def _contents(self, pages: set[int], at: int) -> Iterator[tuple[int, bytes]]:
        """Pages as they were at the keyframe of this number: from the newest copy before it."""
        left = set(pages)
        for frame in reversed(self._frames[: at + 1]):
            found = frame.pages.keys() & left
            left -= found
            yield from ((page, frame.pages[page]) for page in found)
        yield from ((page, self._image.get(page, _ZERO)) for page in left)

    def cut_after(self, step: int) -> None:
        """The run takes another course after `step`: later keyframes no longer belong to it.
        The machine's state lies after the last keyframe that stays."""
        kept = [frame for frame in self._frames if frame.step <= step]
        if self._anchor not in kept:
            start = len(kept)
            for frame in self._frames[start : self._frames.index(self._anchor) + 1]:
                self._dirty |= frame.pages.keys()
            self._anchor = kept[-1]
        self._frames = kept

    def _thin(self, now: int) -> None:
        while (full := self._is_full()) or len(self._frames) > MOST:
            inner = range(1, len(self._frames) - (1 if full else ALWAYS_KEPT))
            if not inner:
                return

            def cost(at: int) -> float:
                gap = self._frames[at + 1].step - self._frames[at - 1].step
                return gap / (abs(now - self._frames[at].step) + 1)

            self._drop(min(inner, key=cost))

    def _is_full(self) -> bool:
        pages = sum(len(frame.pages) for frame in self._frames)
        return pages * PAGE_SIZE_BYTES > MOST_BYTES

    def _drop(self, at: int) -> None:
        frame, after = self._frames[at], self._frames[at + 1]
        after.pages = {**frame.pages, **after.pages}
        if self._anchor is frame:
            self._dirty |= frame.pages.keys()
            self._anchor = self._frames[at - 1]
        del self._frames[at]
