from vmlab.lab import *


class Batch:
    """The guest's side: what the kernel wrote and the monitor has not heard of yet."""

    def set_pte(self, slot, val):
        return [Update(slot, val)]  # one hypercall for each store

    def before(self, event):
        return []


def validate(u, f):
    """The monitor's side: may this guest have this entry there?"""
    return True
