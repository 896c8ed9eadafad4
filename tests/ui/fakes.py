"""A session without a machine, for tests of the screens: it steps through made-up snapshots.

It has the surface that `vmlab.ui.controller.SessionLike` asks for and produces real `Snapshot`s,
so widgets cannot tell. The tests of the real session are elsewhere; these stay fast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.ui import translated
from vmlab.core.errors import BadImage, BadInput
from vmlab.core.events import Access, PteRead, TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.engine.api import ENGINES, Watch
from vmlab.guests.dwarf.info import Place
from vmlab.isa import causes
from vmlab.isa.csrs import CSRS
from vmlab.machine import memmap
from vmlab.machine.arena import Arena
from vmlab.session.conditions import parse
from vmlab.session.frames import FrameRun, Use
from vmlab.session.historian import written
from vmlab.session.history import History, Why
from vmlab.session.look import MemoryRow
from vmlab.session.places import ACCESSES, address_of
from vmlab.session.points import Points
from vmlab.session.regions import Kind, Region
from vmlab.session.snapshot import CodeLine, DeviceState, Reason, Registers, Snapshot, Status, Stop
from vmlab.session.sources import Sources
from vmlab.session.stack import By, End, Frame, Interrupted, Stack
from vmlab.session.tables import Of, Tree
from vmlab.session.tlb import TlbEntry
from vmlab.session.translations import NOTHING, Translations

BASE = 0x8000_0100
END = 5_000
HOSTILE = '<img src=x onerror="alert(1)">\x1b[31m\u202e'
"""Markup, a terminal escape and a right-to-left override in one symbol name."""

_CODE = (
    (0x14051573, "csrrw a0, sscratch, a0", "trap_entry"),
    (0x00153023, "sd ra, 0(a0)", None),
    (0x00253423, "sd sp, 8(a0)", None),
    (0x141022F3, "csrr t0, sepc", None),
    (0x00428293, "addi t0, t0, 4", None),
    (0x14129073, "csrw sepc, t0", None),
    (0x14202373, "csrr t1, scause", "decide"),
    (0x00800393, "li t2, 8", None),
    (0x02731C63, "bne t1, t2, 0x80000154", None),
    (0x01853103, "ld sp, 24(a0)", None),
    (0x00000073, "ecall", HOSTILE),
    (0x10200073, "sret", None),
)


def _csrs(position: int) -> dict[str, int]:
    values = dict.fromkeys(CSRS, 0)
    values |= {
        "mstatus": 0xA_0000_0000 | 0x20 | (position & 1) << 8 | 1 << 18,
        "sstatus": 0x2_0000_0000 | 0x20 | (position & 1) << 8 | 1 << 18,
        "mcause": 1 << 63 | causes.MACHINE_TIMER,
        "scause": causes.ECALL_FROM_U,
        "sepc": 0x0040_0018,
        "mtvec": 0x8000_0004,
        "stvec": BASE,
        "medeleg": 0xB109,
        "mideleg": 0x222,
        "mie": 0x80,
        "satp": 8 << 60 | 1 << 44 | 0x80041,
    }
    return values


def registers(position: int) -> Registers:
    """Made-up registers that change a little with each step."""
    mode = (Mode.S, Mode.S, Mode.U, Mode.S, Mode.M)[position // 3 % 5]
    x = [0] * 32
    x[1], x[2], x[5], x[10] = 0x400010, 0x3F_FFFF_EF80, 0x400018 + position, 0xFFFF_FFC0_8040_0000
    x[6 + position % 20] = position
    return Registers(mode, BASE + 4 * (position % len(_CODE)), tuple(x), _csrs(position))


def walk(fault: int | None = None) -> Walk:
    """A three-level walk; with a cause, one that faults at its last entry."""
    leaf = 0x2004_E8D7 if fault is None else 0
    reads = (
        PteRead(2, 0x8004_1008, 0x2001_0801),
        PteRead(1, 0x8004_2288, 0x2001_5C01),
        PteRead(0, 0x8005_7E30, leaf),
    )
    pa = None if fault else 0x8013_AF18
    return Walk(902, 0x4A3C_6F18, Access.LOAD, Mode.U, 0x8004_1000, reads, pa, fault)


def history(end: int) -> History:
    """A system call every 40 instructions, each 20 long; firmware first."""
    starts, actors, whys = [0, 3], [int(Mode.M), int(Mode.U)], [int(Why.BEGINNING), int(Why.RETURN)]
    for count in range(7, end, 40):
        starts += [count, min(count + 20, end)]
        actors += [Mode.S, Mode.U]
        whys += [causes.ECALL_FROM_U, Why.RETURN]
    return written(starts, actors, whys, end)


def snapshot(position: int = 10, **changes: Any) -> Snapshot:
    """A snapshot at `position`, any field of it replaced."""
    traps: list[TrapTaken | TrapReturn] = []
    for count in range(7, position, 40):
        traps.append(TrapTaken(count, Mode.U, Mode.S, causes.ECALL_FROM_U, False, 0x400014, 0))
        traps.append(TrapReturn(count + 20, Mode.S, Mode.U, 0x400018))
    if position > 100:
        traps.append(TrapTaken(position - 2, Mode.U, Mode.M, causes.MACHINE_TIMER, True, BASE, 0))
    made = Snapshot(
        version=position,
        status=Status.PAUSED,
        stop=Stop(Reason.STEP, position, BASE) if position else None,
        guest="tour",
        isa="rv64im",
        engine="t0",
        position=position,
        virtual_time=position,
        recorded=max(position, 800),
        now=registers(position),
        before=registers(position - 1) if position else None,
        traps=tuple(traps),
        walk=walk(causes.LOAD_PAGE_FAULT if position % 4 == 3 else None) if position > 3 else None,
        console=b"[tour] hello\r\n[tour] Sv39 on\r\n$ " if position > 5 else b"",
        code=tuple(
            CodeLine(BASE + 4 * at, word, 4, text, label)
            for at, (word, text, label) in enumerate(_CODE)
        ),
        breakpoints=frozenset(),
        symbols={BASE: "trap_entry", BASE + 24: "decide", 0x400000: "main", BASE + 40: HOSTILE},
        counters={"tlb_misses": 3, "pte_reads": 9},
        devices=(DeviceState("uart", 0x1000_0000, (("FIFO", "0 ''"), ("Sent", str(position)))),),
        regions=(
            Region(0x1000_0000, 0x1000_00FF, Kind.DEVICE, "uart"),
            Region(BASE & -4096, 0x8000_3FFF, Kind.IMAGE, HOSTILE, has_pc=True),
            Region(0x8000_4000, 0x83FF_FFFF, Kind.FREE),
        ),
        history=history(max(position, 800)),
    )
    return replace(made, **changes)


def _tree() -> Tree:
    """One table of each level, one leaf: the page of `BASE`, in a machine of three pages."""
    arena = Arena(3 * PAGE_SIZE_BYTES)
    first = memmap.RAM
    for at, pte in ((0, 1), (1, 1), (2, 0x2B)):
        number = (2, 0, 0)[at]
        page = first + (at + 1) % 3 * PAGE_SIZE_BYTES
        arena.ram8[at * PAGE_SIZE_BYTES // 8 + number] = page >> 12 << 10 | pte | 0x40 * (at == 2)
    return Tree(Of.OWN, first, 3, arena, 1)


TREE = _tree()
FRAMES = (
    FrameRun(memmap.RAM, memmap.RAM + 0x2FFF, Use.TABLES),
    FrameRun(memmap.RAM + 0x3000, memmap.RAM + 0x3F_FFFF, Use.KERNEL),
    FrameRun(memmap.RAM + 0x40_0000, memmap.RAM + 0x3FF_FFFF, Use.FREE),
)


def tlb(position: int) -> tuple[TlbEntry, ...]:
    """One entry that is used next, and one that a flush has ended."""
    rest = (Mode.S, False, 1, "Sv39", False, False, "r-x")
    return (
        TlbEntry(0, memmap.RAM, memmap.RAM, *rest, 0, 0, True, True),
        TlbEntry(4, 0x40_4000, memmap.RAM, *rest, 1 + position % 3, None, None, False),
    )


OPENED: list[dict[str, Any]] = []


class FakeSession:
    """Counts instead of computing. Ends at `END`."""

    def __init__(self) -> None:
        self.version = 0
        self.status = Status.PAUSED
        self.breakpoints: frozenset[int] = frozenset()
        self.watches: tuple[Watch, ...] = ()
        self.points = Points()
        self.engine = "auto"
        self.inputs: tuple[Any, ...] = ()
        self.position = 0
        self.sent = b""
        self.stop: Stop | None = None
        self.calls: list[str] = []

    def _moved(self, reason: Reason, call: str) -> Stop:
        self.version += 1
        self.calls.append(call)
        self.status = Status.PAUSED
        if self.position >= END:
            self.position, self.status, reason = END, Status.ENDED, Reason.PASSED
        self.stop = Stop(reason, self.position, registers(self.position).pc)
        return self.stop

    def step(self, n: int = 1) -> Stop:
        self.position += n
        return self._moved(Reason.STEP, "step")

    def back(self, n: int = 1) -> Stop:
        self.position = max(0, self.position - n)
        return self._moved(Reason.STEP, "back")

    def run(self, until: Any = None, limit: int | None = None) -> Stop:
        self.position += limit or 100
        return self._moved(Reason.LIMIT, "run")

    def start(self, until: Any = None) -> None:
        self.status = Status.RUNNING
        self.calls.append("start")

    def tick(self, budget_ms: float = 8) -> bool:
        if self.status is not Status.RUNNING:
            return False
        self.position += 7
        self._moved(Reason.PAUSE, "tick")
        if self.status is Status.PAUSED:
            self.status = Status.RUNNING
        return self.status is Status.RUNNING

    def pause(self) -> None:
        if self.status is Status.RUNNING:
            self._moved(Reason.PAUSE, "pause")

    def reset(self) -> None:
        self.position = 0
        self._moved(Reason.STEP, "reset")

    def go_to(self, position: int) -> None:
        self.position = position
        self._moved(Reason.COUNT, "go_to")

    def send(self, data: bytes) -> None:
        self.version += 1
        self.sent += data

    def toggle_breakpoint(self, address: int) -> None:
        self.version += 1
        self.breakpoints ^= {address}

    def watch(self, address: int, length: int = 8, access: str = "write") -> Watch:
        self.version += 1
        made = Watch(address, address + length - 1, ACCESSES[access])
        self.watches = (*self.watches, made)
        return made

    @property
    def at_breakpoint(self) -> bool:
        return registers(self.position).pc in self.breakpoints

    @property
    def sources(self) -> Sources:
        return Sources(())

    def stack(self) -> Stack:
        frame = Frame(BASE, 0x3F_FFFF_EF80, HOSTILE, 8, Place("a.c", 7), By.PC, Mode.S)
        outer = Frame(BASE + 24, 0x3F_FFFF_EFC0, "main", 4, None, By.FRAME_POINTER, Mode.S)
        cut = Interrupted(
            0x400014, Mode.U, False, causes.ECALL_FROM_U, False, "main", Place("u.c", 3)
        )
        return Stack((frame, outer), End.TRAP, interrupted=cut)

    def code_at(self, address: int) -> tuple[CodeLine, ...]:
        return snapshot(self.position).code

    def step_plan(self, kind: str) -> Any:
        self.calls.append(f"plan {kind}")

    def break_at(self, address: int | str, condition: str = "") -> int:
        self.version += 1
        at = address_of(address, snapshot(0).symbols)
        self.points.set(at, parse(condition, {}) if condition else None)
        self.breakpoints = self.points.addresses
        return at

    def change_point(
        self, number: int, enabled: bool | None = None, condition: str | None = None
    ) -> None:
        self.version += 1
        self.points.change(number, enabled, condition and parse(condition, {}))

    def remove_point(self, number: int) -> None:
        self.version += 1
        self.points.remove(number)

    def unwatch(self, address: int) -> bool:
        self.version += 1
        there = self.watches
        self.watches = tuple(one for one in there if one.first != address)
        return there != self.watches

    def use_engine(self, name: str) -> None:
        if name not in ENGINES:
            raise BadInput(f"expected an engine, found {name!r}")
        self.version += 1
        self.engine = name

    def snapshot_file(self) -> bytes:
        return b"PK\x03\x04 saved"

    def arguments(self) -> dict[str, Any]:
        return {"image": "tour"}

    @property
    def trap_counts(self) -> dict[str, int]:
        return {"U.8": self.position // 40, "U.i7": 1}

    def trees(self) -> tuple[Tree, ...]:
        return (TREE,)

    def tlb(self) -> tuple[TlbEntry, ...]:
        return tlb(self.position)

    def translations(self) -> Translations:
        """Something for every engine that translates, but at the very beginning."""
        if self.engine in ("t0", "t1") or self.position == 0:
            return NOTHING
        return translated.translations(self.position, registers(self.position).pc)

    def frames(self) -> tuple[FrameRun, ...]:
        return FRAMES

    def look(self, address: int, rows: int = 16, virtual: bool = False) -> tuple[MemoryRow, ...]:
        """Bytes that count up and move with each step; the second row cannot be read."""
        found = []
        for start in range(address & -16, (address & -16) + 16 * rows, 16):
            data = bytes((self.position + at) & 0xFF for at in range(16))
            nothing = start == (address & -16) + 16
            found.append(MemoryRow(start, start, None if nothing else data, bytes(16)))
        return tuple(found)

    def snapshot(self) -> Snapshot:
        return snapshot(
            self.position,
            version=self.version,
            status=self.status,
            stop=self.stop,
            breakpoints=self.breakpoints,
            watches=self.watches,
            points=self.points.all(),
            engine="t0" if self.engine == "t0" else "t1",
            engine_asked=self.engine,
            console=b"[tour] hello\r\n$ " + self.sent,
        )


def open_fake(image: str | bytes | None, *, name: str | None = None, **options: Any) -> FakeSession:
    """Refuses bytes that are no ELF, as `vmlab.open` does; notes the options in `OPENED` (not
    the name, which decides nothing)."""
    OPENED.append({"image": image, **options})
    if options.get("ram") == "7":
        raise BadInput("expected RAM in whole pages of 4K, found 7 bytes")
    if isinstance(image, bytes) and not image.startswith(b"\x7fELF"):
        raise BadImage("expected an ELF file, found <b>something</b> else")
    return FakeSession()
