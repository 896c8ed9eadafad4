"""What an exit costs, in instructions that the hypervisor really retires.

A Python monitor retires nothing, so its costs are modelled. The capstone is RISC-V code on the
same hart as its guest: between the trap that leaves V = 1 and the xRET that goes back, instructions
can be counted. Nothing of the hypervisor has to be known for that: what an exit was for shows in
its cause and in where the guest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from vmlab.core.errors import BrokenInvariant
from vmlab.core.events import Event, EventKind, TrapReturn, TrapTaken
from vmlab.isa.causes import (
    ECALL_FROM_VS,
    GUEST_PAGE_FAULTS,
    STORE_GUEST_PAGE_FAULT,
    SUPERVISOR_TIMER,
    VIRTUAL_INSTRUCTION,
)

INSTRUCTION_BYTES: Final = (2, 4)


class ExitKind(StrEnum):
    """What an exit turned out to be, by the names that the hypervisor prints at its end."""

    FILL = "fill"
    """The G-stage had no page there; the guest does the same again. Fetching the instruction to
    emulate can fail, which looks the same: the hypervisor counts that apart, as `again`."""
    MMIO_LOAD = "mmio load"
    MMIO_STORE = "mmio store"
    SBI = "sbi"
    IDLE = "idle"
    """`wfi`. Time that passes there retires nothing."""
    TIMER = "timer"
    """HS's timer, which stands in for the guest's where there is no Sstc."""
    INJECTED = "injected"
    """The guest goes on in its own trap handler."""


class ExitMeter:
    """A listener to `KINDS` of a run. `insns[kind]` has an entry for each exit that ended:
    the number of instructions from the first of the handler to its xRET, both counted."""

    KINDS: Final = EventKind.TRAP | EventKind.TRAP_RETURN

    def __init__(self) -> None:
        self._insns: dict[ExitKind, list[int]] = {kind: [] for kind in ExitKind}
        self._exit: TrapTaken | None = None

    @property
    def insns(self) -> Mapping[ExitKind, list[int]]:
        """Retired instructions, exit by exit, in the order of the run."""
        return self._insns

    def __call__(self, event: Event) -> None:
        """Take the next event of the run."""
        if isinstance(event, TrapTaken):
            if event.from_virtual and not event.to_virtual:
                self._exit = event
        elif isinstance(event, TrapReturn) and self._exit is not None and event.to_virtual:
            kind = kind_of(self._exit, event.pc)
            if kind is not None:
                self._insns[kind].append(event.count + 1 - self._exit.count)
            self._exit = None


def kind_of(exit: TrapTaken, resumed: int) -> ExitKind | None:
    """What an exit was, by its cause and the pc at which the guest goes on. None for an interrupt
    of M's, which is no exit to the hypervisor. Raises `BrokenInvariant` for a cause that it leaves
    to its guest."""
    if exit.interrupt:
        return ExitKind.TIMER if exit.cause == SUPERVISOR_TIMER else None
    if exit.cause == ECALL_FROM_VS:
        return ExitKind.SBI
    went_on = resumed - exit.epc in INSTRUCTION_BYTES
    if exit.cause == VIRTUAL_INSTRUCTION:
        return ExitKind.IDLE if went_on else ExitKind.INJECTED
    if exit.cause not in GUEST_PAGE_FAULTS:
        raise BrokenInvariant(f"expected an exit of the capstone's, found cause {exit.cause}")
    if resumed == exit.epc:
        return ExitKind.FILL
    if not went_on:
        return ExitKind.INJECTED
    store = exit.cause == STORE_GUEST_PAGE_FAULT
    return ExitKind.MMIO_STORE if store else ExitKind.MMIO_LOAD


class Runs(Protocol):
    """What is asked of a session here."""

    def subscribe(self, kinds: EventKind, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Listen until the function returned is called."""
        ...

    def run(self, until: None = None, limit: int | None = None) -> Any:
        """Run to the guest's end, or for `limit` instructions."""
        ...


def measure(session: Runs, limit: int | None = None) -> Mapping[ExitKind, list[int]]:
    """Run a session of the capstone to its end, or for `limit` instructions. Returns how many
    instructions retired in each exit, by its kind."""
    meter = ExitMeter()
    end = session.subscribe(ExitMeter.KINDS, meter)
    try:
        session.run(limit=limit)
    finally:
        end()
    return meter.insns
