"""What carries a session's guest: the bare machine, or a monitor with a real machine under it.

`machine` is the guest's, as the guest believes it to be; `engine` runs it. What a keyframe must
hold to bring it back is more under a monitor: the real hart, all of real memory (the guest's is a
part of it, and so are the monitor's tables), and what the monitor remembers. So keyframes know the
carrier alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vmlab.engine.api import Engine
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.tiers import make_engine
from vmlab.guests.loader import Image
from vmlab.machine.arena import Arena
from vmlab.machine.devices.device import Device
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine
from vmlab.session.edits import Edit
from vmlab.session.frames import FrameRun, Uses, runs
from vmlab.session.inputs import Given, give
from vmlab.session.opening import Setup, build
from vmlab.session.snapshot import Reason
from vmlab.session.tables import Tree, trees_of
from vmlab.session.virtual import Beside, VirtualSide


class Carrier(Protocol):
    """One guest, powered on."""

    @property
    def machine(self) -> Machine: ...

    @property
    def image(self) -> Image | None: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def tier(self) -> str:
        """The tier that runs all but single steps."""

    @property
    def leaps(self) -> bool:
        """Whether a keyframe ahead is all that is needed to be there. A monitor's record of who
        ran is written by running."""

    def use_engine(self, name: str) -> None:
        """Go on with another engine. Raises as `make_engine` does; the old one stays then."""

    def receive(self, given: Given) -> None:
        """Input arrives, between two instructions."""

    def check(self, edit: Edit) -> None:
        """Raises `BadInput` for a change that what carries the guest can't let anybody make."""

    def reboot(self) -> set[int]:
        """The guest has asked to begin again: do so; which of the pages that keyframes hold may
        have changed."""

    def over(self) -> tuple[Reason, str] | None:
        """Why the guest runs no more, if that is not the guest's own word."""

    # For files -----------------------------------------------------------------------------------

    def counts(self) -> Mapping[str, int]:
        """What a monitor has counted, as numbers by name. Raises `Unsupported` where the guest
        cannot be put elsewhere."""

    def counter_rows(self) -> Mapping[str, int | float | None]:
        """What a monitor has counted, for people."""

    def stands(self, counts: Mapping[str, int]) -> None:
        """The guest has been put into a later state from outside; this had been counted then."""

    # For keyframes -------------------------------------------------------------------------------

    @property
    def arena(self) -> Arena:
        """The hart and the memory that are copied."""

    @property
    def devices(self) -> Sequence[Device]: ...

    @property
    def disk(self) -> Disk | None: ...

    def used_pages(self) -> set[int]:
        """Pages of that memory that are not all zero."""

    def pages_of(self, pages: set[int]) -> set[int]:
        """Where these pages of the guest's RAM are in that memory."""

    def take_written(self) -> set[int]:
        """Pages of that memory written since the last call."""

    def memo(self) -> Any:
        """A copy of all the rest."""

    def recall(self, memo: Any, changed: set[int]) -> None:
        """The rest as it was when `memo` gave that; the hart, the devices and these pages have
        been put back."""

    # For pictures --------------------------------------------------------------------------------

    def virtual(self) -> VirtualSide | None:
        """What is real while the guest believes."""

    def beside(self) -> tuple[Beside, ...]:
        """The guest's CSRs of S beside the real ones; none without a technique."""

    def trees(self) -> tuple[Tree, ...]:
        """The page tables that there are, the guest's first."""

    def translator(self) -> Machine:
        """The machine whose hart translates: its TLB is the one that counts."""

    @property
    def real_engine(self) -> Engine:
        """Of the machine that is real: what it derives from code is derived there."""

    def gpa(self, address: int) -> int | None:
        """What the guest calls a page of the memory that there is; None if it is none of its."""

    def frames(self, guest: Uses) -> tuple[FrameRun, ...]:
        """What each frame of the memory that there is in fact is used for; `guest` says it of the
        guest's, by its own counting."""


class Bare:
    """The guest alone on its machine, firmware and all."""

    def __init__(self, setup: Setup, engine: str) -> None:
        self.machine, self.image = build(setup)
        self._asked = engine
        self.engine: Engine = make_engine(self.machine, engine)
        self.arena = self.machine.arena
        self.devices = self.machine.bus.devices
        self.disk = self.machine.disk

    @property
    def tier(self) -> str:
        """As asked; single steps are T0's under `auto`."""
        if self._asked != "auto":
            return self._asked
        return self.engine.tier if isinstance(self.engine, Interpreter) else self.engine.name

    @property
    def leaps(self) -> bool:
        """All that a picture shows is in the keyframe, or in the log's mark."""
        return True

    def use_engine(self, name: str) -> None:
        """Another on the same arena."""
        self.engine, self._asked = make_engine(self.machine, name), name

    def receive(self, given: Given) -> None:
        """At the machine."""
        give(self.machine, self.engine, given)

    def check(self, edit: Edit) -> None:
        """All of the machine is the user's."""

    def reboot(self) -> set[int]:
        """As after power-on."""
        changed = self.machine.reboot()
        self.engine.forget(changed)
        return changed

    def over(self) -> None:
        """Nobody could end the guest but itself."""

    def counts(self) -> Mapping[str, int]:
        """Nothing."""
        return {}

    def counter_rows(self) -> Mapping[str, int | float | None]:
        """Nothing."""
        return {}

    def stands(self, counts: Mapping[str, int]) -> None:
        """All that there is has been put there."""

    def used_pages(self) -> set[int]:
        """Those of RAM."""
        return self.arena.used_pages()

    def pages_of(self, pages: set[int]) -> set[int]:
        """The same: the guest's RAM is the machine's."""
        return pages

    def take_written(self) -> set[int]:
        """As the engine says."""
        return self.engine.take_dirty_pages()

    def memo(self) -> None:
        """Nothing: all of it is in the arena and in the devices."""

    def recall(self, memo: Any, changed: set[int]) -> None:
        """What the engine has derived from it goes."""
        self.engine.forget(changed)

    def virtual(self) -> None:
        """What the guest believes is so."""

    def beside(self) -> tuple[Beside, ...]:
        """Nothing is beside it."""
        return ()

    def trees(self) -> tuple[Tree, ...]:
        """As its words say."""
        return trees_of(self.machine)

    def translator(self) -> Machine:
        """Its own."""
        return self.machine

    @property
    def real_engine(self) -> Engine:
        """There is no other."""
        return self.engine

    def gpa(self, address: int) -> int | None:
        """The same."""
        return address

    def frames(self, guest: Uses) -> tuple[FrameRun, ...]:
        """RAM is the guest's."""
        return runs(guest)


def power_on(setup: Setup, engine: str) -> Carrier:
    """A guest at its beginning."""
    if setup.technique is None:
        return Bare(setup, engine)
    from vmlab.session.hosted import Hosted  # not before somebody asks: it brings all monitors

    return Hosted(setup, engine)
