# hint: range
from vmlab.lab import Pte, V, W


def writable(ptes: list[Pte]) -> list[int]:
    """The indices of the entries that allow a store."""
    return [at + 1 for at, pte in enumerate(ptes) if V in pte.flags and W in pte.flags]
