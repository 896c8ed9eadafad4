"""Choosing the machine, raw files, and the address that says so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from bokeh.document import Document

from tests.ui.conftest import CATALOGUE
from tests.ui.fakes import OPENED, FakeSession
from vmlab.core.errors import Unsupported
from vmlab.engine import hosts
from vmlab.engine.api import Watch
from vmlab.isa.extensions import ISA_STRING, ROWS
from vmlab.session.look import MemoryRow
from vmlab.ui.app import _address, page
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link, build, parse
from vmlab.ui.screens.workbench import Workbench
from vmlab.ui.widgets.guests import Guests
from vmlab.ui.widgets.machine import MachineChoice


@pytest.fixture
def widget(controller: Controller) -> MachineChoice:
    OPENED.clear()
    return MachineChoice(controller)


def shown(widget: Any) -> dict[str, Any]:
    return widget.payload(widget.controller.snapshot())


def ticked(widget: MachineChoice) -> set[str]:
    return {name for name, on in shown(widget)["extensions"] if on}


def test_the_dialog_shows_the_machine_that_runs(widget: MachineChoice) -> None:
    assert ticked(widget) == {"i", "m", "zicsr", "zmmul"}
    assert shown(widget)["isa"] == "rv64im_zicsr"
    chosen = {name: value for name, _, value in shown(widget)["lists"]}
    assert chosen["translation"] == "sv57" and chosen["ram"] == "64M"


def test_a_tick_brings_what_it_implies_and_takes_what_needs_it(widget: MachineChoice) -> None:
    widget.receive({"command": "tick", "name": "a", "on": True})
    assert {"a", "zaamo", "zalrsc"} <= ticked(widget)
    widget.receive({"command": "tick", "name": "zaamo", "on": False})
    assert "a" not in ticked(widget) and "zalrsc" in ticked(widget)
    widget.receive({"command": "tick", "name": "i", "on": False})
    assert "i" in ticked(widget)
    widget.receive({"command": "cancel"})
    assert ticked(widget) == {"i", "m", "zicsr", "zmmul"}


def test_ticks_change_nothing_until_they_are_applied(
    widget: MachineChoice, session: FakeSession
) -> None:
    widget.receive({"command": "tick", "name": "c", "on": True})
    widget.receive({"command": "pick", "name": "translation", "value": "sv39"})
    assert widget.controller.session is session and not OPENED
    widget.receive({"command": "apply"})
    assert OPENED == [{"image": "tour", "isa": "rv64imc_zicsr", "translation": "sv39"}]
    assert widget.controller.session is not session


def test_what_was_not_touched_is_not_said(widget: MachineChoice) -> None:
    widget.receive({"command": "pick", "name": "translation", "value": "sv57"})
    widget.receive({"command": "apply"})
    assert OPENED == [{"image": "tour"}]


def test_everything_ticked_is_all_that_is_built(widget: MachineChoice) -> None:
    for row in ROWS:
        widget.receive({"command": "tick", "name": row.name, "on": True})
    assert shown(widget)["isa"] == ISA_STRING
    widget.receive({"command": "apply"})
    assert OPENED == [{"image": "tour", "isa": ISA_STRING}]


@pytest.mark.parametrize("size", ["7", "much"])
def test_a_refusal_is_a_sentence_and_the_session_stays(
    widget: MachineChoice, session: FakeSession, size: str
) -> None:
    widget.receive({"command": "pick", "name": "ram", "value": size})
    widget.receive({"command": "apply"})
    assert "expected" in widget.controller.message
    assert widget.controller.session is session


def test_the_machine_stays_when_another_guest_is_opened(widget: MachineChoice) -> None:
    widget.receive({"command": "pick", "name": "ram", "value": "16M"})
    widget.receive({"command": "apply"})
    widget.controller.open("primes")
    assert OPENED[-1] == {"image": "primes", "ram": "16M"}


def test_a_raw_file_is_asked_about_and_goes_where_it_is_told(controller: Controller) -> None:
    OPENED.clear()
    guests = Guests(controller, catalogue=CATALOGUE)
    guests.receive({"command": "file", "name": "u-boot.bin", "data": b"raw"})
    assert not OPENED and "u-boot.bin" in shown(guests)["ask"]
    guests.receive({"command": "raw", "role": "cancel"})
    assert not OPENED and shown(guests)["ask"] == ""
    guests.receive({"command": "file", "name": "u-boot.bin", "data": b"raw"})
    guests.receive({"command": "raw", "role": "bios"})
    assert OPENED == [{"image": None, "bios": b"raw"}]
    assert shown(guests)["guest"] == "u-boot.bin"


@pytest.mark.parametrize("kernel_first", [True, False])
def test_firmware_and_kernel_come_together_in_either_order(
    controller: Controller, kernel_first: bool
) -> None:
    OPENED.clear()
    guests = Guests(controller, catalogue=CATALOGUE)
    files = [("fw.bin", "bios", b"firmware"), ("u-boot.bin", "kernel", b"loader")]
    for name, role, data in reversed(files) if kernel_first else files:
        guests.receive({"command": "file", "name": name, "data": data})
        guests.receive({"command": "raw", "role": role})
        if role == "kernel" and kernel_first:
            assert "kept as the kernel" in controller.message
    assert OPENED[-1] == {"image": None, "bios": b"firmware", "kernel": b"loader"}
    assert shown(guests)["guest"] == "fw.bin + u-boot.bin"


def test_firmware_that_the_site_brings_is_opened_by_its_title(controller: Controller) -> None:
    OPENED.clear()
    guests = Guests(controller, catalogue=CATALOGUE)
    guests.receive({"command": "firmware", "name": "Both", "data": b"b", "kernel": b"k"})
    guests.receive({"command": "firmware", "name": "One", "data": b"b", "kernel": None})
    both, one = OPENED
    assert both == {"image": None, "bios": b"b", "kernel": b"k"}
    assert one == {"image": None, "bios": b"b"}
    assert shown(guests)["guest"] == "One"
    guests.receive({"command": "unreachable", "name": "Both"})
    assert "found no answer" in controller.message


def test_an_elf_with_a_raw_name_is_an_elf(controller: Controller) -> None:
    OPENED.clear()
    guests = Guests(controller, catalogue=CATALOGUE)
    guests.receive({"command": "file", "name": "x.bin", "data": b"\x7fELF..."})
    assert OPENED == [{"image": b"\x7fELF..."}]


def test_an_address_is_built_as_it_is_read() -> None:
    link = Link("primes", "rv64imac", "t0", 12, (0x8000_0000,), "sv39", "16M")
    assert parse(build(link)) == link
    assert build(Link()) == ""


def test_what_the_page_does_not_show_is_not_sent(workbench: Workbench) -> None:
    screen, controller = workbench.screen, workbench.controller
    screen.get_root(Document())

    def pictures() -> set[str]:
        return set(json.loads(screen.frame)["pictures"])

    for kind in ("devices", "memory", "map", "code"):
        message = {"to": "screen", "command": "shown", "kind": kind, "on": False}
        screen._handle_msg(message)
    controller.step()
    assert "code" in pictures() and not pictures() & {"devices", "memory", "map"}
    screen._handle_msg({"to": "screen", "command": "shown", "kind": "memory", "on": True})
    assert pictures() == {"memory"}


def test_a_region_of_the_map_opens_in_the_memory_picture(workbench: Workbench) -> None:
    workbench.screen.get_root(Document())
    send = workbench.screen._handle_msg
    send({"to": "map", "command": "open", "address": "80004000"})
    drawn = json.loads(workbench.screen.frame)["pictures"]["memory"]
    assert drawn["rows"][0][0] == "0000000080004000"


def test_memory_goes_to_an_address_follows_a_register_and_pages(workbench: Workbench) -> None:
    send = workbench.screen._handle_msg
    memory = next(widget for widget in workbench.widgets if widget.kind == "memory")

    def first() -> int:
        return int(shown(memory)["rows"][0][0], 16)

    send({"to": "memory", "command": "address", "text": " 0x8000_1234 "})
    assert first() == 0x8000_1230
    send({"to": "memory", "command": "page", "by": 1})
    assert first() == 0x8000_1230 + 32 * 16
    send({"to": "memory", "command": "follow", "name": "pc"})
    pc = workbench.controller.snapshot().now.pc
    assert first() == (pc & -16) - 32
    assert [row[6] for row in shown(memory)["rows"]].index(1) == 2
    send({"to": "memory", "command": "virtual", "on": True})
    assert shown(memory)["virtual"]
    send({"to": "memory", "command": "address", "text": "the stack"})
    assert "hexadecimal" in workbench.controller.message


def test_the_engine_changes_at_once_and_stands_in_the_address(
    widget: MachineChoice, session: FakeSession
) -> None:
    def chosen() -> str:
        return next(value for name, _, value in shown(widget)["lists"] if name == "engine")

    assert chosen() == "auto" and _address(widget.controller) == ""
    widget.controller.open("tour")
    session = widget.controller.session  # type: ignore[assignment]
    widget.receive({"command": "pick", "name": "engine", "value": "t0"})
    assert (session.engine, chosen()) == ("t0", "t0")
    assert widget.controller.session is session
    assert _address(widget.controller) == "#u=1&g=tour&e=t0"
    widget.receive({"command": "pick", "name": "engine", "value": "t9"})
    assert "t9" in widget.controller.message and chosen() == "t0"
    # Opened again on another machine, it stays.
    widget.receive({"command": "pick", "name": "ram", "value": "16M"})
    widget.receive({"command": "apply"})
    assert OPENED[-1] == {"image": "tour", "ram": "16M", "engine": "t0"}
    widget.receive({"command": "pick", "name": "engine", "value": "auto"})
    assert "e=" not in _address(widget.controller)


def test_the_tier_that_runs_is_a_chip_with_its_reason(workbench: Workbench) -> None:
    status = next(widget for widget in workbench.widgets if widget.kind == "status")
    assert shown(status)["engine"] == "T1" and "WebAssembly" in shown(status)["engine_hint"]
    workbench.controller.use_engine("t0")
    assert shown(status)["engine"] == "T0" and "Python" in shown(status)["engine_hint"]
    assert "t0" in status.text()
    slower = replace(workbench.controller.snapshot(), engine_note="no WebAssembly here")
    assert "no WebAssembly here" in status.payload(slower)["engine_hint"]


def test_a_watchpoint_is_set_seen_and_cleared_in_the_memory_picture(workbench: Workbench) -> None:
    send = workbench.screen._handle_msg
    memory = next(widget for widget in workbench.widgets if widget.kind == "memory")
    session = workbench.controller.session

    def watched() -> list[list[int]]:
        return [row[7] for row in shown(memory)["rows"][:2]]

    send({"to": "memory", "command": "address", "text": "80001230"})
    assert watched() == [[], []] and not shown(memory)["watches"]
    send({"to": "memory", "command": "watch", "text": "80001238", "access": "both"})
    assert session.watches == (Watch(0x8000_1238, 0x8000_123F, 0b110),)
    assert watched() == [[*range(8, 16)], []]
    assert shown(memory)["watches"] == [["80001238", "8000 1238, 8 bytes, read or written"]]
    assert "238 239 23a" in memory.text()
    workbench.screen.refresh()
    drawn = json.loads(workbench.screen.frame)["pictures"]["memory"]
    assert drawn["rows"][0][7] == [*range(8, 16)]
    send({"to": "memory", "command": "watch", "text": "80001238", "access": "both"})
    assert session.watches == ()
    send({"to": "memory", "command": "watch", "text": "80001230", "access": "read"})
    send({"to": "memory", "command": "clear", "text": "80001230"})
    assert session.watches == ()
    send({"to": "memory", "command": "watch", "text": "nowhere", "access": "read"})
    assert "hexadecimal" in workbench.controller.message
    send({"to": "memory", "command": "watch", "text": "80001230", "access": "fetch"})
    assert session.watches == ()


def test_physical_addresses_are_watched_only_where_they_are_virtual_too(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = workbench.controller.session
    memory = next(widget for widget in workbench.widgets if widget.kind == "memory")
    rows = (MemoryRow(0x8000_1230, 0x9000_0230, bytes(16), None),)
    monkeypatch.setattr(session, "look", lambda address, rows_=16, virtual=False: rows)
    memory.receive({"command": "watch", "text": "80001230", "access": "write"})
    assert session.watches == () and "virtual" in workbench.controller.message
    memory.virtual = True
    memory.receive({"command": "watch", "text": "80001230", "access": "write"})
    assert len(session.watches) == 1


def test_a_page_says_why_the_slower_engine_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "find_host", lambda: None)
    monkeypatch.setattr(hosts, "why_not", lambda: "WebAssembly is forbidden here")
    assert "WebAssembly is forbidden here" in page().controller.message
    assert page(Link(engine="t0")).controller.message == ""
    with pytest.raises(Unsupported, match="forbidden"):
        page(Link(engine="t1"))
