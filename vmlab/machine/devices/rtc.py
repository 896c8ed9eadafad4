"""The goldfish RTC: nanoseconds since 1970, and one alarm.

Its clock is virtual time after a fixed date, so that a run stays a function of its inputs.
Reading TIME_LOW latches TIME_HIGH. The alarm is the machine's *event*: the engine asks for
`tick` when virtual time reaches the word `event_at` of the hart.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vmlab.isa.state import EVENT_AT, INSNS_PER_TICK, RETIRED, SKIPPED
from vmlab.isa.system.time import NEVER
from vmlab.machine.arena import Arena
from vmlab.machine.devices.device import Fact, Node, Wire, interrupt, no_wire, pack, unpack

EPOCH_NS = 1_767_225_600 * 1_000_000_000
"""2026-01-01 00:00:00 UTC: when every machine is switched on."""
TICK_NS = 100


TIME_LOW = 0x00
TIME_HIGH = 0x04
ALARM_LOW = 0x08
ALARM_HIGH = 0x0C
IRQ_ENABLED = 0x10
CLEAR_ALARM = 0x14
ALARM_STATUS = 0x18
CLEAR_INTERRUPT = 0x1C
LOW32 = (1 << 32) - 1
MASK64 = (1 << 64) - 1


class GoldfishRtc:
    """Words only. `offset` is what writes to the time have added, modulo 2^64 ns."""

    name = "rtc"
    size_bytes = 0x1000

    def __init__(self, base: int, arena: Arena, irq: int = 0, wire: Wire = no_wire) -> None:
        self.base = base
        self._words = arena.words
        self._irq = irq
        self._wire = wire
        self.reset()

    def reset(self) -> None:
        self.offset = 0
        self._high = 0
        self._alarm = 0
        self._running = self._pending = self._enabled = False
        self._update()

    @property
    def _ticks(self) -> int:
        elapsed = self._words[RETIRED.slot] + self._words[SKIPPED.slot]
        return elapsed // self._words[INSNS_PER_TICK.slot]

    @property
    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return (EPOCH_NS + self._ticks * TICK_NS + self.offset) & MASK64

    def tick(self) -> None:
        """Virtual time may have reached the alarm."""
        if self._running and self._alarm <= self.now_ns:
            self._running, self._pending = False, True
        self._update()

    def _update(self) -> None:
        """Say when the alarm is due in virtual time; drive the line."""
        due = NEVER
        if self._running:
            ticks = self._ticks - (self.now_ns - self._alarm) // TICK_NS  # rounded up
            due = min(max(0, ticks) * self._words[INSNS_PER_TICK.slot], NEVER)
        self._words[EVENT_AT.slot] = due
        self._wire(self._pending and self._enabled)

    def read(self, offset: int, size_bytes: int) -> int | None:
        if size_bytes != 4 or offset % 4:
            return None
        if offset == TIME_LOW:
            now = self.now_ns
            self._high = now >> 32
            return now & LOW32
        registers = {
            TIME_HIGH: self._high,
            ALARM_LOW: self._alarm & LOW32,
            ALARM_HIGH: self._alarm >> 32,
            IRQ_ENABLED: int(self._enabled),
            ALARM_STATUS: int(self._running),
        }
        return registers.get(offset, 0)

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if size_bytes != 4 or offset % 4:
            return False
        if offset in (TIME_LOW, TIME_HIGH):
            now = self.now_ns
            new = now & ~LOW32 | value if offset == TIME_LOW else now & LOW32 | value << 32
            self.offset = (self.offset + new - now) & MASK64
        elif offset == ALARM_LOW:
            # The low half sets the alarm: the high one is written before it.
            self._alarm = self._alarm & ~LOW32 | value
            self._running = True
        elif offset == ALARM_HIGH:
            self._alarm = self._alarm & LOW32 | value << 32
        elif offset == IRQ_ENABLED:
            self._enabled = bool(value & 1)
        elif offset == CLEAR_ALARM:
            self._running = False
        elif offset == CLEAR_INTERRUPT:
            self._pending = False
        self.tick()
        return True

    def state(self) -> bytes:
        flags = self._running | self._pending << 1 | self._enabled << 2
        return pack(self.offset, self._high, self._alarm, flags)

    def restore(self, state: bytes) -> None:
        """`event_at` is the hart's word: whoever restores the hart restores it."""
        self.offset, self._high, self._alarm, flags = unpack(state)
        self._running, self._pending = bool(flags & 1), bool(flags & 2)
        self._enabled = bool(flags & 4)

    def node(self) -> Node:
        return Node(
            f"rtc@{self.base:x}",
            {
                "compatible": "google,goldfish-rtc",
                "reg": [0, self.base, 0, self.size_bytes],
                **interrupt(self._irq),
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        alarm = _date(self._alarm) if self._running else "-"
        ringing = "yes" if self._pending else "no"
        return (Fact("Time", _date(self.now_ns)), Fact("Alarm", alarm), Fact("Ringing", ringing))


def _date(ns: int) -> str:
    """Nanoseconds since 1970 as a date; 2^64 of them end in the year 2554."""
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    return then.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
