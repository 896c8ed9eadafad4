"""The server with clients that are no GDB: who goes, talks noise, comes second or is wrong."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.conftest import LONG
from tests.fuzz.mutate import damaged, time_limit
from tests.gdb.conftest import serving
from tests.unit.programs import elf
from vmlab.core.errors import BadInput
from vmlab.session import Session, open
from vmlab.session.gdb.packets import ENDLESS_BYTES, MOST_BYTES, Framer, Packet, escape, frame
from vmlab.session.gdb.server import HOST, Server
from vmlab.session.gdb.stub import Stub

CASES = int(os.environ.get("VMLAB_FUZZ", 100_000 if LONG else 3_000))
EVER = elf("again: addi s0, s0, 1\nj again\n")


class Talker:
    """A client that sends what a test wants."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=20)
        self._framer = Framer()
        self._found: list[Packet] = []

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes) -> bytes:
        self.raw(frame(data))
        return self.reply()

    def reply(self) -> bytes:
        while not self._found:
            received = self.socket.recv(1 << 16)
            assert received, "the server hung up"
            found = self._framer.feed(received)
            packets = [item for item in found if isinstance(item, Packet)]
            self._found += [item for item in packets if not item.data.startswith(b"O7")]
        return self._found.pop(0).data

    def ended(self) -> bool:
        try:
            while self.socket.recv(1 << 16):
                pass
        except ConnectionError:
            pass
        return True


@pytest.fixture
def talk() -> Iterator[Callable[[Server], Talker]]:
    """Clients by the server they talk to, closed at the end."""
    talkers: list[Talker] = []

    def make(server: Server) -> Talker:
        talkers.append(Talker(server.port))
        return talkers[-1]

    yield make
    for talker in talkers:
        talker.socket.close()


Talk = Callable[[Server], Talker]


def fresh(image: bytes | str = "tour") -> Session:
    return open(image, ram="1M")


def test_a_client_that_goes_leaves_the_guest_to_the_next(talk: Talk) -> None:
    run = fresh()
    with serving(run) as server:
        first = talk(server)
        first.ask(b"Z0,80000000,4")
        assert first.ask(b"s").startswith(b"T05")
        first.socket.close()
        second = talk(server)
        assert second.ask(b"p20") == (0x1004).to_bytes(8, "little").hex().encode()
        second.raw(frame(b"c"))
        assert b"replaylog:end" in second.reply()  # the first one's breakpoint went with it


def test_a_client_that_goes_while_the_guest_runs_stops_it(talk: Talk) -> None:
    run = fresh(EVER)
    with serving(run) as server:
        first = talk(server)
        first.raw(frame(b"c"))
        first.socket.close()
        second = talk(server)
        assert second.ask(b"?").startswith(b"T05")
        at = second.ask(b"p20")
        assert second.ask(b"p20") == at


def test_a_second_client_is_told_that_there_is_one(talk: Talk) -> None:
    with serving(fresh()) as server:
        first, second = talk(server), talk(server)
        assert b"another client" in second.reply()
        assert second.ended()
        assert first.ask(b"qAttached") == b"1"


def test_wrong_checksums_are_asked_for_again_and_replies_repeated(talk: Talk) -> None:
    with serving(fresh()) as server:
        client = talk(server)
        client.raw(b"$qC#00")
        assert client.socket.recv(1) == b"-"
        client.raw(frame(b"qC"))
        assert client.reply() == b"QC1"
        client.raw(b"-")
        assert client.reply() == b"QC1"


def test_an_interrupt_stops_a_run_forwards_and_backwards(talk: Talk) -> None:
    run = fresh(EVER)
    run.step(300_000)
    with serving(run) as server:
        client = talk(server)
        client.raw(frame(b"c"))
        client.raw(b"\x03")
        assert client.reply().startswith(b"T02")
        client.ask(b"Z0,10,4")  # never met: the whole past has to be searched
        client.raw(frame(b"bc") + b"\x03")
        assert client.reply().startswith((b"T02", b"T05replaylog:begin"))


def test_detaching_ends_one_client_and_killing_resets_the_guest(talk: Talk) -> None:
    run = fresh()
    with serving(run) as server:
        client = talk(server)
        client.ask(b"s")
        assert client.ask(b"D;1") == b"OK"
        assert client.ended()
        client = talk(server)
        assert client.ask(b"p20") == (0x1004).to_bytes(8, "little").hex().encode()
        client.raw(frame(b"k"))
        assert client.ended()
        client = talk(server)
        assert client.ask(b"p20") == (0x1000).to_bytes(8, "little").hex().encode()


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with serving(fresh()) as server, pytest.raises(BadInput, match=r"found port .* of 127"):
        Server(fresh(), server.port)


@pytest.mark.parametrize(
    ("packet", "reply"),
    [
        (b"vMustReplyEmpty", b""),
        (b"!", b""),
        (b"", b""),
        (b"vCont?", b"vCont;c;C;s;S;r"),
        (b"qAttached", b"1"),
        (b"qfThreadInfo", b"m1"),
        (b"qsThreadInfo", b"l"),
        (b"Hg0", b"OK"),
        (b"T1", b"OK"),
        (b"T2", b"E16"),
        (b"qSymbol::", b"OK"),
        (b"m0,4", b"E0e"),
        (b"m80000000,0", b""),
        (b"m10000000,1", b"E0e"),
        (b"M10000000,1:00", b"E0e"),
        (b"M1000,1:00", b"E0e"),
        (b"M80000000,2:00", b"E16"),
        (b"m80000000,ffffffffffffffffffff", b"E16"),
        (b"mffffffffffffffff,10", b"E0e"),
        (b"m-1,4", b"E16"),
        (b"m", b"E16"),
        (b"p999999", b"E16"),
        (b"P20=00", b"E16"),
        (b"P1041=0500000000000000", b"E16"),
        (b"G00", b"E16"),
        (b"Z5,0,4", b""),
        (b"Z2,ffffffffffffffff,4", b"E16"),
        (b"Z2,80000000,0", b"E16"),
        (b"Z2,80000000,ffffffffffff", b"E16"),
        (b"qXfer:features:read:target.xml:zz,4", b"E16"),
        (b"qXfer:features:read:../../etc/passwd:0,4", b"E16"),
        (b"qXfer:features:write:target.xml:0:x", b""),
        (b"qXfer:memory-map:read::0,100", b"E16"),
        (b"vCont;", b"E16"),
        (b"vCont;r5:1", b"E16"),
        (b"bx", b""),
    ],
)
def test_packets_and_their_replies(packet: bytes, reply: bytes) -> None:
    run = fresh()
    before = run.state_hash()
    assert Stub(run).handle(packet) == reply
    assert run.state_hash() == before


def test_a_long_read_is_cut_to_a_packet() -> None:
    reply = Stub(fresh()).handle(b"m80000000,ffffffff")
    assert reply is not None and 1_000 < len(reply) <= MOST_BYTES


def test_memory_ends_where_ram_ends() -> None:
    assert Stub(fresh()).handle(b"m800ffffe,8") == b"0000"


def test_a_guest_that_does_not_translate_has_a_memory_map() -> None:
    stub = Stub(open("tour", ram="1M", translation="bare"))
    assert b"qXfer:memory-map:read+" in (stub.handle(b"qSupported") or b"")
    document = stub.handle(b"qXfer:memory-map:read::0,fff") or b""
    assert b'type="ram" start="0x80000000" length="0x100000"' in document


def test_breakpoints_have_a_bound() -> None:
    stub = Stub(fresh())
    replies = {stub.handle(b"Z0,%x,4" % at) for at in range(5_000)}
    assert replies == {b"OK", b"E16"}


GOOD = (
    b"?", b"g", b"p20", b"p341", b"m80000000,40", b"M80080000,4:01020304", b"P5=" + b"11" * 8,
    b"X80080000,3:" + escape(b"#$}"), b"Z0,80000010,4", b"Z2,80080000,8", b"z0,80000010,4", b"s",
    b"S05", b"vCont;s:1;c", b"vCont;r80000000,80000040:1", b"bs", b"bc", b"H-1", b"T1",
    b"qXfer:features:read:target.xml:0,ffb", b"qRcmd,68656c70",
    b"qRcmd," + b"csr satp ff".hex().encode(),
    b"qRcmd," + b"goto 5".hex().encode(), b"qRcmd," + b"send x".hex().encode(),
    b"Qqemu.PhyMemMode:1", b"qSupported:swbreak+", b"P341=" + b"ff" * 8, b"G" + b"22" * 264,
    b"vKill;1", b"D", b"k", b"c80000000", b"qThreadExtraInfo,1",
)  # fmt: skip


@pytest.mark.parametrize("batch", range(6))
def test_damaged_packets_do_no_harm(batch: int) -> None:
    """Packets with wounds, in any order: each is answered or passed over, and a debugger that
    comes afterwards finds a machine that works."""
    run = open("echo", ram="1M")
    stub = Stub(run)
    for case in range(CASES // 6):
        rng = Random(f"gdb/{batch}/{case}")
        packet = rng.choice(GOOD)
        if rng.random() < 0.7:
            packet = damaged(rng, packet, 400)
        with time_limit():
            try:
                reply = stub.handle(packet)
                for _ in range(3):
                    if stub.running:
                        reply = stub.tick()
                if stub.running:
                    reply = stub.interrupt()
                assert reply is None or len(frame(reply)) <= 2 * MOST_BYTES
                stub.console_packets()
            except BaseException as failure:
                failure.add_note(f"batch {batch}, case {case}: {packet!r}")
                raise
    stub.close()
    run.reset()
    assert Stub(run).handle(b"p20") == (0x1000).to_bytes(8, "little").hex().encode()


def test_a_flood_of_interrupts_and_a_packet_without_end_do_not_hold_the_server(talk: Talk) -> None:
    with serving(fresh(EVER)) as server:
        for flood in (b"\x03" * 300_000, b"$" + b"A" * (ENDLESS_BYTES + 2 * MOST_BYTES)):
            rude = talk(server)
            with contextlib.suppress(OSError):  # it is given up while it sends
                rude.raw(flood)
            rude.socket.close()
            served = False
            for _ in range(50):
                polite = talk(server)
                with contextlib.suppress(AssertionError, OSError):
                    served = polite.ask(b"qAttached") == b"1"
                polite.socket.close()
                if served:
                    break
                time.sleep(0.1)  # the rude one's end has not been seen yet
            assert served


def test_an_empty_range_is_a_step() -> None:
    session = open("tour")
    Stub(session).handle(b"vCont;r0,0")
    assert session.steps == 1


def test_a_server_outlives_streams_of_rubbish(talk: Talk) -> None:
    run = fresh()
    with serving(run) as server:
        for case in range(60):
            rng = Random(f"stream/{case}")
            good = b"+".join(frame(rng.choice(GOOD)) for _ in range(rng.randrange(12)))
            client = socket.create_connection((HOST, server.port), timeout=0.5)
            with time_limit():
                try:
                    client.sendall(damaged(rng, good) if good else rng.randbytes(2_000))
                    if rng.random() < 0.5:
                        client.recv(100)
                except OSError:
                    pass
                client.close()
        last = talk(server)
        assert last.ask(b"qC") == b"QC1"
