"""Every "Run live" of the museum, driven natively: the link is opened as the page opens it, the
steps are done through the widgets that a visitor uses, and each number that the museum claims is
read where it is drawn.

The build takes the steps on a session; this takes them on the workbench, so that the two agree on
what a key does, on what a link opens, and on what is seen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import vmlab
from tests.loops import drive
from vmlab.cli.sitebuilder import languages, live
from vmlab.cli.sitebuilder.exhibits import Exhibit, museum
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.cli.sitebuilder.store import Store
from vmlab.session.snapshot import Snapshot
from vmlab.ui.app import _address as address
from vmlab.ui.app import page
from vmlab.ui.fragment import Link, build, parse
from vmlab.ui.i18n import t
from vmlab.ui.screens.workbench import Workbench
from vmlab.ui.widgets.machine import MachineChoice
from vmlab.views.table import Cell
from vmlab.vmm.common.exits import Reason

PRESSED = {"s": "step", "b": "back", "t": "trap", "r": "run"}
"""What a key of the page sends to the transport."""
_SHOWN = museum(web_folder() / "museum")
LIVE = [one for one in (*_SHOWN.stops, *_SHOWN.concepts) if one.live]


@cache
def built(slug: str, kind: str) -> tuple[live.Live, live.Shown]:
    """What the build says of an exhibit."""
    (one,) = (one for one in LIVE if (one.slug, one.kind) == (slug, kind))
    assert one.live is not None
    return one.live, live.shown(Store(), one.live)


def of(one: Exhibit) -> tuple[live.Live, live.Shown]:
    return built(one.slug, one.kind)


@dataclass
class Visitor:
    """Somebody at the workbench."""

    screen: Workbench

    def send(self, kind: str, **message: str) -> None:
        next(one for one in self.screen.widgets if one.kind == kind).receive(dict(message))

    def rows(self, kind: str) -> list[list[Cell]]:
        """The text twin of a picture."""
        widget = next(one for one in self.screen.widgets if one.kind == kind)
        return [list(row) for row in widget.table(self.snapshot).rows]

    @property
    def snapshot(self) -> Snapshot:
        return self.screen.controller.snapshot()

    async def rest(self) -> None:
        """Until the guest has stopped."""
        while self.screen.controller.running:
            await asyncio.sleep(0)

    def counts(self) -> dict[str, int]:
        """Exits by reason, as the session's own side of the monitor counts them."""
        virtual = self.snapshot.virtual
        assert virtual is not None
        return dict(virtual.exits)

    def position(self) -> int:
        return int(str(self.rows("status")[0][1]).lstrip("#").replace(",", ""))

    def sees(self, start: int, before: Mapping[str, int]) -> dict[str, str]:
        """What can be read off the pictures now, by the names of `live.NAMES`."""
        now, virtual = self.counts(), self.snapshot.virtual
        assert virtual is not None
        console = [line for row in self.rows("console") if (line := str(row[-1]).strip())]
        causes = [tag for row in self.rows("traps") if (tag := str(row[2]))]
        band = virtual.bands[-1]
        walk = self.snapshot.walk
        found = {
            "position": f"#{self.position():,}",
            "moved": f"{self.position() - start:,}",
            "said": console[-1] if console else "",
            "before_last": console[-2] if len(console) > 1 else "",
            "cause": causes[-1] if causes else "",
            "believed": band.believed,
            "real": band.real,
            "walk": str(len(walk.reads)) if walk else "0",
            "exits": f"{sum(now.values()) - sum(before.values()):,}",
            "all_exits": f"{sum(now.values()):,}",
        }
        for name, reason in REASONS.items():
            found[name] = f"{now[reason] - before[reason]:,}"
            found[f"all_{name}"] = f"{now[reason]:,}"
        return found


REASONS = {
    "calls": Reason.SYSTEM_CALL.value,
    "sensitive": Reason.SENSITIVE.value,
    "hidden": Reason.HIDDEN_FAULT.value,
    "true": Reason.TRUE_FAULT.value,
    "gstage": Reason.GSTAGE_FAULT.value,
    "device": Reason.DEVICE.value,
    "sbi": Reason.FIRMWARE_CALL.value,
    "hypercalls": Reason.HYPERCALL.value,
    "idle": Reason.IDLE.value,
}
COUNTED = {"direct", "emulated", "misses", "reads"}
"""Only the counters have these; `test_counters_add_up` looks at them from another side."""


@pytest.mark.parametrize("one", LIVE, ids=lambda one: one.slug)
def test_run_live_shows_what_the_museum_claims(one: Exhibit) -> None:
    run, shown = of(one)

    async def visit() -> None:
        visitor = Visitor(page(parse(live.fragment(run, shown, one.path))))
        await visitor.rest()
        assert visitor.position() == shown.position
        assert visitor.snapshot.breakpoints == frozenset(shown.breakpoints)
        virtual = visitor.snapshot.virtual
        assert virtual is not None and virtual.technique == run.technique
        for step, claimed in zip(run.steps, shown.values, strict=True):
            if step.choose:
                name, value = step.choose
                visitor.send("machine", command="pick", name=name, value=value)
                visitor.send("machine", command="apply")
                await visitor.rest()
                assert visitor.screen.controller.message == ""
            start, before = visitor.position(), visitor.counts()
            for key in step.keys:
                visitor.send("transport", command=PRESSED[key])
                await visitor.rest()
            seen = visitor.sees(start, before)
            names = set(live.named(step.see["en"])) - {
                f"{prefix}{name}" for name in COUNTED for prefix in ("", "all_")
            }
            assert {name: seen[name] for name in names} == {name: claimed[name] for name in names}
        visitor.screen.controller.close()

    drive(visit())


@pytest.mark.parametrize("one", LIVE, ids=lambda one: one.slug)
def test_counters_add_up(one: Exhibit) -> None:
    """What the hart and the monitor carried out is the guest's position, and a miss reads
    something."""
    for values in of(one)[1].values:
        number = {name: int(value.replace(",", "")) for name, value in values.items()
                  if re.fullmatch(r"[\d,]+", value)}  # fmt: skip
        position = int(values["position"].lstrip("#").replace(",", ""))
        assert number["all_direct"] + number["all_emulated"] == position
        assert number["all_misses"] <= number["all_reads"] <= 15 * number["all_misses"]


def test_a_link_is_one_that_the_page_writes_itself() -> None:
    """The builder writes addresses without the screens' code; both mean the same."""
    for one in LIVE:
        run, shown = of(one)
        text = live.fragment(run, shown, one.path)
        assert parse(text) == Link(
            "nano", position=shown.position, breakpoints=shown.breakpoints, ram="8M",
            technique=run.technique, append=run.append, view=run.view or None,
            engine=run.engine or None,
        )  # fmt: skip
        assert parse(build(parse(text))) == parse(text)


def test_the_address_keeps_the_command_line_until_another_guest_is_opened() -> None:
    controller = page(parse("#g=nano&t=bare&ram=8M&a=sys+10")).controller
    assert "a=sys+10" in address(controller)
    controller.rebuild({**controller.options, "technique": "hwassist"})
    assert parse(address(controller)) == Link(
        "nano", ram="8M", technique="hwassist", append="sys 10"
    )
    controller.open("echo")
    assert "a=" not in address(controller)
    controller.close()


def test_steps_call_panels_what_the_workbench_calls_them_in_both_languages() -> None:
    called = {"Who is running?": "Who is running?", "Page walk": "Page walk",
              "trap log": "Trap log", "Now line": "Now", "console": "Console",
              "panel *Translation*": "Translation"}  # fmt: skip
    chinese = languages.sentences(Path(vmlab.__file__).parent)["zh"]
    found = set()
    for one in LIVE:
        for step in of(one)[0].steps:
            for name, key in called.items():
                if name.lower() in step.see["en"].lower():
                    found.add(name)
                    assert chinese[key] in step.see["zh"], (one.slug, name)
    assert found == set(called)


def test_every_choice_of_a_step_is_in_the_dialog() -> None:
    """By the very words that a page quotes."""
    screen = page(Link("nano", technique="bare", ram="8M"))
    dialog = next(one for one in screen.widgets if isinstance(one, MachineChoice))
    lists = {
        name: values for name, values, _ in dialog.payload(screen.controller.snapshot())["lists"]
    }
    titles = dialog.labels()["titles"]
    for name, (title, values) in live.CHOICES.items():
        assert titles[name] == t(title)
        assert {value: t(words) for value, words in values.items()}.items() <= dict(
            lists[name]
        ).items()
    assert dialog.labels()["button"] == t("Machine")
    screen.controller.close()
