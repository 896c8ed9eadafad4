"""The packet layer alone: cut anywhere, noise, wrong checksums, packets that never end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vmlab.session.gdb.packets import (
    MOST_BYTES,
    Framer,
    Item,
    Packet,
    Signal,
    escape,
    frame,
    unescape,
)


def items(*pieces: bytes) -> list[Item]:
    framer = Framer()
    return [item for piece in pieces for item in framer.feed(piece)]


@given(st.binary(max_size=200))
def test_escaped_data_comes_back(data: bytes) -> None:
    assert unescape(escape(data)) == data
    assert not set(escape(data)) & set(b"#$*")


@given(st.lists(st.binary(max_size=40), max_size=5), st.data())
def test_packets_arrive_however_they_are_cut(contents: list[bytes], data: st.DataObject) -> None:
    stream = b"+".join(frame(escape(content)) for content in contents)
    cut = data.draw(st.integers(0, len(stream)))
    found = items(stream[:cut], stream[cut:])
    packets = [unescape(item.data) for item in found if isinstance(item, Packet)]
    assert packets == contents
    assert found.count(Signal.ACK) == max(0, len(contents) - 1)


def test_what_stands_between_packets() -> None:
    assert items(b"noise+-\x03more$g#67\x03") == [
        Signal.ACK, Signal.NAK, Signal.INTERRUPT, Packet(b"g"), Signal.INTERRUPT,
    ]  # fmt: skip


def test_a_wrong_checksum_is_bad_and_the_next_packet_is_not() -> None:
    assert items(b"$g#00$g#67$g#zz$g#+7") == [Signal.BAD, Packet(b"g"), Signal.BAD, Signal.BAD]


def test_a_packet_cut_off_by_the_next_is_passed_over() -> None:
    assert items(b"$m8000$g#67") == [Packet(b"g")]


def test_a_packet_without_end_takes_no_memory() -> None:
    framer = Framer()
    assert not list(framer.feed(b"$"))
    for _ in range(20):
        assert not list(framer.feed(b"x" * MOST_BYTES))
        assert framer.held_bytes <= MOST_BYTES
    assert list(framer.feed(b"#00$g#67")) == [Signal.BAD, Packet(b"g")]


@given(st.binary(max_size=500))
def test_any_bytes_leave_a_framer_that_works(noise: bytes) -> None:
    framer = Framer()
    list(framer.feed(noise))
    assert list(framer.feed(b"#00" + frame(b"?")))[-1] == Packet(b"?")
