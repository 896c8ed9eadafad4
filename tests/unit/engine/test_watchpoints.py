"""T0 stops after an instruction that accessed watched memory, in blocks and without them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from vmlab.core.events import Access, EventKind
from vmlab.core.modes import Mode
from vmlab.derive.asm import assemble
from vmlab.engine import blocks
from vmlab.engine.api import Halt, StopAt, Watch, WatchHit
from vmlab.engine.reference import Reference
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

RAM_BYTES = 1 << 18
DATA = memmap.RAM + 0x10000
LOADS, STORES = 1 << Access.LOAD, 1 << Access.STORE
BOTH = LOADS | STORES
ALONE, PRINTED = 1 << 30, 2

PAGED = """
    li   t0, -1
    csrw pmpaddr0, t0
    li   t0, 0x1f
    csrw pmpcfg0, t0
    la   t0, root
    li   t1, 0x200000cf           # a gigabyte from 0x80000000 on, identical
    sd   t1, 16(t0)
    srli t0, t0, 12
    li   t1, 8 << 60
    or   t0, t0, t1
    csrw satp, t0
    la   t0, supervisor
    csrw mepc, t0
    li   t0, 1 << 11
    csrw mstatus, t0
    mret
supervisor:
"""


@dataclass
class Guest:
    machine: Machine
    engine: Reference
    labels: dict[str, int]

    def run(self, *watches: Watch, budget: int = 100_000, **stop: object) -> Halt:
        """Up to the label `end`."""
        breakpoints = frozenset({self.labels["end"], *stop.pop("breakpoints", ())})  # type: ignore[misc]
        return self.engine.run(budget, StopAt(breakpoints, watches=watches, **stop))  # type: ignore[arg-type]

    def hits(self, *watches: Watch) -> Iterator[tuple[int, WatchHit]]:
        """(retired, hit) of every hit until `end`."""
        while self.run(*watches) is Halt.WATCHPOINT:
            assert self.engine.watch_hit is not None
            yield self.machine.hart.retired, self.engine.watch_hit
        assert self.engine.watch_hit is None
        assert self.machine.hart.pc == self.labels["end"]


def guest(source: str, paged: bool = False, **platform: object) -> Guest:
    text = f"{PAGED if paged else ''}{source}\nend: j end\n.align 12\nroot: .zero 4096\n"
    done = assemble(f".globl _start\n_start:\n{text}", "test.S", text_base=memmap.RAM)
    machine = Machine(Platform(ram_bytes=RAM_BYTES, **platform))  # type: ignore[arg-type]
    machine.load([(part.address, part.data) for part in done.sections if part.data], memmap.RAM)
    machine.hart.pc = memmap.RAM
    labels = {symbol.name: symbol.value for symbol in done.symbols}
    return Guest(machine, Reference(machine), labels)


@pytest.fixture(params=[ALONE, PRINTED], ids=["alone", "blocks"])
def visits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(blocks, "WORTH_PRINTING", request.param)
    return int(request.param)


def word(offset: int, accesses: int = BOTH, size: int = 8) -> Watch:
    """A watchpoint of some bytes of the data."""
    return Watch(DATA + offset, DATA + offset + size - 1, accesses)


# Every access, against a model of the program ----------------------------------------------------

Told = tuple[int, int, int, int, int]
SIZES = {"b": 1, "bu": 1, "h": 2, "hu": 2, "w": 4, "wu": 4, "d": 8}


@dataclass(frozen=True)
class Step:
    """One access of a random program."""

    mnemonic: str
    address: int

    @property
    def size(self) -> int:
        return SIZES[self.mnemonic.split(".")[-1] if "." in self.mnemonic else self.mnemonic[1:]]

    def text(self, number: int) -> str:
        """The access, behind its label."""
        operands = "t1" if self.mnemonic[0] == "l" else "t3"
        if self.mnemonic[:2] in ("am", "sc"):
            operands = "t1, t3"
        place = "(t2)" if "." in self.mnemonic else "0(t2)"
        return f"li t2, {self.address}\nat{number}: {self.mnemonic} {operands}, {place}"


def random_steps(rng: random.Random) -> list[Step]:
    plain = [f"{kind}{size}" for kind in "ls" for size in "bhwd"] + ["lbu", "lhu", "lwu"]
    atomic = [f"{kind}.{size}" for kind in ("amoadd", "amoswap", "lr", "sc") for size in "wd"]
    steps = []
    for _ in range(60):
        step = Step(rng.choice(plain + atomic), 0)
        address = DATA + rng.choice((0, 0, 0, 8, 4096)) + rng.randrange(-24, 24)
        if "." in step.mnemonic:
            address -= address % step.size
        steps.append(Step(step.mnemonic, address))
        if step.mnemonic.startswith("lr") and rng.random() < 0.6:
            steps.append(Step(step.mnemonic.replace("lr", "sc"), address))
    return steps


def expected(steps: list[Step], watches: tuple[Watch, ...], rounds: int) -> list[Told]:
    """(step, watch, address, size, access) of each hit, by the rules of `engine.api`."""
    found: list[Told] = []
    reserved = None
    for number, step in [(n, step) for _ in range(rounds) for n, step in enumerate(steps)]:
        kinds = {Access.STORE} if step.mnemonic[0] == "s" else {Access.LOAD}
        if step.mnemonic.startswith("amo"):
            kinds = {Access.LOAD, Access.STORE}
        if step.mnemonic.startswith("sc"):
            kinds = kinds if reserved == step.address else set()
            reserved = None
        if step.mnemonic.startswith("lr"):
            reserved = step.address
        mine = set(range(step.address, step.address + step.size))
        for access in sorted(kinds, reverse=True):
            met = [
                at
                for at, watch in enumerate(watches)
                if watch.accesses >> access & 1 and mine & set(range(watch.first, watch.last + 1))
            ]
            if met:
                found.append((number, met[0], step.address, step.size, int(access)))
                break
    return found


@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_every_watched_access_is_met_once_and_no_other(
    seed: int, paged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loads, stores and atomics of every size, misaligned ones and those over a page's end."""
    rng = random.Random(seed)
    steps = random_steps(rng)
    body = "\n".join(step.text(number) for number, step in enumerate(steps))
    source = f"li s0, 6\nagain:\n{body}\naddi t3, t3, 3\naddi s0, s0, -1\nbnez s0, again"
    watches = tuple(
        Watch(first, first + rng.randrange(12), rng.choice((LOADS, STORES, BOTH)))
        for first in [DATA + rng.choice((0, 8, 4096)) + rng.randrange(-8, 16) for _ in range(3)]
    )
    runs = []
    for visits in (ALONE, PRINTED):
        monkeypatch.setattr(blocks, "WORTH_PRINTING", visits)
        here = guest(source, paged, misaligned="done")
        found = list(here.hits(*watches))
        runs.append((found, here.machine.state_hash()))
    assert runs[0] == runs[1]
    numbers = {here.labels[f"at{n}"]: n for n in range(len(steps))}
    told = [
        (numbers[hit.pc], watches.index(hit.watch), hit.address, hit.size_bytes, int(hit.access))
        for _, hit in runs[0][0]
    ]
    assert told == expected(steps, watches, rounds=6)
    assert len(told) > 20
    # Watching changes nothing.
    plain = guest(source, paged, misaligned="done")
    assert plain.run() is Halt.BREAKPOINT
    assert plain.machine.state_hash() == runs[0][1]


# One by one --------------------------------------------------------------------------------------

LOOP = f"""
    li   s1, {DATA}
    li   s0, 400
again:
    ld   t1, 0(s1)
    addi t1, t1, 1
store:
    sd   t1, 0(s1)
    sd   t1, 8(s1)
    addi s0, s0, -1
    bnez s0, again
"""


def test_set_in_the_middle_of_a_loop_that_is_printed_already(visits: int) -> None:
    here = guest(LOOP)
    assert here.run(budget=600) is Halt.BUDGET
    turns = []
    for _ in range(3):
        assert here.run(word(0, STORES)) is Halt.WATCHPOINT
        hit = here.engine.watch_hit
        assert hit == WatchHit(word(0, STORES), DATA, 8, Access.STORE, here.labels["store"])
        assert here.machine.hart.pc == here.labels["store"] + 4
        turns.append(here.machine.hart.x[8])
    assert turns == [turns[0], turns[0] - 1, turns[0] - 2]
    assert here.run(word(8, LOADS)) is Halt.BREAKPOINT  # nobody loads there
    assert here.engine.watch_hit is None
    assert here.machine.arena.ram8[(DATA - memmap.RAM) // 8] == 400


def test_only_the_watched_page_and_kind_of_access_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks access every other page by themselves."""
    monkeypatch.setattr(blocks, "WORTH_PRINTING", PRINTED)
    here = guest(LOOP.replace("sd   t1, 8(s1)", "li t2, 4096\n add t2, s1, t2\n sd t1, 8(t2)"))
    data = here.engine._primitives.pages
    page = DATA >> 12
    for watch, loads, stores in (
        (word(64, STORES), {page}, {page + 1}),
        (word(64, LOADS), set(), {page, page + 1}),
        (word(64, BOTH), set(), {page + 1}),
        (word(0x1FFF, STORES), {page}, {page}),
        (word(0x2000, BOTH), {page}, {page, page + 1}),
    ):
        assert here.run(watch, budget=100) is Halt.BUDGET
        assert (set(data.data.load), set(data.data.store)) == (loads, stores)
    assert here.run() is Halt.BREAKPOINT
    assert (set(data.data.load), set(data.data.store)) == ({page}, {page, page + 1})


def test_an_instruction_that_traps_has_accessed_nothing(visits: int) -> None:
    """Misaligned, forbidden, and an atomic operation whose second half traps."""
    here = guest(
        f"""
        la   t0, handler
        csrw mtvec, t0
        li   s0, 5
        li   s1, {DATA}
        li   s2, {memmap.RAM + RAM_BYTES}
        li   s3, {memmap.ROM}
    again:
        ld   t1, 1(s1)
        sd   t1, 1(s1)
        ld   t1, 0(s2)
        amoadd.w t1, t1, (s2)
        lr.w t1, (s2)
        amoadd.w t1, t1, (s3)         # the ROM lets it load and not store
        addi s0, s0, -1
        bnez s0, again
        j    end
        .align 2
    handler:
        csrr t0, mepc
        addi t0, t0, 4
        csrw mepc, t0
        mret
        """,
    )
    everywhere = Watch(0, (1 << 64) - 1, BOTH)
    assert list(here.hits(everywhere)) == []
    assert here.machine.hart.word("traps") == 30


def test_walks_fetches_and_devices_are_no_accesses(
    visits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = guest(
        f"""
        li   s0, 20
        li   s1, {DATA}
    again:
        sd   zero, 0(s1)
        ld   t1, 0(s1)
        sfence.vma
        addi s0, s0, -1
        bnez s0, again
        """,
        paged=True,
    )
    code = Watch(here.labels["supervisor"], here.labels["end"], BOTH)
    tables = Watch(here.labels["root"], here.labels["root"] + 4095, BOTH)
    # The tables are made before: M stores there.
    assert here.run(breakpoints=[here.labels["supervisor"]]) is Halt.BREAKPOINT
    assert list(here.hits(code, tables)) == []
    assert here.machine.hart.word("pte_reads") > 20

    uart = guest(f"li t0, {memmap.UART}\n sb t0, 0(t0)\n li t1, {DATA}\n ld t2, 0(t1)")
    dma, write = uart.machine.dma, uart.machine.uart.write

    def copies(offset: int, size: int, value: int) -> bool:
        dma.write(DATA, b"by a device")
        return write(offset, size, value)

    monkeypatch.setattr(uart.machine.uart, "write", copies)
    hits = [hit.access for _, hit in uart.hits(word(0))]
    assert hits == [Access.LOAD]
    assert uart.machine.hart.x[7] == int.from_bytes(b"by a dev", "little")


def test_a_devices_register_can_be_watched(visits: int) -> None:
    here = guest(f"li t0, {memmap.UART}\n li t1, 65\n sb t1, 0(t0)\n lbu t2, 5(t0)")
    watch = Watch(memmap.UART, memmap.UART + 7, BOTH)
    hits = [(hit.address, hit.access) for _, hit in here.hits(watch)]
    assert hits == [(memmap.UART, Access.STORE), (memmap.UART + 5, Access.LOAD)]


def test_the_hit_comes_before_what_else_would_stop_there(visits: int) -> None:
    here = guest(LOOP)
    store = here.labels["store"]
    # A breakpoint stops before the access, the hit after it, also at the budget's end.
    assert here.run(word(0, STORES), breakpoints=[store]) is Halt.BREAKPOINT
    assert here.machine.hart.pc == store
    assert here.run(word(0, STORES), budget=1) is Halt.WATCHPOINT
    assert here.run(word(0, STORES), breakpoints=[store + 4], budget=4) is Halt.BUDGET
    assert here.run(word(0, STORES), breakpoints=[store + 4], budget=1) is Halt.BUDGET
    assert here.run(word(0, STORES), breakpoints=[store + 4], budget=1) is Halt.WATCHPOINT
    assert here.machine.hart.pc == store + 4
    # One more than the hit needs is not run.
    assert here.run(word(8, STORES), budget=1) is Halt.WATCHPOINT
    assert here.run(word(8, STORES), budget=0) is Halt.BUDGET
    assert here.engine.watch_hit is None


def test_the_hit_comes_before_a_request_and_after_a_trap(visits: int) -> None:
    here = guest(
        f"""
        la   t0, handler
        csrw mtvec, t0
        li   t0, {memmap.FINISHER}
        li   t1, 0x5555
        sw   t1, 0(t0)
        ld   t1, 1(t0)
        .align 2
    handler:
        ld   t1, 0(t0)
        """
    )
    finisher = Watch(memmap.FINISHER, memmap.FINISHER + 16, BOTH)
    assert here.run(finisher) is Halt.WATCHPOINT
    assert here.machine.finisher.written is not None
    assert here.run(finisher, trap=True) is Halt.TRAP
    assert here.engine.watch_hit is None


def test_a_trap_that_a_monitor_takes_is_no_hit(visits: int) -> None:
    here = guest(f"li t0, {DATA}\n ld t1, 1(t0)")
    here.machine.hart.set_word("intercepts", 1 << Mode.M)
    assert here.run(word(0)) is Halt.INTERCEPT
    assert here.engine.watch_hit is None


def test_watches_at_the_ends_of_all_addresses(visits: int) -> None:
    """A misaligned access may run from the last address over to the first; here it faults."""
    here = guest(f"li t0, {DATA}\n ld t1, 0(t0)")
    watching = here.engine._primitives.watching
    top = (1 << 64) - 4
    for first, last, met in ((0, 3, True), (top, top, True), (4, 9, False), (5, top - 1, False)):
        watching.watches = (Watch(first, last, LOADS),)
        assert (watching.met(top, 8, Access.LOAD) is not None) == met
        assert watching.met(top, 8, Access.STORE) is None
        assert watching.met(top, 8, Access.FETCH) is None


def test_hits_are_the_same_with_an_event_for_each_instruction(visits: int) -> None:
    runs = []
    for kinds in (EventKind(0), EventKind.RETIRE):
        here = guest(LOOP)
        here.engine.listeners.kinds = kinds
        runs.append(list(here.hits(word(4, BOTH, 1))))
    assert runs[0] == runs[1]
    assert len(runs[0]) == 800
