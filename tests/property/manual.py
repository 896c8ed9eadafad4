"""The privileged manual once more, by hand and naively: what the kernels are compared with.

Nothing here shares a line with `vmlab.isa`: bit numbers are written as in the manual's figures,
and the code takes the longest way that is plainly right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

U, S, M = 0, 1, 3
FETCH, LOAD, STORE = 0, 1, 2
PAGE_FAULT = {FETCH: 12, LOAD: 13, STORE: 15}
ACCESS_FAULT = {FETCH: 1, LOAD: 5, STORE: 7}

Memory = Callable[[int], "int | None"]
"""The doubleword at a physical address, or None where a walk may not read."""


def bit(value: int, number: int) -> bool:
    return value >> number & 1 == 1


# 10.3, 10.4: Sv39 -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Region:
    """Virtual addresses low to high (exclusive) and what is there: a leaf, or a fault."""

    low: int
    high: int
    leaf: int | None
    refused: bool = False
    """The table could not be read: an access fault, not a page fault."""
    reads: int = 0
    """Entries read on the way."""


def regions(memory: Memory, table: int, level: int = 2, base: int = 0) -> Iterator[Region]:
    """Every region of the 39-bit space that a table describes, found by reading all of it."""
    span = 1 << 12 + 9 * level
    for index in range(512):
        low = base + index * span
        pte = memory((table + 8 * index) & (1 << 56) - 1)
        reads = 3 - level
        if pte is None:
            yield Region(low, low + span, None, True, reads - 1)
            continue
        valid, readable, writable, executable = (bit(pte, n) for n in range(4))
        reserved = pte >> 54 != 0
        if not valid or (writable and not readable) or reserved:
            yield Region(low, low + span, None, False, reads)
        elif readable or executable:
            aligned = all(not bit(pte, 10 + n) for n in range(9 * level))
            yield Region(low, low + span, pte if aligned else None, False, reads)
        elif level == 0 or bit(pte, 4) or bit(pte, 6) or bit(pte, 7):
            yield Region(low, low + span, None, False, reads)
        else:
            next_table = (pte >> 10 & (1 << 44) - 1) << 12
            yield from regions(memory, next_table, level - 1, low)


def permits(leaf: int, access: int, mode: int, sum_: bool, mxr: bool) -> bool:
    """Steps 6 and 9 of 10.3.2, without hardware updating of A and D (Svade)."""
    user = bit(leaf, 4)
    if mode == U and not user:
        return False
    if mode == S and user and (access == FETCH or not sum_):
        return False
    if access == FETCH and not bit(leaf, 3):
        return False
    if access == LOAD and not (bit(leaf, 1) or (mxr and bit(leaf, 3))):
        return False
    if access == STORE and not bit(leaf, 2):
        return False
    return bit(leaf, 6) and (access != STORE or bit(leaf, 7))


def translate(
    space: list[Region], va: int, access: int, mode: int, sum_: bool, mxr: bool
) -> tuple[int, int]:
    """(cause or 0, physical address) of a virtual address in a space that `regions` listed."""
    top = va >> 38
    if top not in (0, (1 << 26) - 1):
        return PAGE_FAULT[access], 0
    at = va & (1 << 39) - 1
    region = next(r for r in space if r.low <= at < r.high)
    if region.refused:
        return ACCESS_FAULT[access], 0
    if region.leaf is None or not permits(region.leaf, access, mode, sum_, mxr):
        return PAGE_FAULT[access], 0
    return 0, ((region.leaf >> 10 & (1 << 44) - 1) << 12) + (at - region.low)


# 3.7: PMP -------------------------------------------------------------------------------------


def pmp_allows(
    entries: list[tuple[int, int]], first: int, length: int, access: int, mode: int
) -> bool:
    """Byte by byte: the lowest entry that matches any byte must match all of them."""
    wanted = set(range(first, first + length))
    for index, (cfg, _) in enumerate(entries):
        low, high = pmp_range(entries, index)
        matched = {byte for byte in wanted if low <= byte < high}
        if not matched:
            continue
        if matched != wanted:
            return False
        if mode == M and not bit(cfg, 7):
            return True
        return bit(cfg, {FETCH: 2, LOAD: 0, STORE: 1}[access])
    return mode == M


def pmp_range(entries: list[tuple[int, int]], index: int) -> tuple[int, int]:
    """Bytes low to high (exclusive) of an entry; empty if it is off."""
    cfg, address = entries[index]
    kind = cfg >> 3 & 3
    if kind == 0:
        return 0, 0
    if kind == 1:
        below = entries[index - 1][1] if index else 0
        return (below << 2, address << 2) if below < address else (0, 0)
    if kind == 2:
        return address << 2, (address << 2) + 4
    ones = 0
    while bit(address, ones):
        ones += 1
    size = 1 << ones + 3
    base = (address >> ones + 1 << ones + 1) << 2
    return base, base + size


# 3.1.9, 10.1.3: interrupts ----------------------------------------------------------------------

ORDER = (11, 3, 7, 9, 1, 5, 12, 10, 2, 6)
"""MEI, MSI, MTI, SEI, SSI, STI, SGEI, VSEI, VSSI, VSTI."""
VS_BITS = (2, 6, 10)


def interrupt_to_take(
    mode: int, mie_bit: bool, sie_bit: bool, mip: int, mie: int, mideleg: int
) -> int:
    """The interrupt that traps now, or 0. Those for M before those for S."""
    to_m = [i for i in ORDER if bit(mip, i) and bit(mie, i) and not bit(mideleg, i)]
    if to_m and (mode < M or mie_bit):
        return to_m[0]
    to_s = [i for i in ORDER if bit(mip, i) and bit(mie, i) and bit(mideleg, i)]
    if to_s and (mode < S or (mode == S and sie_bit)):
        return to_s[0]
    return 0


def interrupt_of_three_levels(
    mode: int,
    virtual: bool,
    mie_bit: bool,
    sie_bit: bool,
    vsie_bit: bool,
    mip: int,
    mie: int,
    mideleg: int,
    hideleg: int,
) -> int:
    """The same with a hypervisor (its chapter, "Virtual supervisor..." and 3.1.9): VS's interrupts
    always pass M by; with V = 1 HS is higher, so that its SIE does not matter."""
    for level in ("M", "HS", "VS"):
        for number in ORDER:
            if not (bit(mip, number) and bit(mie, number)):
                continue
            if not (number in VS_BITS or bit(mideleg, number)):
                owner = "M"
            elif number in VS_BITS and bit(hideleg, number):
                owner = "VS"
            else:
                owner = "HS"
            if owner != level:
                continue
            if owner == "M" and (mode < M or mie_bit):
                return number
            if owner == "HS" and (virtual or mode < S or (mode == S and sie_bit)):
                return number
            if owner == "VS" and virtual and (mode < S or vsie_bit):
                return number
    return 0
