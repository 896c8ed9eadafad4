"""What "Run live" opens in the workbench, the steps to take there, and the numbers that are seen.

A stop says what to do and what to look at; the numbers in its sentences are names in braces, and
the build takes the very same steps on a session and fills them in. So a page never says a number
that the workbench does not show.

Where it opens is measured too: just before a user stretch of the guest, as in a recording.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final
from urllib.parse import urlencode

import vmlab
from vmlab.cli.sitebuilder.recordings import (
    MOST_INSNS,
    RAM_BYTES,
    Run,
    recorded,
    sources,
)
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BadInput
from vmlab.core.fields import Fields
from vmlab.core.units import MIB
from vmlab.session.session import Session
from vmlab.session.snapshot import Snapshot
from vmlab.session.until import Until
from vmlab.views import traps
from vmlab.vmm.techniques import TECHNIQUES

GUEST: Final = "nano"
VIEWS: Final = ("traps", "pages", "compare", "devices", "debugging", "translation")
"""The arrangements of the workbench's panels that a link may ask for: `ui.arrangement.PRESETS`."""
KEYS: Final[Mapping[str, Callable[[Session], object]]] = {
    "s": lambda session: session.step(),
    "b": lambda session: session.back(),
    "t": lambda session: session.run(Until.trap(), limit=MOST_INSNS),
    "r": lambda session: session.run(limit=MOST_INSNS),
}
"""The workbench's own keys, and what each asks of the session."""
ENGINES: Final = {
    "t0": "t0: Python, as it is taught",
    "t1": "t1: WebAssembly",
    "t2": "t2: hot pages translated to WebAssembly",
}
"""What the dialog calls them."""
CHOICES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "technique": ("Virtualized by", {row.name: row.title for row in TECHNIQUES.values()}),
    "engine": ("Engine (changes at once)", ENGINES),
}
"""What a step may choose in the dialog Machine: the title there, and the choices with their
names. In English, as the catalogues have it."""
_REASONS: Final = {
    "calls": "system call",
    "sensitive": "sensitive instruction",
    "exceptions": "exception",
    "hidden": "hidden fault",
    "true": "true fault",
    "gstage": "G-stage fault",
    "device": "device",
    "sbi": "SBI call",
    "hypercalls": "hypercall",
    "timer": "timer",
    "idle": "idle",
}
_COUNTED: Final[Mapping[str, str]] = {
    "exits": "exits_total",
    "direct": "direct_insns",
    "emulated": "emulated_insns",
    "misses": "tlb_misses",
    "reads": "pte_reads",
    **{name: f"exits_by_cause.{reason}" for name, reason in _REASONS.items()},
}
NAMES: Final = frozenset(
    {"position", "moved", "walk", "cause", "believed", "real", "said", "before_last"}
    | {f"{prefix}{name}" for name in _COUNTED for prefix in ("", "all_")}
)
"""What a sentence may name: a count in this step; with all_ since the guest began."""


@dataclass(frozen=True, slots=True)
class Step:
    """Do this, see that."""

    keys: tuple[str, ...]
    """To press, in order; none: look."""
    choose: tuple[str, str] | None
    """In the dialog Machine, before the keys: technique or engine, and its name."""
    see: Mapping[str, str]
    """By language: Markdown, with names of `NAMES` in braces."""


@dataclass(frozen=True, slots=True)
class Live:
    """A run to be opened."""

    technique: str
    append: str
    user: int
    """It opens where this user stretch of the guest begins, counted as in a slice of Python's."""
    view: str
    breaks: tuple[str, ...]
    """Symbols of the guest's kernel where it stops."""
    steps: tuple[Step, ...]
    engine: str = ""
    """The engine that it asks for, of `ENGINES`; empty: the workbench's own choice."""

    @property
    def options(self) -> dict[str, str]:
        """What to open the guest with."""
        return {"technique": self.technique} | ({"engine": self.engine} if self.engine else {})


@dataclass(frozen=True, slots=True)
class Shown:
    """What the build saw."""

    position: int
    breakpoints: tuple[int, ...]
    values: tuple[Mapping[str, str], ...]
    """After each step, by name."""


def read(fields: Fields, languages: tuple[str, ...], techniques: Sequence[str]) -> Live | None:
    """The table [live] of a stop; None if it has none, or if its technique is not built."""
    steps = tuple(_step(one, languages) for one in fields.tables("steps"))
    if not steps:
        fields.end()
        return None
    live = Live(
        fields.one_of("technique", techniques, ""),
        fields.text("append"),
        fields.whole("user"),
        fields.one_of("view", VIEWS, VIEWS[0]),
        fields.many("breaks", str),
        steps,
        fields.one_of("engine", tuple(ENGINES), "") if "engine" in fields else "",
    )
    fields.end()
    return live if live.technique in TECHNIQUES else None


def _step(fields: Fields, languages: tuple[str, ...]) -> Step:
    keys = tuple(fields.text("keys", "").split())
    for key in keys:
        if key not in KEYS:
            raise fields.refuse("keys", f"of {' '.join(KEYS)}", repr(key))
    choose = None
    for name, (_, values) in CHOICES.items():
        if name in fields:
            choose = (name, fields.one_of(name, tuple(values), ""))
    see = {language: fields.text(language).strip() for language in languages}
    for language, text in see.items():
        try:
            names = named(text)
        except ValueError:
            raise fields.refuse(language, "with names in braces", repr(text)) from None
        for name in names:
            if name not in NAMES:
                raise fields.refuse(language, f"to name of {', '.join(sorted(NAMES))}", repr(name))
    fields.end()
    return Step(keys, choose, see)


def named(text: str) -> list[str]:
    """The names in braces."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def fragment(live: Live, found: Shown, stop: str) -> str:
    """The part of the workbench's address after `#`; `stop` is the page whose steps it shows."""
    said = {
        "u": "1",
        "g": GUEST,
        "ram": f"{RAM_BYTES // MIB}M",
        "t": live.technique,
        "a": live.append,
        "e": live.engine,
        "n": str(found.position),
        "b": ",".join(f"{address:x}" for address in found.breakpoints),
        "v": live.view,
        "stop": stop,
    }
    return urlencode({name: value for name, value in said.items() if value}, safe=",/")


@cache
def _session_sources() -> str:
    folder = Path(vmlab.__file__).parent / "session"
    paths = [*sorted(folder.glob("*.py")), Path(__file__)]
    return digest(part for path in paths for part in (path.name, path.read_bytes()))


def shown(store: Store, live: Live) -> Shown:
    """The steps taken, now or in an earlier build."""

    def make(target: Path) -> None:
        found = take(store, live)
        content = [found.position, list(found.breakpoints), [dict(one) for one in found.values]]
        target.write_text(json.dumps(content), "utf-8")

    doing = [(step.keys, step.choose) for step in live.steps]
    what = (live.options, live.append, live.user, live.breaks, doing)
    key = digest([sources(), _session_sources(), repr(what)])
    kept = store.get(f"lives/{live.technique}-{key}.json", make)
    position, breakpoints, values = json.loads(kept.read_text("utf-8"))
    return Shown(position, tuple(breakpoints), tuple(values))


def take(store: Store, live: Live) -> Shown:
    """Take the steps. Raises `BadInput` for a symbol or a user stretch that there is not."""
    recording = recorded(store, Run(live.technique, live.append, (live.user, None)))
    before = recording.content["focus"][0]
    position = sum(recording.content["bands"]["insns"][:before])
    session = _opened(live, live.options)
    for symbol in live.breaks:
        session.toggle_breakpoint(symbol)
    addresses = tuple(sorted(session.breakpoints))
    session.run(Until.count(position))
    if session.position != position:
        raise BadInput(
            f"expected breaks that are met after #{position:,}, where it opens, found one of "
            f"{', '.join(live.breaks)} met at #{session.position:,}"
        )
    values, options = [], live.options
    for step in live.steps:
        if step.choose is not None:  # another machine begins at its beginning, without breakpoints
            options[step.choose[0]] = step.choose[1]
            session = _opened(live, options)
        start, counted = session.position, _counters(session.snapshot())
        for key in step.keys:
            KEYS[key](session)
        values.append(_values(session, start, counted))
    return Shown(position, addresses, tuple(values))


def _opened(live: Live, options: Mapping[str, str]) -> Session:
    given: dict[str, Any] = {"ram": RAM_BYTES, "append": live.append, **options}
    return vmlab.open(GUEST, **given)


def _counters(snapshot: Snapshot) -> dict[str, float]:
    assert snapshot.virtual is not None, "every technique of the table is one"
    counters = snapshot.virtual.counters
    return {name: counters[key] or 0 for name, key in _COUNTED.items()}


def _values(session: Session, start: int, before: Mapping[str, float]) -> dict[str, str]:
    """What can be seen now, by name."""
    snapshot = session.snapshot()
    assert snapshot.virtual is not None
    now = _counters(snapshot)
    lines = bytes(snapshot.console).decode("ascii", "replace").strip().splitlines()
    taken = [row.tag for row in traps.rows(snapshot) if row.tag]
    found = {
        "position": f"#{snapshot.position:,}",
        "moved": f"{snapshot.position - start:,}",
        "walk": str(len(snapshot.walk.reads)) if snapshot.walk else "0",
        "cause": taken[-1] if taken else "",
        "believed": snapshot.virtual.believed_mode,
        "real": snapshot.virtual.real_mode,
        "said": lines[-1] if lines else "",
        "before_last": lines[-2] if len(lines) > 1 else "",
    }
    for name, count in now.items():
        found[name] = f"{count - before[name]:,}"
        found[f"all_{name}"] = f"{count:,}"
    return found
