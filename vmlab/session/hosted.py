"""A session's guest under a technique: its monitor, and the real machine under that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.modes import Mode
from vmlab.engine.api import Engine
from vmlab.guests.loader import Image
from vmlab.isa.csrs import BY_NUMBER
from vmlab.machine.platform import Machine, Platform
from vmlab.session.edits import Edit, Place
from vmlab.session.frames import FrameRun, Uses
from vmlab.session.guest_engine import GuestEngine
from vmlab.session.hosted_tables import hosted_trees, translator
from vmlab.session.inputs import Given, give
from vmlab.session.opening import Setup, load_image
from vmlab.session.sides import MemoryMap, beside, side
from vmlab.session.snapshot import Reason
from vmlab.session.tables import Tree
from vmlab.session.virtual import Beside, VirtualSide
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.payloads import raw_kernel
from vmlab.vmm.common.subject import Carried, Monitored
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.common.whoran import WhoRan
from vmlab.vmm.techniques import find

_MACHINE: Final = Mode.M.value


def payload_of(setup: Setup) -> tuple[Payload, Image | None]:
    """What the guest starts with, and its image if it has one."""
    if setup.kernel is not None:
        raw = raw_kernel(setup.name, setup.kernel, setup.append, setup.disk)
        return Payload(
            raw.name, raw.segments, raw.entry, raw.append, raw.disk, None, setup.seed
        ), None
    image = load_image(setup)
    assert image is not None, "prepared with one of the two"
    segments = tuple(
        (int(part.pa), part.data.ljust(part.mem_size, b"\0")) for part in image.segments
    )
    made = Payload(
        image.name, segments, int(image.entry), setup.append, setup.disk, image.symbols, setup.seed
    )
    return made, image


def board_of(platform: Platform) -> Platform:
    """The guest's board, checked. Raises for one that no monitor gives a guest."""
    guest_platform(platform.ram_bytes, platform.isa)
    if platform.misaligned != "trap":
        raise Unsupported(
            "expected misaligned accesses that trap, as they do on the real hart under a "
            f"technique, found {platform.misaligned}"
        )
    return platform


class Hosted:
    """One guest, powered on."""

    def __init__(self, setup: Setup, engine: str) -> None:
        assert setup.technique is not None
        self.technique = find(setup.technique)
        payload, self.image = payload_of(setup)
        started = self.technique.alone(board_of(setup.platform), payload, engine)
        if not isinstance(started, Monitored | BareMachine):
            raise Unsupported(f"expected a technique that goes back, found {setup.technique}")
        self.subject: Carried = started
        self.machine: Machine = started.machine
        self.engine = GuestEngine(self.subject)
        self.who_ran = WhoRan(self.subject)
        self._memory = MemoryMap(self.subject)
        self.arena = self.subject.arena
        self.devices = self.machine.bus.devices
        self.disk = self.machine.disk

    @property
    def tier(self) -> str:
        """One tier runs all, single steps too."""
        return self.engine.name

    @property
    def leaps(self) -> bool:
        """`WhoRan` holds what it has heard."""
        return False

    def use_engine(self, name: str) -> None:
        """Another on the real machine; what a program carries out stays T0's."""
        self.subject.use_engine(name)

    def receive(self, given: Given) -> None:
        """The guest's registers come home for it: what it changes decides how they go back."""
        self.engine.commit()
        give(self.machine, self.engine, given)

    def check(self, edit: Edit) -> None:
        """M is not the guest's: its firmware is the monitor's part."""
        if edit.place is Place.MODE and edit.word == _MACHINE:
            raise BadInput(f"expected a mode of 0 or 1 under {self.technique.name}, found M")
        if edit.place is Place.MEMORY and self.engine.scattered:
            raise Unsupported(
                f"expected no change of memory under {self.technique.name}, whose guest's pages "
                "are scattered and checked: found one"
            )
        if edit.place is Place.CSR and BY_NUMBER[edit.number].lowest_mode is Mode.M:
            raise BadInput(
                f"expected a CSR of S or U under {self.technique.name}, found "
                f"{BY_NUMBER[edit.number].name}, which is firmware's"
            )

    def reboot(self) -> set[int]:
        """Nothing: the monitor has done so by itself."""
        return set()

    def over(self) -> tuple[Reason, str] | None:
        """Its monitor has stopped it."""
        return (Reason.STOPPED, self.subject.why) if self.subject.state is State.STOPPED else None

    # For files -----------------------------------------------------------------------------------

    def counts(self) -> Mapping[str, int]:
        """The counters."""
        if self.engine.scattered:
            raise Unsupported(
                f"expected a guest whose memory is its own to save at once, found one under "
                f"{self.technique.name}, whose tables name real pages: record the run instead"
            )
        return self.subject.counters.packed()

    def counter_rows(self) -> Mapping[str, int | float | None]:
        """Every counter."""
        return self.subject.counters.rows()

    def stands(self, counts: Mapping[str, int]) -> None:
        """As after a migration: the guest goes on, and its monitor makes its tables anew."""
        self.subject.count_from(Counters.unpacked(counts))
        self.who_ran.restart()

    # For keyframes -------------------------------------------------------------------------------

    def used_pages(self) -> set[int]:
        """Those of real memory."""
        return self.arena.used_pages()

    def pages_of(self, pages: set[int]) -> set[int]:
        """The guest's RAM is a part of real memory."""
        return self.subject.pages_of(pages)

    def take_written(self) -> set[int]:
        """By the guest, its devices and its monitor."""
        return self.subject.take_written()

    def memo(self) -> Any:
        """What the monitor remembers, and what has been written down of who ran."""
        return self.engine.memo(), self.who_ran.mark()

    def recall(self, memo: Any, changed: set[int]) -> None:
        """That."""
        remembered, ran = memo
        self.engine.recall(remembered, changed)
        self.who_ran.cut(ran)

    # For pictures --------------------------------------------------------------------------------

    def beside(self) -> tuple[Beside, ...]:
        """As they are now."""
        return tuple(beside(self.subject))

    def trees(self) -> tuple[Tree, ...]:
        """The guest's, and what its monitor has made in their place or below them."""
        return hosted_trees(self.subject)

    def translator(self) -> Machine:
        """The real machine, if the guest runs on its hart."""
        return translator(self.subject)

    @property
    def real_engine(self) -> Engine:
        """Of the machine below the monitor."""
        return self.subject.engine

    def gpa(self, address: int) -> int | None:
        """By the monitor's own map."""
        subject = self.subject
        return subject.vm.gpa(address) if isinstance(subject, Monitored) else address

    def frames(self, guest: Uses) -> tuple[FrameRun, ...]:
        """Real memory: the monitor's part of it, and the guest's where it stands there."""
        return self._memory.frames(guest, self.trees())

    def virtual(self) -> VirtualSide:
        """What is real."""
        return side(self.technique, self.subject, self.who_ran, self._memory)
