"""The PMP kernels against a byte-by-byte reading of section 3.7."""

from __future__ import annotations

from random import Random

import pytest

from tests.property import manual
from tests.property.board import SCALE, Board
from vmlab.core.modes import Mode
from vmlab.isa.state import PMP_ENTRIES
from vmlab.isa.system.pmp import ALLOWED, MIXED

LOCKED = 0x80


def program(rng: Random, board: Board, locks: bool) -> list[tuple[int, int]]:
    """Random entries close together, so that they overlap; what the CSRs then hold."""
    base = 0x8000_0000 >> 2
    for entry in range(PMP_ENTRIES):
        low = rng.choice((0, 0, 1, 1, 2, 3, 5))
        address = base + rng.randrange(64)
        if rng.random() < 0.03:
            address = rng.choice((0, (1 << 54) - 1, rng.getrandbits(54)))
        board.write_csr(f"pmpaddr{entry}", address & ~(1 << low) | (1 << low) - 1)
    for name in ("pmpcfg0", "pmpcfg2"):
        value = rng.getrandbits(64)
        mask = 0xFF if locks else 0x7F
        board.write_csr(name, value & int.from_bytes(bytes([mask] * 8), "little"))
    return [board.pmp_entry(entry) for entry in range(PMP_ENTRIES)]


@pytest.mark.parametrize("seed", range(100 * SCALE))
def test_a_check_says_what_the_bytes_say(seed: int) -> None:
    rng = Random(seed)
    board = Board()
    entries = program(rng, board, locks=seed % 2 == 0)
    verdicts = set()
    for _ in range(400):
        length = rng.choice((1, 2, 4, 8))
        first = 0x8000_0000 + rng.randrange(-16, 4 * 64 + 16) & -rng.choice((1, length))
        access, mode = rng.randrange(3), rng.choice(list(Mode))
        verdict = board.call("pmp_check", first, first + length - 1, access, mode)
        expected = manual.pmp_allows(entries, first, length, access, mode)
        assert (verdict == ALLOWED) == expected, f"{first:#x}+{length} {access} {mode!r} {entries}"
        verdicts.add(verdict)
    assert ALLOWED in verdicts


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_a_verdict_on_a_page_holds_for_each_access_in_it(seed: int) -> None:
    """Engines remember whole pages by it: only MIXED says nothing about a single access."""
    rng = Random(seed)
    board = Board()
    base = 0x8000_0000
    for entry in range(4):
        low = rng.choice((3, 8, 9, 10, 11))
        address = (base + rng.randrange(4) * 4096 + rng.choice((0, 0, 256))) >> 2
        board.write_csr(f"pmpaddr{entry}", address & ~(1 << low) | (1 << low) - 1)
    board.write_csr("pmpcfg0", rng.getrandbits(32) & 0x9F9F_9F9F)
    entries = [board.pmp_entry(entry) for entry in range(PMP_ENTRIES)]
    for page in range(base - 4096, base + 6 * 4096, 4096):
        for access in range(3):
            for mode in Mode:
                verdict = board.call("pmp_check", page, page + 4095, access, mode)
                if verdict == MIXED:
                    continue
                for at in rng.sample(range(0, 4096, 8), 12):
                    single = manual.pmp_allows(entries, page + at, 8, access, mode)
                    assert single == (verdict == ALLOWED)


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_locked_entries_stay_as_they_are(seed: int) -> None:
    """3.7.1.2: a locked entry, and the address below a locked top-of-range entry, do not change."""
    rng = Random(seed)
    board = Board()
    before = program(rng, board, locks=True)
    after = program(rng, board, locks=True)
    for entry in range(PMP_ENTRIES):
        cfg = before[entry][0]
        above = before[entry + 1][0] if entry + 1 < PMP_ENTRIES else 0
        if cfg & LOCKED:
            assert after[entry] == before[entry]
        elif above & LOCKED and above >> 3 & 3 == 1:
            assert after[entry][1] == before[entry][1]


def test_write_without_read_is_not_held() -> None:
    """The combination R=0 W=1 is reserved: whatever is written, it is never read back."""
    for value in range(256):
        board = Board()
        board.write_csr("pmpcfg0", value)
        held = board.read_csr("pmpcfg0")
        assert held & 3 != 2
        assert held & 0x9C == value & 0x9C
