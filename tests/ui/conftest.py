"""A controller over a made-up session, and a workbench on it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from tests.ui.fakes import FakeSession, open_fake
from vmlab.session.files import loading
from vmlab.ui.controller import Controller
from vmlab.ui.screens.workbench import Workbench

T = TypeVar("T")
CATALOGUE = {"tour": ("The tour", "pages and traps"), "primes": ("Primes", "C in U")}


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop and a thread of its own: browser tests, which may share this
    process, leave a loop running in the main thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


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
