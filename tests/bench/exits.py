"""What an exit costs on this host, and what direct execution keeps of the bare machine's speed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vmlab.bench.exits import direct_speed, exit_costs
from vmlab.engine.tiers import why_not_t1
from vmlab.vmm.techniques import TECHNIQUES, Profile, Verdict

GOAL_US: Final = 5
GOAL_SPEED: Final = 0.9


def direct_techniques() -> tuple[str, ...]:
    """Those that promise efficiency and run a guest of the bare machine."""
    return tuple(
        name
        for name, row in TECHNIQUES.items()
        if name != "bare"
        and row.promise.efficiency is Verdict.HOLDS
        and Profile.NATIVE_FLAT in row.profiles
    )


def figures() -> Iterator[str]:
    """A line for each engine, and one for each technique."""
    for engine in ("t0", *(() if why_not_t1() else ("t1",))):
        costs = exit_costs(engine)
        yield (
            f"{engine} an exit with an empty handler {costs.empty_handler_us:.2f} us (goal on t1: "
            f"{GOAL_US}), one that emulates a CSR access {costs.csr_access_us:.2f} us"
        )
    for name, ratio in direct_speed(direct_techniques()).items():
        yield f"a user's loop under {name}: {ratio:.3f}x of bare (goal {GOAL_SPEED})"
