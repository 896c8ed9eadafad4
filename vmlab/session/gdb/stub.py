"""Answers the packets of one client (GDB manual, appendix E): a session in GDB's words.

Pure: packets in, replies out. A run that a packet begins is carried on by `tick`, a slice at a
time, so that whoever holds the socket hears an interrupt. One hart is one thread, number 1.

When the guest ends the machine, the first stop says that there is no more history (as for a
recording that came to its end), so that one can still go back; continuing from there says that the
process exited.

GDB takes a RISC-V watchpoint for one that stops before the access is made, as QEMU's do: told of
one, it steps over it by itself and then compares. So the stop is told one step before our own,
which is after the access; running back, where the access is not undone yet, and GDB steps back.
"""

from __future__ import annotations

import time
from binascii import unhexlify
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput, VmlabError
from vmlab.core.events import ConsoleOutput, Event, EventKind
from vmlab.session.edits import WORD_BYTES, Place
from vmlab.session.gdb import registers
from vmlab.session.gdb.memory import Memory
from vmlab.session.gdb.monitor import Monitor
from vmlab.session.gdb.packets import MOST_BYTES, unescape
from vmlab.session.gdb.queries import Queries
from vmlab.session.gdb.watching import Kind, Points
from vmlab.session.gdb.words import BAD, FAULT, OK, UNKNOWN, number, numbers
from vmlab.session.reverse import run_back
from vmlab.session.session import Session
from vmlab.session.snapshot import ENDINGS, Reason, Status, Stop

TRAPPED, INTERRUPTED = 5, 2
"""Signals as GDB numbers them: SIGTRAP, SIGINT."""
SLICE_MS: Final = 20.0
STEPS_A_LOOK: Final = 64
MOST_CONSOLE_BYTES: Final = 1 << 20
"""What is printed beyond, between two looks of a client, is dropped."""


@dataclass(slots=True)
class Run:
    """What a client has asked to run: until a stop, or as long as pc stays in a range."""

    first: int = 0
    end: int = 0

    @property
    def ranged(self) -> bool:
        return self.end > self.first


class Stub:
    """One client's view of a session. The session outlives it."""

    def __init__(
        self, session: Session, console_to_client: bool = False, patient: bool = False
    ) -> None:
        self.session = session
        self.memory = Memory(session)
        self.points = Points(session)
        self.monitor = Monitor(session, self.memory)
        self.queries = Queries(session, self.memory)
        self.patient = patient
        """Somebody may type: a guest that waits for input goes on waiting."""
        self.interrupted: Callable[[], bool] = lambda: False
        """Asked during a run back, which is one call."""
        self.no_ack = False
        self.gone = False
        """The client has taken leave."""
        self._run: Run | None = None
        self._end_told = False
        self._console = bytearray()
        self._last = self._stop_reply(TRAPPED)
        self._unsubscribe: Callable[[], None] = lambda: None
        if console_to_client:
            self._unsubscribe = session.subscribe(EventKind.CONSOLE, self._printed)
        self._commands: dict[bytes, Callable[[bytes], bytes | None]] = {
            b"?": lambda rest: self._last,
            b"g": self._read_general,
            b"G": self._write_general,
            b"p": self._read_register,
            b"P": self._write_register,
            b"m": self._read_memory,
            b"M": self._write_memory,
            b"X": self._write_binary,
            b"Z": self._insert,
            b"z": self._remove,
            b"s": self._step,
            b"S": self._step_with_signal,
            b"c": self._continue,
            b"C": self._continue_with_signal,
            b"v": self._v,
            b"b": self._backwards,
            b"H": lambda rest: OK,
            b"T": lambda rest: OK if number(rest) == 1 else BAD,
            b"q": self._query,
            b"Q": self._set,
            b"D": self._detach,
            b"k": self._kill,
        }

    def close(self) -> None:
        """The client has gone: its breakpoints go with it, the guest stands where it is."""
        self.session.pause()
        self.points.clear()
        self._unsubscribe()

    # Packets --------------------------------------------------------------------------------------

    def handle(self, data: bytes) -> bytes | None:
        """The reply to a packet; None if it comes later (from `tick`), or never. What a packet
        asks wrongly is answered with an error, and nothing else happens."""
        if self._run is not None:
            return None  # a client that talks while the target runs is not heard
        command = self._commands.get(data[:1])
        if command is None:
            return UNKNOWN
        try:
            return command(data[1:])
        except (VmlabError, ValueError, IndexError):
            return BAD

    def _read_general(self, rest: bytes) -> bytes:
        return b"".join(self._register(at) for at in range(registers.GENERAL))

    def _register(self, at: int) -> bytes:
        found = self.queries.registers[at]
        return registers.read(self.session, found).hex().encode()

    def _write_general(self, rest: bytes) -> bytes:
        data = unhexlify(rest)
        if len(data) % WORD_BYTES or len(data) > WORD_BYTES * registers.GENERAL:
            return BAD
        for at in range(0, len(data), WORD_BYTES):
            found = self.queries.registers[at // WORD_BYTES]
            registers.write(self.session, found, data[at : at + WORD_BYTES])
        return OK

    def _read_register(self, rest: bytes) -> bytes:
        at = number(rest)
        return self._register(at) if at in self.queries.registers else BAD

    def _write_register(self, rest: bytes) -> bytes:
        at, _, text = rest.partition(b"=")
        data = unhexlify(text)
        found = self.queries.registers.get(number(at))
        if found is None or len(data) != WORD_BYTES:
            return BAD
        registers.write(self.session, found, data)
        return OK

    def _read_memory(self, rest: bytes) -> bytes:
        address, length = numbers(rest, 2)
        data = self.memory.read(address, min(length, MOST_BYTES // 2 - 8))
        return data.hex().encode() if data or not length else FAULT

    def _write_memory(self, rest: bytes) -> bytes:
        where, _, text = rest.partition(b":")
        return self._write(where, unhexlify(text))

    def _write_binary(self, rest: bytes) -> bytes:
        where, _, data = rest.partition(b":")
        return self._write(where, unescape(data))

    def _write(self, where: bytes, data: bytes) -> bytes:
        address, length = numbers(where, 2)
        if len(data) != length:
            return BAD
        try:
            self.memory.write(address, data)
        except BadInput:
            return FAULT
        return OK

    def _insert(self, rest: bytes) -> bytes:
        return self._point(rest, self.points.insert)

    def _remove(self, rest: bytes) -> bytes:
        return self._point(rest, self.points.remove)

    def _point(self, rest: bytes, do: Callable[[Kind, int, int], None]) -> bytes:
        kind, address, length = numbers(rest.partition(b";")[0], 3)
        if kind not in list(Kind):
            return UNKNOWN
        do(Kind(kind), address, length)
        return OK

    def _query(self, rest: bytes) -> bytes:
        if rest.startswith(b"Rcmd,"):
            line = unhexlify(rest.removeprefix(b"Rcmd,")).decode(errors="replace")
            text = self.monitor.answer(line).encode()
            while len(text) > MOST_BYTES // 4:
                self._console += text[: MOST_BYTES // 4]
                text = text[MOST_BYTES // 4 :]
            return text.hex().encode() or OK
        return self.queries.answer(rest)

    def _set(self, rest: bytes) -> bytes:
        if rest == b"StartNoAckMode":
            self.no_ack = True
            return OK
        if rest.startswith(b"qemu.PhyMemMode:"):
            self.memory.physical = number(rest.partition(b":")[2]) != 0
            return OK
        return UNKNOWN

    def _detach(self, rest: bytes) -> bytes:
        self.gone = True
        return OK

    def _kill(self, rest: bytes) -> None:
        """Power off: the next client finds the guest at its beginning."""
        self.gone = True
        self.session.reset()

    # Running --------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """A run has begun and `tick` is to carry it on."""
        return self._run is not None

    @property
    def asleep(self) -> bool:
        """The guest waits for input: there is no hurry."""
        return self.session.status is Status.WAITING

    def _step(self, rest: bytes) -> bytes:
        self._jump(rest)
        return self._exited() or self._reply(self.session.step())

    def _step_with_signal(self, rest: bytes) -> bytes:
        return self._step(rest.partition(b";")[2])

    def _continue_with_signal(self, rest: bytes) -> bytes | None:
        return self._continue(rest.partition(b";")[2])

    def _continue(self, rest: bytes) -> bytes | None:
        self._jump(rest)
        return self._begin(Run())

    def _begin(self, run: Run) -> bytes | None:
        exited = self._exited()
        if exited is None:
            self._run = run
        return exited

    def _jump(self, address: bytes) -> None:
        if address:
            self.session.edit(Place.PC, 0, number(address).to_bytes(WORD_BYTES, "little"))

    def _exited(self) -> bytes | None:
        """The guest has ended the machine, and the client knows: now it has exited."""
        if self.session.status is not Status.ENDED or not self._end_told:
            return None
        stop = self.session.stop
        code = 0 if stop is None or stop.reason is Reason.PASSED else stop.code & 0xFF or 1
        return b"W%02x" % code

    def _v(self, rest: bytes) -> bytes | None:
        if rest == b"Cont?":
            return b"vCont;c;C;s;S;r"
        if rest.startswith(b"Kill"):
            self._kill(b"")
            return OK
        if not rest.startswith(b"Cont;"):
            return UNKNOWN
        action = rest.split(b";")[1].partition(b":")[0]
        if action[:1] in (b"c", b"C"):
            return self._begin(Run())
        if action[:1] in (b"s", b"S"):
            return self._step(b"")
        if action[:1] == b"r":
            first, end = numbers(action[1:], 2)
            return self._begin(Run(first, end)) if first < end else self._step(b"")
        return BAD

    def tick(self) -> bytes | None:
        """Carry a run on for a moment; the stop reply when it has stopped."""
        run = self._run
        assert run is not None
        stop = self._step_in(run) if run.ranged else self._run_slice()
        if stop is None or (stop.reason is Reason.WAITING and self.patient):
            return None
        self._run = None
        return self._reply(stop)

    def _run_slice(self) -> Stop | None:
        session = self.session
        if session.status is not Status.RUNNING:
            session.start()
        return None if session.tick(SLICE_MS) else session.stop

    def _step_in(self, run: Run) -> Stop | None:
        until = time.perf_counter() + SLICE_MS / 1000
        while time.perf_counter() < until:
            for _ in range(STEPS_A_LOOK):
                stop = self.session.step()
                pc = stop.pc
                if stop.reason is not Reason.STEP or not run.first <= pc < run.end:
                    return stop
                if pc in self.session.breakpoints:
                    return stop
        return None

    def interrupt(self) -> bytes | None:
        """The client asks to stop; the reply, if something ran."""
        if self._run is None:
            return None
        self._run = None
        self.session.pause()
        self._last = self._stop_reply(INTERRUPTED)
        return self._last

    def _backwards(self, rest: bytes) -> bytes:
        self._end_told = False
        if rest == b"s":
            at_start = not self.session.steps
            self.session.back()
            self._last = self._stop_reply(TRAPPED, b"replaylog:begin;" if at_start else b"")
        elif rest == b"c":
            back = run_back(self.session, self.points.watches, self.interrupted)
            if back is None:
                self._last = self._stop_reply(INTERRUPTED)
            elif back.began:
                self._last = self._stop_reply(TRAPPED, b"replaylog:begin;")
            else:
                if back.hit is None:
                    why = self.points.breakpoint_reason(back.stop.pc)
                else:
                    why = self.points.watch_reason(back.hit)
                    self.session.step()
                self._last = self._stop_reply(TRAPPED, why)
        else:
            return UNKNOWN
        return self._last

    def _reply(self, stop: Stop) -> bytes:
        """What a stop is in GDB's words."""
        why = b""
        self._end_told = stop.reason in ENDINGS
        if self._end_told or stop.reason is Reason.WAITING:
            code = f" with code {stop.code}" if stop.reason is Reason.FAILED else ""
            words = stop.detail or f"the guest {stop.reason.value}{code}"
            self._tell(f"vmlab: {words}, after {stop.retired} instructions\n".encode())
            why = b"replaylog:end;" if self._end_told else b""
        elif stop.reason is Reason.BREAKPOINT:
            why = self.points.breakpoint_reason(stop.pc)
        elif stop.hit is not None:
            why = self.points.watch_reason(stop.hit)
            self.session.back()  # see the module's text: GDB makes the access itself
        self._last = self._stop_reply(TRAPPED, why)
        return self._last

    def _stop_reply(self, signal: int, why: bytes = b"") -> bytes:
        hart = self.session.machine.hart
        sp, pc = hart.x[registers.SP], hart.pc & MASK64
        known = b"".join(
            b"%02x:%s;" % (at, value.to_bytes(WORD_BYTES, "little").hex().encode())
            for at, value in ((registers.SP, sp), (registers.PC, pc))
        )
        return b"T%02x%s%sthread:1;" % (signal, why, known)

    # The console ----------------------------------------------------------------------------------

    def _printed(self, event: Event) -> None:
        if isinstance(event, ConsoleOutput):
            self._tell(event.data)

    def _tell(self, text: bytes) -> None:
        if len(self._console) + len(text) <= MOST_CONSOLE_BYTES:
            self._console += text

    def console_packets(self) -> list[bytes]:
        """What is to be shown in the client, as packets that go before the next reply."""
        text, self._console = bytes(self._console), bytearray()
        size = MOST_BYTES // 4
        return [b"O" + text[at : at + size].hex().encode() for at in range(0, len(text), size)]
