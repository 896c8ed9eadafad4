"""T1 in the site's own worker: every guest ends in its native state, firmware boots."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import vmlab
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.lab import ask
from vmlab.cli.sitebuilder import firmware
from vmlab.guests.catalog import GUESTS
from vmlab.session.until import Until

TALK = [["Hit any key", " "], ["=> $", "version\n"], ["=> $", ""]]
FIRMWARE = {
    "U-Boot": {"bios": "u-boot-m.bin"},
    "OpenSBI and U-Boot": {"bios": "opensbi.bin", "kernel": "u-boot-s.bin"},
}
LIMIT = 100_000_000


@pytest.fixture(scope="module")
def lab(browser: Browser, lab_site: Site) -> Iterator[Page]:
    """One worker for all of these."""
    with watched_page(browser, Watch()) as page:
        page.set_default_timeout(600_000)
        yield open_ready(page, lab_site.url)


def natively(
    talk: list[list[str]], guest: str | None = None, typed: str = "", **options: Any
) -> vmlab.Session:
    """The same run here, on T1."""
    session = vmlab.open(guest, engine="t1", **options)
    if typed:
        session.send(typed)
    for pattern, answer in talk:
        session.run(Until.console(pattern) if pattern else None, LIMIT)
        if answer:
            session.send(answer)
    return session


def same(found: dict[str, Any], session: vmlab.Session, engine: str = "t1") -> None:
    """The tab has the state that the session has."""
    assert session.stop is not None
    reason, console = session.stop.reason.name, bytes(session.console).decode()
    assert (found["reason"], found["position"]) == (reason, session.position)
    assert found["console"] == console
    assert found["hash"] == session.state_hash()
    assert found["engine"] == engine


@pytest.mark.parametrize("name", sorted(GUESTS))
def test_a_guest_ends_in_its_native_state(lab: Page, name: str) -> None:
    typed = GUESTS[name].typed.decode()
    found = ask(lab, "run", guest=name, engine="t1", typed=typed)
    print(
        f"{name}: opened in {1000 * found['opened_s']:.0f} ms, {found['position']:,} in "
        f"{found['took_s']:.2f} s, {found['slices']} slices, longest {found['longest_ms']:.0f} ms"
    )
    same(found, natively([["", ""]], name, typed))


@pytest.mark.skipif(not firmware.files(), reason="no firmware in the cache")
@pytest.mark.parametrize("title", FIRMWARE)
def test_firmware_reaches_its_prompt_and_answers(lab: Page, title: str) -> None:
    content = firmware.files()
    files = {role: content[name] for role, name in FIRMWARE[title].items()}
    given = {role: base64.b64encode(data).decode() for role, data in files.items()}
    # By its name: `auto` is called t2 once a hot page has run, and how soon one is printed and
    # compiled is a matter of the host's time.
    found = ask(lab, "run", files=given, engine="t2", talk=TALK, limit=LIMIT)
    print(
        f"{title}: {found['position']:,} in {found['took_s']:.2f} s, "
        f"{found['slices']} slices, longest {found['longest_ms']:.0f} ms"
    )
    assert "U-Boot 20" in found["console"]
    same(found, natively(TALK, **files), "t2")
