from vmlab.lab import Pte


def writable(ptes: list[Pte]) -> list[int]:
    """The indices of the entries that allow a store."""
    return []
