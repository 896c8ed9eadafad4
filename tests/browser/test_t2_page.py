"""T2 in the site's own worker: pages are translated, and every guest ends in its native state."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.lab import ask
from tests.browser.test_t1_guests import natively, same
from vmlab.bench.runners import ENDLESS
from vmlab.guests.benchmarks import sized
from vmlab.guests.catalog import GUESTS

LONG_ONES = ("sieve", "mixed")
LONG_INSNS = 300_000_000


@pytest.fixture(scope="module")
def lab(browser: Browser, lab_site: Site) -> Iterator[Page]:
    """One worker for all of these."""
    with watched_page(browser, Watch()) as page:
        page.set_default_timeout(600_000)
        yield open_ready(page, lab_site.url)


def told(name: str, found: dict[str, Any]) -> None:
    print(
        f"{name}: {found['position']:,} in {found['took_s']:.2f} s, {found['slices']} slices, "
        f"longest {found['longest_ms']:.0f} ms, {found['translated']}"
    )


@pytest.mark.parametrize("name", sorted(GUESTS))
def test_a_guest_ends_in_its_native_state_with_all_of_it_translated(lab: Page, name: str) -> None:
    typed = GUESTS[name].typed.decode()
    found = ask(lab, "run", guest=name, engine="t2", typed=typed, force=True)
    told(name, found)
    same(found, natively([["", ""]], name, typed), "t2")
    assert found["translated"]["units_translated"]
    assert found["translated"]["units_executed"]


@pytest.mark.parametrize("name", LONG_ONES)
def test_hot_pages_run_many_times_as_fast(lab: Page, name: str) -> None:
    image = base64.b64encode(sized(name, ENDLESS)).decode()
    given: dict[str, Any] = {"image": image, "limit": LONG_INSNS}
    found, slow = ask(lab, "run", engine="t2", **given), ask(lab, "run", engine="t1", **given)
    told(name, found)
    told(f"{name} on t1", slow)
    assert found["position"] == slow["position"] == LONG_INSNS
    assert found["hash"] == slow["hash"]
    assert found["translated"]["units_translated"]
    assert found["translated"]["code_bytes"]
