"""How a guest ended the machine, and the words for why a run stopped."""

from __future__ import annotations

from typing import Final

from vmlab.core.events import TrapTaken
from vmlab.engine.api import Halt
from vmlab.isa.causes import EXCEPTIONS
from vmlab.machine.devices.finisher import FAIL, PASS
from vmlab.machine.platform import Machine
from vmlab.session.log import RunLog
from vmlab.session.snapshot import Reason

_REASONS: Final = {
    Halt.BREAKPOINT: Reason.BREAKPOINT,
    Halt.WATCHPOINT: Reason.WATCHPOINT,
    Halt.TRAP: Reason.TRAP,
    Halt.MODE: Reason.MODE,
    Halt.WAITING: Reason.WAITING,
    Halt.TRAP_LOOP: Reason.TRAP_LOOP,
    Halt.BUDGET: Reason.STEP,
}


def _tohost(machine: Machine) -> int:
    at = machine.tohost
    return 0 if at is None else int.from_bytes(machine.read(at, 8), "little")


def ending(machine: Machine) -> Reason | None:
    """What the guest said by the finisher or by `tohost` (1 passes), or None while it runs."""
    written = machine.finisher.written
    if written is not None:
        return {PASS: Reason.PASSED, FAIL: Reason.FAILED}.get(written & 0xFFFF)
    value = _tohost(machine)
    return None if value == 0 else Reason.PASSED if value == 1 else Reason.FAILED


def reason_of(halt: Halt, machine: Machine, at_breakpoint: bool) -> Reason:
    """The session's word for why the engine came back. A stop at an address that is no breakpoint
    was asked for by the run (`Until.pc`)."""
    if halt is Halt.REQUEST:
        return ending(machine) or Reason.CONSOLE
    if halt is Halt.BREAKPOINT and not at_breakpoint:
        return Reason.PC
    return _REASONS[halt]


def exit_code(machine: Machine, reason: Reason) -> int:
    """The code of a failure: the finisher's upper half, or the failed case of `tohost`."""
    if reason is not Reason.FAILED:
        return 0
    written = machine.finisher.written
    return written >> 16 if written is not None else _tohost(machine) >> 1


def detail(machine: Machine, reason: Reason, log: RunLog) -> str:
    """What to add to a stop's reason."""
    pc = machine.hart.pc
    if reason is Reason.WAITING:
        return f"wfi at {pc - 4:#x}: no interrupt can come"
    if reason is Reason.TRAP_LOOP:
        last = log.last(1)[0]
        assert isinstance(last, TrapTaken)
        return f"trap loop at {pc:#x}: {EXCEPTIONS[last.cause].name}, again and again"
    return ""
