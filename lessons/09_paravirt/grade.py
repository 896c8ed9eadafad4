"""Checks of `pv_mmu`: the guest's batches against a hart of its own, the monitor's against a walk."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator

from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS
from vmlab.course.exercise import Counter, Finding
from vmlab.course.facts import Said, Told
from vmlab.course.harness.pv_mmu import (
    ME,
    SPACES,
    Board,
    Edit,
    Owners,
    attempts,
    kernel,
)
from vmlab.course.student import Handle, Student, Wrong
from vmlab.lab.batching import MOST_UPDATES, Event, Update

ATTEMPTS = 120


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """The guest's side, then the monitor's."""
    rng = random.Random(seed)
    yield from Guest(student, rng).run()
    yield from _monitor(student, rng)


class Guest:
    """A kernel's edits through the student's `Batch`, beside the same edits on a hart of its own.
    Every update that is sent is carried out: what the monitor says of it is another question."""

    def __init__(self, student: Student, rng: random.Random) -> None:
        self._student, self._rng = student, rng
        self._owners = Owners(rng)
        self._own, self._shared = Board(self._owners), Board(self._owners)
        self._space = 0
        self.sizes: list[int] = []
        """Updates of each hypercall."""
        self._wrote = self._heard = 0
        """Stores of the kernel's, and updates that were sent, since the event before."""

    def run(self) -> Iterator[Finding]:
        batch = self._student.new("Batch")
        needed = edits = 0
        told: Finding | None = None
        written: list[Edit] = []
        for deed in kernel(self._rng, self._owners):
            if isinstance(deed, Edit):
                written.append(deed)
                self._own.write(deed.slot, deed.val)
                continue
            pending, self._wrote = len(written), len(written)
            edits += pending
            needed += bool(pending) + pending // MOST_UPDATES
            self._send(batch, "set_pte", [(one.slot, one.val) for one in written])
            written.clear()
            before = self._heard
            self._send(batch, "before", [(deed,)])
            told = self._compare(deed, before)
            if told is not None:
                break
            self._wrote = self._heard = 0
        tally = Tally(self.sizes)
        counters = (
            Counter("hypercalls", len(self.sizes), needed),
            Counter("updates_per_hypercall", round(edits / max(1, len(self.sizes)), 1)),
            *(
                Counter(
                    f"hypercalls of {size}",
                    tally[size],
                    says=Said("of a size", {"size": str(size)}),
                )
                for size in sorted(tally)[:6]
            ),
        )
        yield told or Finding("visible", True)
        yield self._efficiency(edits, needed, counters)

    def _send(self, batch: Handle, method: str, calls: list[tuple[object, ...]]) -> None:
        """Calls of the student's, and the hypercalls that they ask for."""
        for updates in self._student.each(batch, method, calls, list[Update]):
            if updates:
                self._carry_out(method, updates)

    def _carry_out(self, method: str, updates: list[Update]) -> None:
        """A hypercall."""
        self.sizes.append(len(updates))
        self._heard += len(updates)
        for update in updates:
            try:
                self._shared.write(update.slot, update.val)
            except BadInput:
                raise Wrong(
                    f"Batch.{method}", Said("entries in RAM"),
                    Said("outside RAM", {"slot": f"{update.slot:#x}"}),
                ) from None  # fmt: skip

    def _compare(self, event: Event, before: int) -> Finding | None:
        """What the user sees after the event, beside what it would see on a hart of its own.
        `before` updates had been sent when the event was told."""
        if event is Event.SATP:
            self._space = (self._space + 1) % SPACES
            for board in (self._own, self._shared):
                board.enter(self._space)
        expected, found = self._own.sees(Mode.U), self._shared.sees(Mode.U)
        if expected == found:
            return None
        (va, access), wrong = next(
            (key, value) for key, value in found.items() if value != expected[key]
        )
        late = max(0, self._wrote - self._heard)
        kind = Said(access.name.lower())
        values: dict[str, Told] = {"count": str(late), "va": f"va {va:#x}", "access": kind}
        hint = {Event.TO_USER: "queued", Event.FENCE: "fence", Event.SATP: "satp"}[event]
        return Finding(
            "visible", False, hint if before == self._heard else "lost", values,
            _place(expected[va, access]), _place(wrong),
            where=Said("access", {"access": kind, "va": f"{va:#x}"}),
        )  # fmt: skip

    def _efficiency(self, edits: int, needed: int, counters: tuple[Counter, ...]) -> Finding:
        largest = max(self.sizes, default=0)
        if largest > MOST_UPDATES:
            return Finding(
                "batched", False, "size", {"count": f"{largest:,}"},
                Said("at most", {"count": str(MOST_UPDATES)}), str(largest), counters=counters,
            )  # fmt: skip
        if len(self.sizes) > needed:
            ratio = f"{edits / len(self.sizes):.1f}"
            least = f"{edits / needed:.0f}"
            return Finding(
                "batched", False, "batch", {"ratio": ratio, "least": least},
                Said("at most so many hypercalls", {"count": str(needed)}),
                f"{len(self.sizes)}", counters=counters,
            )  # fmt: skip
        return Finding("batched", True, counters=counters)


def _place(pa: int | None) -> Told:
    return Said("page fault") if pa is None else f"spa {pa:#x}"


def _entry(update: Update) -> Told:
    return Said("entry", {"entry": f"{update.val:#x}", "slot": f"spa {update.slot:#x}"})


def _monitor(student: Student, rng: random.Random) -> Iterator[Finding]:
    """Ask for updates. One that opens the wall is undone at once, accepted or not."""
    owners = Owners(rng)
    board = Board(owners)
    wall: Finding | None = None
    fair: Finding | None = None
    accepted = 0
    for update in attempts(rng, owners, ATTEMPTS):
        said = student.call("validate", update, owners, returns=bool)
        accepted += said
        before = board.read(update.slot)
        in_table = (
            owners.owner(update.slot >> PAGE_BITS) == ME
            and owners.level(update.slot >> PAGE_BITS) >= 0
        )
        leak = None if in_table else ("slot", update.slot >> PAGE_BITS)
        if in_table:
            board.write(update.slot, update.val)
            leak = board.leak()
            if leak or not said:
                board.write(update.slot, before)
        if leak is not None and said and wall is None:
            wall = Finding(
                "wall", False, leak[0],
                {"frame": f"{leak[1]:#x}", "slot": f"spa {update.slot:#x}"},
                Said("refused"), Said("accepted"), where=_entry(update),
            )  # fmt: skip
        if leak is None and not said and fair is None:
            fair = Finding(
                "fair", False, "refused", {"entry": f"{update.val:#x}"}, Said("accepted"),
                Said("refused"), where=_entry(update),
            )  # fmt: skip
    counters = (Counter("updates accepted", accepted), Counter("updates asked", ATTEMPTS))
    yield wall or Finding("wall", True, counters=counters)
    yield fair or Finding("fair", True)
