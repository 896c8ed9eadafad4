"""What a clock may choose: how long a slice is, and how far apart keyframes stand.

Neither changes a result: a slice ends between two instructions, and a keyframe is only a place to
replay from. So both follow how fast this host runs this guest. Whoever asks holds the clock.
"""

from __future__ import annotations

from typing import Final

KEYFRAME_EVERY: Final = 400_000
"""Most steps between keyframes while running; fewer where this host runs this guest slower."""
FEWEST_BETWEEN: Final = 4_000
REPLAY_S: Final = 0.1
"""How long a replay from a keyframe should take."""
FIRST_SLICE_INSNS: Final = 20_000
SHORTEST_SLICE_INSNS: Final = 500


class Pace:
    """What has been measured of this run on this host."""

    def __init__(self) -> None:
        self.keyframe_every = KEYFRAME_EVERY // 10
        self.slice_insns = FIRST_SLICE_INSNS
        self.ips = 0.0
        """Instructions a second in the last slice."""

    def slice_took(self, insns: int, seconds: float, budget_ms: float) -> None:
        """A slice of so many instructions took so long; the next should take `budget_ms`."""
        if insns and seconds > 0:
            self.ips = insns / seconds
            wanted = int(self.ips * budget_ms / 1000)
            # Hot code gets printed and then runs many times faster: follow, but not at once.
            self.slice_insns = max(SHORTEST_SLICE_INSNS, min(wanted, 2 * self.slice_insns))

    def steps_took(self, steps: int, seconds: float) -> None:
        """So many steps took so long; fewer than between two keyframes say nothing."""
        if steps >= FEWEST_BETWEEN:
            within = int(REPLAY_S * steps / max(seconds, 1e-6))
            self.keyframe_every = min(KEYFRAME_EVERY, max(FEWEST_BETWEEN, within))
