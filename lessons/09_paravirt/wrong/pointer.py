# hint: pointer
from vmlab.lab import *


class Batch:
    """The guest's side: what the kernel wrote and the monitor has not heard of yet."""

    def __init__(self):
        self.queue = []

    def set_pte(self, slot, val):
        self.queue.append(Update(slot, val))
        return self.take() if len(self.queue) == MOST_UPDATES else []

    def before(self, event):
        return self.take()

    def take(self):
        taken, self.queue = self.queue, []
        return taken


def validate(u, f):
    """The monitor's side: may this guest have this entry there?"""
    me = f.asking()
    table = u.slot >> 12
    if f.owner(table) != me or f.kind(table) is not Kind.TABLE:
        return False
    flags = Flags(u.val & 0xFF)
    if not flags & V:
        return True
    ppn, level = bits(u.val, 53, 10), f.level(table)
    if not flags & (R | W | X):
        return f.owner(ppn) == me
    frames = range(ppn, ppn + 512**level)
    if any(f.owner(one) != me for one in frames):
        return False
    return not flags & W or all(f.kind(one) is Kind.DATA for one in frames)
