"""Our own machine as something to step: the printed functions of the real description, one
instruction at a time, on states of Popek and Goldberg's form.

    E   two windows of a few words, one in each of two frames
    M   S and U; in a guest VS and VU
    P   pc
    R   which frame the program's page is mapped to (satp, for a guest hgatp), every word of the
        hart's state that is not the program's (`Split`), and the clock

The instruction is not fetched: its word is an operand, the same in both states of a pair. What a
trap would do afterwards is not looked at either.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from vmlab.core.errors import BrokenInvariant
from vmlab.core.modes import Mode as HartMode
from vmlab.core.units import KIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.engine.api import Listeners
from vmlab.engine.binding import Trap
from vmlab.engine.decoded import Instructions
from vmlab.engine.primitives import Primitives
from vmlab.isa.causes import ACCESS_FAULTS, GUEST_PAGE_FAULTS, MISALIGNED, PAGE_FAULTS
from vmlab.isa.lang import Array, Field
from vmlab.isa.layouts import HGATP, PMPCFG, PTE, SATP
from vmlab.isa.state import (
    ARRAYS,
    FIELDS,
    MODE,
    NO_RESERVATION,
    PC,
    RESERVATION,
    RETIRED,
    TLB_EPOCH,
    UNHASHED,
    X,
)
from vmlab.isa.state import HGATP as HGATP_WORD
from vmlab.isa.state import SATP as SATP_WORD
from vmlab.isa.system.walk import BY_NAME, INDEX_BITS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.popek_goldberg.states import Mode, Outcome, State, TrapTaken

WINDOW_WORDS: Final = 8
WORD_BYTES: Final = 8
BASES: Final = (0, WINDOW_WORDS)
"""Where the program's storage begins in `State.mem`: in the first frame or in the second."""
PAGE_VA: Final = 0x4000_0000
"""Virtual address of the program's page."""
MEMORY_TRAPS: Final = frozenset({*MISALIGNED, *ACCESS_FAULTS, *PAGE_FAULTS, *GUEST_PAGE_FAULTS})
_MODES: Final = {Mode.SUPERVISOR: HartMode.S, Mode.USER: HartMode.U}
_BACK: Final = {int(hart): mode for mode, hart in _MODES.items()}
_RAM: Final = 128 * KIB
_FORMAT: Final = BY_NAME["sv39"]
_FRAMES: Final = (1, 2)
_TABLES: Final = (4, 12)
"""Pages of RAM: the two frames, and the first of the tables that map each. A G-stage's root takes
four pages, aligned."""
_EPOCHS: Final = (1 << 8, 1 << 16)
"""Each map has an epoch of the TLB of its own: what one left there, the other does not find."""
_FLUSHES: Final = FIELDS["tlb_flushes"]
_APART: Final = frozenset({X.name, PC.name, MODE.name, RESERVATION.name, RETIRED.name})
"""Words that `State` has in a place of their own; the registers are the program's."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which words of the hart's state are the program's; all others are R's. A new word is R's
    until somebody says otherwise here: a new CSR that S can write is sensitive from the start."""

    words: tuple[Field, ...] = ()
    arrays: tuple[Array, ...] = ()
    fields: Mapping[Field, int] | None = None
    """Parts of words, as masks, that are the program's."""


WHOLLY_OWNED: Final = Split()
"""Nothing but the integer registers is the program's."""


class Rv64Machine:
    """The small machine: a hart with a fixed configuration, and two maps of one page."""

    def __init__(self, isa: str, split: Split, config: Mapping[Field, int], guest: bool) -> None:
        self.machine = Machine(Platform(ram_bytes=_RAM, isa=isa))
        self.x = [0] * X.length
        primitives = Primitives(self.machine, self.x, Listeners(), lambda: None)
        self.functions: dict[str, Any] = primitives.functions
        self._instructions = Instructions(self.functions, primitives.code)
        self._s = self.machine.arena.words
        for word, value in config.items():
            self._s[word.slot] = value
        self._open_pmp()
        own = {field.name for field in split.words} | {one.name for one in split.arrays}
        parts = dict(split.fields or {})
        self.registers, self._own = _slots(split.words, split.arrays)
        owned_fields = [
            field
            for name, field in FIELDS.items()
            if name not in own | _APART and (name not in UNHASHED or field is _FLUSHES)
        ]
        owned_arrays = [one for name, one in ARRAYS.items() if name not in own | _APART | UNHASHED]
        self.owned, self._owned = _slots(owned_fields, owned_arrays)
        self._shared = [(field.slot, mask) for field, mask in parts.items()]
        self._at = {slot: at for at, slot in enumerate(self._owned)}
        shown = tuple(field.name for field in parts)
        self.register_names = (
            *(f"x{number}" for number in range(X.length)),
            RESERVATION.name, *self.registers, *(f"{name} (merged)" for name in shown),
        )  # fmt: skip
        self._get_owned = itemgetter(*self._owned)
        map_word, layout = (HGATP_WORD, HGATP) if guest else (SATP_WORD, SATP)
        self.map_word = map_word
        tag = layout["VMID" if guest else "ASID"]
        self.roots = tuple(
            _FORMAT.number << layout["MODE"].low
            | (number + 1) << tag.low
            | (memmap.RAM >> PAGE_BITS) + self._map(table, frame)
            for number, (table, frame) in enumerate(zip(_TABLES, _FRAMES, strict=True))
        )
        self._windows = tuple(
            slice(frame * PAGE_SIZE_BYTES // WORD_BYTES,
                  frame * PAGE_SIZE_BYTES // WORD_BYTES + WINDOW_WORDS)
            for frame in _FRAMES
        )  # fmt: skip
        self.configured: tuple[int, ...] = self._get_owned(self._s)
        """The words that are R's as the configuration left them."""

    def _open_pmp(self) -> None:
        """Entry 0 gives S and U all of memory."""
        address, entry = ARRAYS["pmpaddr"], ARRAYS["pmpcfg"]
        self._s[address.slot] = (1 << address.width) - 1
        self._s[entry.slot] = PMPCFG.mask("R", "W", "X", "A")
        self.functions["pmp_update"]()

    def _map(self, table: int, frame: int) -> int:
        """Tables that map the program's page to a frame; the page number of the root in RAM."""
        ram, first = self.machine.arena.ram8, memmap.RAM >> PAGE_BITS
        pages = (table, table + 4, table + 5)
        for level, page in zip((2, 1, 0), pages, strict=True):
            index = PAGE_VA >> PAGE_BITS + INDEX_BITS * level & (1 << INDEX_BITS) - 1
            leaf = level == 0
            target = frame if leaf else pages[pages.index(page) + 1]
            flags = PTE.mask("V", "R", "W", "U", "A", "D") if leaf else PTE.mask("V")
            ram[page * PAGE_SIZE_BYTES // WORD_BYTES + index] = (
                first + target << PTE["PPN"].low | flags
            )
        return table

    # States --------------------------------------------------------------------------------------

    def with_map(self, number: int, owned: tuple[int, ...]) -> tuple[int, ...]:
        """The same words with the map that belongs to a base."""
        return self.put(owned, self.map_word, self.roots[number])

    def put(self, owned: tuple[int, ...], field: Field, value: int) -> tuple[int, ...]:
        """The words with one of them replaced."""
        at = self._at[field.slot]
        return (*owned[:at], value, *owned[at + 1 :])

    def word(self, owned: tuple[int, ...], field: Field) -> int:
        """One of the words that are R's."""
        return owned[self._at[field.slot]]

    def step(self, state: State) -> Outcome:
        """Execute the instruction whose word is the state's operand."""
        s, x, ram = self._s, self.x, self.machine.arena.ram8
        number = BASES.index(state.base)
        word = state.operands[0]
        decoded = self._instructions.decode(word)
        if decoded is None:
            raise BrokenInvariant(f"expected an instruction of this machine, found {word:#x}")
        x[:] = state.registers[: X.length]
        s[X.slot : X.slot + X.length] = memoryview(array("Q", x))
        for slot, value in zip(self._owned, state.owned, strict=True):
            s[slot] = value
        reserved, *own = state.registers[X.length :]
        for slot, value in zip(self._own, own, strict=False):
            s[slot] = value
        for (slot, mask), value in zip(self._shared, own[len(self._own) :], strict=True):
            s[slot] = s[slot] & ~mask | value
        frame = memmap.RAM + _FRAMES[number] * PAGE_SIZE_BYTES
        s[RESERVATION.slot] = NO_RESERVATION if reserved == 0 else frame + reserved - 1
        s[MODE.slot], s[PC.slot] = _MODES[state.mode], state.pc
        s[RETIRED.slot], s[TLB_EPOCH.slot] = state.clock, _EPOCHS[number]
        ram[self._windows[0]] = memoryview(array("Q", state.mem[:WINDOW_WORDS]))
        ram[self._windows[1]] = memoryview(array("Q", state.mem[WINDOW_WORDS:]))
        try:
            pc = decoded.function(
                *decoded.operands, state.pc, state.pc + decoded.size_bytes, decoded.word
            )
        except Trap as trap:
            return TrapTaken(trap.cause, trap.cause in MEMORY_TRAPS)
        return self._state(state, pc, frame)

    def _state(self, before: State, pc: int, frame: int) -> State:
        s = self._s
        mem = (
            *self.machine.arena.ram8[self._windows[0]],
            *self.machine.arena.ram8[self._windows[1]],
        )
        reservation = s[RESERVATION.slot]
        reserved = 0 if reservation == NO_RESERVATION else reservation - frame + 1
        own = [s[slot] for slot in self._own]
        shared = [s[slot] & mask for slot, mask in self._shared]
        owned = self._get_owned(s)
        for slot, mask in self._shared:
            at = self._at[slot]
            owned = (*owned[:at], owned[at] & ~mask, *owned[at + 1 :])
        return State(
            mem, _BACK[s[MODE.slot]], pc, before.base, before.bound,
            (*self.x, reserved, *own, *shared), owned, s[RETIRED.slot], before.operands,
        )  # fmt: skip


def _slots(
    fields: tuple[Field, ...] | list[Field], arrays: tuple[Array, ...] | list[Array]
) -> tuple[tuple[str, ...], list[int]]:
    """Names and slots of words, arrays word by word."""
    names = [field.name for field in fields]
    slots = [field.slot for field in fields]
    for one in arrays:
        names += [f"{one.name}{number}" for number in range(one.length)]
        slots += range(one.slot, one.slot + one.length)
    return tuple(names), slots
