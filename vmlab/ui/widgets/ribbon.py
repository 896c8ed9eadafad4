"""Who is running? The ribbon and the time-travel bar; a click, a drag or a key travels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import ribbon, ribbon_twin
from vmlab.views.ribbon import BandRow, Bucket, Picture
from vmlab.views.ribbon_track import Track, track
from vmlab.views.ribbon_window import Window, follow, moved, near, whole, zoomed
from vmlab.views.table import Table

FURTHEST: Final = 1 << 62
ZOOM: Final = 0.5
SCRUB: Final = 0.01
"""One press of a scrub key moves by this part of the window, and one instruction at least."""
MOST_BOOKMARKS: Final = 64
_PARTS: Final = 10_000
"""Places go to the page as parts of so much: integers are short."""


class Ribbon(Widget):
    """Bands by owner along the run, traps between them, and the whole run below to travel in."""

    first = param.Integer(
        default=0, bounds=(0, FURTHEST), doc="The position at the left edge of the window."
    )
    last = param.Integer(
        default=100, bounds=(1, FURTHEST), doc="The position at its right edge, later than `first`."
    )
    fit = param.Selector(
        default="near",
        objects=["near", "all", "fixed"],
        doc="The window: around the present band, the whole run, or `first` to `last`.",
    )

    bookmarks = param.List(
        default=[], item_type=int, doc="Positions that are marked in the time-travel bar."
    )

    kind: ClassVar[str] = "ribbon"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Who is running?")),
            "nearer": t("Zoom in"),
            "wider": t("Zoom out"),
            "fit": t("Fit"),
            "fit_hint": t("Show the bands around the present position"),
            "all": t("All"),
            "all_hint": t("Show the whole run"),
            "go": t("Go to"),
            "bands": t("Bands by owner"),
            "walks": t("Page walks"),
            "walks_note": t("retire nothing"),
            "walk": t("walk, reads: {reads}"),
            "walk_fault": t("walk, reads: {reads}, fault"),
            "axis": t("retired instructions"),
            "bar": t("Time travel"),
            "at": t("#{position} of #{recorded}"),
            "insns": t("instructions"),
            "begins": t("from"),
            "traps": t("traps"),
            "after": t("after"),
            "lost": t("nobody knows who ran"),
            "ahead": t("recorded ahead"),
            "bookmark": t("Bookmark at #{position}"),
        }

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._refit = self.fit == "near"
        self._marked: Any = None
        """The session that the bookmarks are of."""
        self._at = -1
        """The position that was drawn last: only when it moves does the window follow."""

    def _track(self, snapshot: Snapshot) -> Track:
        return track(snapshot)

    def _window(self, snapshot: Snapshot, along: Track) -> Window:
        """Where to look now. A guest that runs too fast to be read is looked at as a whole."""
        if self.fit == "all" or not self.controller.drawn:
            return whole(along)
        head = along.unit(snapshot.position)
        shown = Window(
            along.unit(self.first), max(along.unit(self.last), along.unit(self.first) + 1)
        )
        if self.fit == "fixed":
            return shown if snapshot.position == self._at else follow(shown, head)
        return near(along, head) if self._refit or not shown.has(head) else shown

    def _keep(self, along: Track, window: Window, fit: str = "fixed") -> None:
        first = along.position(window.first)
        last = max(along.position(window.last), first + 1)
        if not along.modelled:
            last = window.last
        self.param.update(first=first, last=last, fit=fit)

    def _picture(self, snapshot: Snapshot) -> Picture:
        along = self._track(snapshot)
        window = self._window(snapshot, along)
        if self.controller.drawn and self.fit != "all":
            self._keep(along, window, self.fit)
            self._refit = False
        self._at = snapshot.position
        return ribbon.picture(snapshot, along, window)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        history = snapshot.history
        return (
            snapshot.position,
            snapshot.steps,
            history.end,
            len(history.start),
            history.first_mark,
            None if snapshot.virtual is None else snapshot.virtual.bands[-1:],
            self.controller.drawn,
            self.first,
            self.last,
            self.fit,
            tuple(self.bookmarks),
        )

    def changes(self, snapshot: Snapshot, full: bool) -> Payload | None:
        changed = super().changes(snapshot, full)
        # Drawing may have moved the window: that is drawn.
        self._drawn = (self.twin, *self.depends(snapshot))
        return changed

    def payload(self, snapshot: Snapshot) -> Payload:
        drawn = self._picture(snapshot)
        return {
            "lanes": [[lane.owner, t(lane.name), t(lane.note)] for lane in drawn.lanes],
            "bands": [_band(row) for row in drawn.bands],
            "buckets": [_bucket(one) for one in drawn.buckets],
            "walks": [
                [one.position, _part(one.x), one.reads, one.faults, int(one.happened)]
                for one in drawn.walks
            ],
            "ticks": [[position, _part(x)] for position, x in drawn.ticks],
            "position": drawn.position,
            "recorded": drawn.recorded,
            "from": drawn.from_position,
            "to": drawn.to_position,
            "playhead": _part(drawn.playhead) if 0 <= drawn.playhead <= 1 else None,
            "bar": [_bucket(one) for one in drawn.bar],
            "bar_window": [_part(x) for x in drawn.bar_window],
            "bar_playhead": _part(drawn.bar_playhead),
            "marks": [
                [position, _part(position / max(1, drawn.recorded))]
                for position in self._marks()
                if position <= drawn.recorded
            ],
            "kept": t(drawn.kept),
            "modelled": t(drawn.modelled) if drawn.modelled else "",
            "sub": t(ribbon.summary(drawn)),
            "fit": self.fit,
            "running": not self.controller.drawn,
        }

    def table(self, snapshot: Snapshot) -> Table:
        return ribbon_twin.with_bookmarks(ribbon_twin.table(self._picture(snapshot)), self._marks())

    def _marks(self) -> list[int]:
        """The bookmarks of this session: another guest's mean nothing here."""
        if self._marked is not self.controller.session:
            self._marked, self.bookmarks = self.controller.session, []
        return self.bookmarks

    def _toggle_mark(self) -> None:
        here, marks = self.controller.snapshot().position, set(self._marks())
        self.bookmarks = sorted(marks ^ {here})[:MOST_BOOKMARKS]
        self.controller.changed()

    def act(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"command": "go", "position": int(position)} if position >= 0:
                self.controller.go_to(min(position, self.controller.snapshot().recorded))
            case {"command": "mark"}:
                self._toggle_mark()
            case {"command": "scrub", "by": -1 | 1 as by}:
                self._scrub(by)
            case {"command": "zoom", "by": -1 | 1 as by}:
                around = message.get("around")
                known = isinstance(around, int) and 0 <= around <= FURTHEST
                self._zoom(by, around if known else None)
            case {"command": "pan", "edge": int(edge)} if edge >= 0:
                self._move(edge)
            case {"command": "fit", "show": "near" | "all" as fit}:
                self.fit, self._refit = fit, True
                self._drawn = None
                self.controller.changed()

    def _scrub(self, by: int) -> None:
        snapshot = self.controller.snapshot()
        along = self._track(snapshot)
        window = self._window(snapshot, along)
        by *= max(1, round(SCRUB * (along.position(window.last) - along.position(window.first))))
        self.controller.go_to(min(max(0, snapshot.position + by), snapshot.recorded))

    def _zoom(self, by: int, around: int | None) -> None:
        """Around a position, else the playhead if it shows, else the middle."""
        snapshot = self.controller.snapshot()
        along = self._track(snapshot)
        window = self._window(snapshot, along)
        head = along.unit(snapshot.position if around is None else around)
        if not window.first <= head <= window.last:
            head = window.first + window.width // 2
        self._keep(along, zoomed(window, ZOOM**by, head, along))
        self.controller.changed()

    def _move(self, edge: int) -> None:
        """A position to the middle: what stands on its other side is then seen."""
        snapshot = self.controller.snapshot()
        along = self._track(snapshot)
        window = self._window(snapshot, along)
        middle = along.unit(min(edge, snapshot.recorded))
        self._keep(along, moved(window, middle - window.width // 2 - window.first))
        self.controller.changed()


def _part(x: float) -> int:
    return round(x * _PARTS)


def _band(row: BandRow) -> list[Any]:
    return [
        row.lane,
        row.first,
        row.insns,
        _part(row.x),
        _part(row.width),
        _part(row.ran),
        row.tag,
        t(row.why),
        row.where,
        row.kind,
        row.before,
        int(row.happened),
        int(row.begins_here),
    ]


def _bucket(one: Bucket) -> list[Any]:
    """Shares in thousandths: enough for a column of pixels."""
    total = max(1, sum(one.shares), one.total)
    shares = [round(1000 * share / total) for share in one.shares]
    return [one.first, one.last, _part(one.x), _part(one.width), shares, one.traps]
