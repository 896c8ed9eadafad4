"""Virtual machines as a session: several guests under one monitor, driven in slices.

What `session.session` is for one guest on the bare machine, this is for guests under a technique:
the place where a command, a notebook or a picture starts them, types, reads what they print and
asks what they have cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.core.units import parse_size
from vmlab.machine.devices.finisher import FAIL
from vmlab.session.opening import command_line
from vmlab.session.under import build_for, check_parts
from vmlab.vmm.common.payloads import payload_of, raw_kernel
from vmlab.vmm.common.scheduler import SLICE_INSNS, run_all
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.common.vm import GUEST_ISA, Payload, State, guest_platform
from vmlab.vmm.techniques import Technique, find

SCHEMA: Final = "vmlab/vm/1"
MOST_VMS: Final = 16
DEFAULT_RAM: Final = "16M"


@dataclass(frozen=True, slots=True)
class VmOptions:
    """What a user says to start virtual machines."""

    guest: str | bytes | Path | None = None
    technique: str = "trap_emulate"
    vms: int = 1
    ram: str | int = DEFAULT_RAM
    """For each of them."""
    kernel: bytes | None = None
    """A raw kernel in place of a guest."""
    append: str | None = None
    disk: bytes | None = None
    engine: str = "auto"
    slice_insns: int = SLICE_INSNS


def payload_for(options: VmOptions, ram_bytes: int) -> Payload:
    """What each of the virtual machines starts with: of a guest of the catalogue, the build that
    the technique runs."""
    if (options.guest is None) == (options.kernel is None):
        found = "neither" if options.guest is None else "both"
        raise BadInput(f"expected a guest or a raw kernel, found {found}")
    append = command_line(options.append)
    technique = find(options.technique)
    if options.kernel is not None:
        check_parts(technique.name, {"kernel"})
        return raw_kernel("kernel", options.kernel, append, options.disk)
    assert options.guest is not None
    guest = build_for(technique, options.guest)
    return payload_of(guest, append=append, disk=options.disk, ram_bytes=ram_bytes)


class VmSession:
    """Virtual machines of one kind, on one real machine."""

    def __init__(self, options: VmOptions) -> None:
        ram_bytes = options.ram if isinstance(options.ram, int) else parse_size(options.ram)
        if not 1 <= options.vms <= MOST_VMS:
            raise BadInput(f"expected 1 to {MOST_VMS} virtual machines, found {options.vms}")
        self.options = options
        self.technique: Technique = find(options.technique)
        platform = guest_platform(ram_bytes, GUEST_ISA)
        payload = payload_for(options, ram_bytes)
        guests = ((platform, payload),) * options.vms
        self.subjects: tuple[Subject, ...] = self.technique.start(guests, options.engine)
        self._printed = [0] * options.vms

    # Driving -------------------------------------------------------------------------------------

    @property
    def instructions(self) -> int:
        """Guest instructions carried out, of all of them."""
        return sum(subject.counters.instructions for subject in self.subjects)

    @property
    def runnable(self) -> bool:
        """True while one of them can go on."""
        return any(subject.runnable for subject in self.subjects)

    @property
    def over(self) -> bool:
        """True once each of them has ended, for whatever reason."""
        return all(subject.state not in (State.READY, State.WAITING) for subject in self.subjects)

    def run(self, most: int, look: Callable[[], bool] = lambda: False) -> None:
        """Let them run, the one that is furthest behind first, until together they have carried
        out `most` more instructions, none can go on, or `look` (asked after each slice) says
        True."""
        run_all(self.subjects, most, self.options.slice_insns, look)

    def type(self, number: int, data: bytes) -> None:
        """Type into the console of one of them."""
        if data:
            self.subjects[number].type(data)

    def printed(self, number: int) -> bytes:
        """What one of them has printed since this was last asked."""
        output, seen = self.subjects[number].output, self._printed[number]
        self._printed[number] = len(output)
        return bytes(output[seen:])

    # Telling -------------------------------------------------------------------------------------

    def sentence(self, number: int) -> str:
        """How one of them stands."""
        subject = self.subjects[number]
        count = f"{subject.counters.instructions:,} instructions"
        written = subject.machine.finisher.written
        if subject.state is State.ENDED and written is not None:
            failed = written & 0xFFFF == FAIL
            how = f"failed with code {written >> 16}" if failed else "passed"
            return f"{how} after {count}"
        said = {
            State.READY: "still runs",
            State.WAITING: "waits for input that can't come any more",
        }
        return f"{said.get(subject.state) or subject.why or subject.state.value} after {count}"

    def passed(self, number: int) -> bool:
        """True if one of them has ended well."""
        subject = self.subjects[number]
        written = subject.machine.finisher.written
        return subject.state is State.ENDED and written is not None and written & 0xFFFF != FAIL

    def stats(self) -> dict[str, Any]:
        """Everything counted, as JSON (vm/1)."""
        machines = []
        for number, subject in enumerate(self.subjects):
            subject.settle()
            machines.append(
                {
                    "number": number,
                    "state": subject.state.value,
                    "said": self.sentence(number),
                    "virtual_time": subject.hart.time,
                    "counters": subject.counters.rows(),
                    "updates_per_hypercall": {
                        str(size): often
                        for size, often in sorted(subject.counters.updates_per_hypercall.items())
                    },
                    "state_hash": subject.machine.state_hash(),
                }
            )
        return {
            "schema": SCHEMA,
            "technique": self.technique.name,
            "measured": True,
            "vms": machines,
        }


def open_vms(guest: str | bytes | Path | None = None, **options: Any) -> VmSession:
    """Start virtual machines: `open_vms("nano", technique="trap_emulate", vms=2)`."""
    try:
        return VmSession(VmOptions(guest, **options))
    except TypeError as error:
        raise BadInput(f"expected the options of VmOptions, found: {error}") from None
