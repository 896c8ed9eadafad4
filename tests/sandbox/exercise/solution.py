from __future__ import annotations

from dataclasses import dataclass

from vmlab.lab import Cause, Fault, V


def fullest(tank, places):
    return max(tank.level(place) for place in range(places))


def turn(valve, level):
    if valve.opened != (level > 50):
        valve.opened = not valve.opened
        valve.turns += 1
    return valve.turns


def flags_of(pte):
    return Fault(Cause.LOAD_PAGE_FAULT, pte.ppn << 12) if V not in pte.flags else pte


@dataclass
class Log:
    most: int
    seen: int = 0

    def __len__(self):
        return self.seen

    def add(self, level):
        self.seen += 1
        return self.seen >= self.most
