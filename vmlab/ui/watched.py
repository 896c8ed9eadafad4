"""What drives a screen has watchers and one sentence to show: a refusal, or what is going on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from vmlab.core.errors import VmlabError
from vmlab.ui.i18n import t
from vmlab.views.phrase import NOTHING, Phrase, heard

P = ParamSpec("P")
W = TypeVar("W", bound="Watched")
Watcher = Callable[[], None]


class Watched:
    """The part that every controller has."""

    def __init__(self) -> None:
        self._message: Phrase = NOTHING
        self._watchers: list[Watcher] = []

    @property
    def message(self) -> str:
        """The sentence to show, in the user's language; or empty."""
        return t(self._message)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` whenever there is something new to draw; returns what ends that."""
        self._watchers.append(watcher)

        def off() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return off

    @property
    def watchers(self) -> int:
        """How many watchers there are: 0 once every screen is closed."""
        return len(self._watchers)

    def changed(self) -> None:
        """Tell the watchers."""
        for watcher in tuple(self._watchers):
            watcher()


def command(method: Callable[Concatenate[W, P], None]) -> Callable[Concatenate[W, P], None]:
    """A refusal becomes a sentence on the screen, and everything stays as it was."""

    @wraps(method)
    def guarded(self: W, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            self._message = NOTHING
            method(self, *args, **kwargs)
        except VmlabError as refusal:
            self._message = heard(str(refusal))
        self.changed()

    return guarded
