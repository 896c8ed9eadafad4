"""The smallest guest, and the machine that it and the smallest monitor are put on."""

from __future__ import annotations

from importlib import resources
from typing import Final

from vmlab.core.modes import Mode
from vmlab.core.units import MIB
from vmlab.engine.tiers import new_arena
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import MIE, MODE
from vmlab.machine.platform import Machine
from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.host import real_engine, real_hart
from vmlab.vmm.common.vm import Payload, guest_platform, power_on
from vmlab.vmm.smallest.loop import Vm

RAM_BYTES: Final = MIB
SOURCE: Final = resources.files("vmlab.vmm.smallest") / "guest.S"


def smallest_guest() -> Payload:
    """The guest of `guest.S`."""
    return assembled(SOURCE.read_text("utf-8"), ram_bytes=RAM_BYTES)


def start(payload: Payload, engine: str = "auto") -> Vm:
    """A machine on which the guest's kernel stands at its entry: in U, for it is a guest, with all
    of memory open to it and every trap going to S, which is its monitor's."""
    platform = guest_platform(RAM_BYTES)
    machine = Machine(platform, arena=new_arena(platform.ram_bytes))
    real = real_engine(machine, engine)
    hart = real_hart(machine, real)
    power_on(machine, hart, payload)
    hart.words[MODE.slot] = Mode.U
    hart.words[MIE.slot] |= INTERRUPTS["STI"].mask
    real.forget()
    return Vm(machine, real)
