"""What a clock may choose: how long a slice is, and how far apart keyframes stand.

Neither changes a result: a slice ends between two instructions, and a keyframe is only a place to
replay from. So both follow how fast this host runs this guest. Whoever asks holds the clock.
"""

from __future__ import annotations

from typing import Final

KEYFRAME_EVERY: Final = 50_000_000
"""Most steps between keyframes, so that a guest that becomes slow does not wait long for one."""
FEWEST_BETWEEN: Final = 4_000
FIRST_KEYFRAME: Final = 40_000
"""Steps to the first keyframe, before anything has been measured."""
REPLAY_S: Final = 0.1
"""How long a replay from a keyframe should take."""
KEYFRAME_SHARE: Final = 0.03
"""How much of the time keyframes may take: where they copy much memory, they stand further
apart. One of a guest that writes little takes 50 us, one that copies 64 MB takes 30 ms."""
LOOKS: Final = 4
"""So many times between two keyframes the speed is measured."""
FIRST_SLICE_INSNS: Final = 20_000
SHORTEST_SLICE_INSNS: Final = 500
FIRST_PART: Final = 32
"""A slice begins with this part of what the last one did, and doubles while there is time: a guest
that has become a hundred times slower is noticed in a few milliseconds."""


class Pace:
    """What has been measured of this run on this host."""

    def __init__(self) -> None:
        self.keyframe_every = min(FIRST_KEYFRAME, KEYFRAME_EVERY // 10)
        self.slice_insns = FIRST_SLICE_INSNS
        self.ips = 0.0
        """Instructions a second in the last slice."""
        self._keyframe_s = 0.0

    def restart(self) -> None:
        """Something may run much slower now: another engine, a listener to each instruction."""
        self.keyframe_every = min(self.keyframe_every, FIRST_KEYFRAME)
        self.slice_insns = min(self.slice_insns, FIRST_SLICE_INSNS)

    @property
    def piece(self) -> int:
        """Most steps to run before the speed is measured again."""
        return max(1, self.keyframe_every // LOOKS)

    @property
    def first_insns(self) -> int:
        """Instructions with which a slice begins."""
        return max(SHORTEST_SLICE_INSNS, self.slice_insns // FIRST_PART)

    def next_insns(self, asked: int, made: int, seconds: float, left_s: float) -> int:
        """How to go on in a slice: `made` of the `asked` instructions took `seconds`. 0: it is
        over."""
        fits = int(made / max(seconds, 1e-9) * left_s)
        return 0 if fits < SHORTEST_SLICE_INSNS else min(fits, 2 * asked)

    def slice_took(self, insns: int, seconds: float, budget_s: float) -> None:
        """A slice of so many instructions took so long; the next should take `budget_s`."""
        if insns and seconds > 0:
            self.ips = insns / seconds
            self.slice_insns = max(SHORTEST_SLICE_INSNS, int(self.ips * budget_s))

    def steps_took(self, steps: int, seconds: float) -> None:
        """So many steps took so long; fewer than the shortest piece has say nothing."""
        if steps >= FEWEST_BETWEEN // LOOKS:
            apart_s = max(REPLAY_S, self._keyframe_s / KEYFRAME_SHARE)
            within = int(apart_s * steps / max(seconds, 1e-6))
            self.keyframe_every = min(KEYFRAME_EVERY, max(FEWEST_BETWEEN, within))

    def keyframe_took(self, seconds: float) -> None:
        """A keyframe took so long."""
        self._keyframe_s = seconds
