"""What an exit costs on this host, and what direct execution keeps of the bare machine's speed.

Host time, measured: it says how long a lesson takes, and nothing about a machine of silicon. It
runs wherever vmlab runs, so a browser can be asked as well as a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.isa.causes import ECALL_FROM_U
from vmlab.isa.state import PC
from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.subject import Subject, admitted, host_for
from vmlab.vmm.common.vm import Payload, Vm, guest_platform
from vmlab.vmm.techniques import TECHNIQUES
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

RAM_BYTES: Final = 1 << 21
EXITS: Final = 20_000
USER_INSNS: Final = 30_000_000
ROUNDS: Final = 5

ECALLS: Final = "loop: ecall\n j loop\n"
CSRS: Final = "loop: csrr t0, sscratch\n j loop\n"
ADDS: Final = """
    la s2, data
loop:
    addi s0, s0, 1
    xor s1, s1, s0
    slli t0, s1, 3
    andi t0, t0, 1016
    add t0, t0, s2
    ld t1, 0(t0)
    add t1, t1, s0
    sd t1, 0(t0)
    j loop
.balign 4096
data: .zero 1024
"""
"""Nine instructions, a load and a store among them: what a user's loop is like."""


class Nothing(TrapAndEmulate):
    """A monitor whose handler of an ecall steps over it, and does no more."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        if exit.cause != ECALL_FROM_U:
            return super().on_exit(vm, exit)
        self.host.words[PC.slot] += 4
        return Reason.SYSTEM_CALL


def payload(source: str) -> Payload:
    """A kernel in assembly, which begins at its first instruction."""
    return assembled(source, "bench", RAM_BYTES)


@dataclass(frozen=True, slots=True)
class ExitCosts:
    """Microseconds of host time for one exit, the least of a few rounds."""

    empty_handler_us: float
    csr_access_us: float
    """The whole of it: exit, a CSR read carried out on the virtual hart, entry."""


def least(rounds: int, timed: Callable[[], float]) -> float:
    """The least of a few timings: what else the host did is in the others."""
    return min(timed() for _ in range(rounds))


def _seconds(subject: Subject, insns: int) -> float:
    began = time.perf_counter()
    subject.run(insns)
    return time.perf_counter() - began


def exit_costs(engine: str = "auto", exits: int = EXITS) -> ExitCosts:
    """Measure exits on an engine."""
    platform = guest_platform(RAM_BYTES)
    host = host_for((platform,), engine)
    empty = admitted(Nothing(host), platform, payload(ECALLS))
    csrs = TECHNIQUES["trap_emulate"].alone(platform, payload(CSRS), engine)
    empty.run(1000)
    csrs.run(1000)
    return ExitCosts(
        # An ecall that is stepped over does not retire: the jump does.
        least(ROUNDS, lambda: _seconds(empty, exits)) / exits * 1e6,
        least(ROUNDS, lambda: _seconds(csrs, 2 * exits)) / exits * 1e6,
    )


def direct_speed(
    names: tuple[str, ...], engine: str = "auto", insns: int = USER_INSNS
) -> dict[str, float]:
    """Speed of a user's loop under each technique, over that on the bare machine: in turns, the
    best of a few rounds each."""
    platform, guest = guest_platform(RAM_BYTES), payload(ADDS)
    subjects = {name: TECHNIQUES[name].alone(platform, guest, engine) for name in ("bare", *names)}
    best = dict.fromkeys(subjects, float("inf"))
    for subject in subjects.values():
        subject.run(10_000)
    for _ in range(ROUNDS):
        for name, subject in subjects.items():
            best[name] = min(best[name], _seconds(subject, insns))
    return {name: best["bare"] / best[name] for name in names}
