"""How many exits a paravirtual guest may cost: what follows from the path of the same sources on
the bare machine.

A kernel that knows its monitor comes to it where the native one executes a fence, a switch of
spaces, a wait, a read of the clock or a call of firmware; where it links a table or takes one away;
for the disk; and each trap that is not delegated comes first to the monitor.
"""

from __future__ import annotations

from vmlab.vmm.common.path import GuestPath


def most_exits(path: GuestPath) -> int:
    """With the kernel in S. System calls cost none, and are not told apart here."""
    asked = path.sensitive + path.firmware_calls + path.table_stores + path.devices
    return asked + path.exceptions + path.deadlines


def most_exits_u(path: GuestPath) -> int:
    """With the kernel in U every trap goes in and out."""
    return most_exits(path) + path.exceptions + path.deadlines
