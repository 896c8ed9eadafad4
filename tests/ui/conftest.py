"""A controller over a made-up session, and a workbench on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.fakes import FakeSession, open_fake
from vmlab.session.files import loading
from vmlab.ui.controller import Controller
from vmlab.ui.screens.workbench import Workbench

CATALOGUE = {"tour": ("The tour", "pages and traps"), "primes": ("Primes", "C in U")}


@pytest.fixture
def session() -> FakeSession:
    made = FakeSession()
    made.go_to(130)
    return made


@pytest.fixture
def controller(session: FakeSession) -> Iterator[Controller]:
    made = Controller(session, opener=open_fake, loader=loading, trap=lambda: "next trap")
    yield made
    made.close()


@pytest.fixture
def workbench(controller: Controller) -> Workbench:
    return Workbench(controller, CATALOGUE, page=True)
