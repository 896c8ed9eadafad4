# hint: skipped
from vmlab.lab import Trap, bits


def resume(trap: Trap) -> int:
    """Where the program goes on after this trap."""
    return bits(trap.epc + 4, 63, 0)
