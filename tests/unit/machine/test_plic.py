"""The PLIC against a model that is written as the specification is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.units import MIB
from vmlab.machine.devices.plic import SOURCES
from vmlab.machine.platform import Machine, Platform

SMALL = Platform(ram_bytes=1 * MIB)
MEI, SEI = 1 << 11, 1 << 9


class Source:
    """One source and its gateway, slowly."""

    def __init__(self) -> None:
        self.up = self.pending = self.in_service = False
        self.priority = 0
        self.enabled = [False, False]

    def settle(self) -> None:
        if self.up and not self.pending and not self.in_service:
            self.pending = True


class Model:
    def __init__(self) -> None:
        self.sources = [Source() for _ in range(SOURCES)]
        self.threshold = [0, 0]

    def offered(self, context: int) -> int:
        ready = [
            (-source.priority, number)
            for number, source in enumerate(self.sources)
            if source.pending and source.enabled[context] and source.priority
        ]
        return min(ready)[1] if ready else 0

    def lines(self) -> int:
        found = 0
        for context, line in enumerate((MEI, SEI)):
            number = self.offered(context)
            if number and self.sources[number].priority > self.threshold[context]:
                found |= line
        return found

    def claim(self, context: int) -> int:
        number = self.offered(context)
        if number:
            self.sources[number].pending = False
            self.sources[number].in_service = True
        return number

    def complete(self, context: int, number: int) -> None:
        if number < SOURCES and self.sources[number].enabled[context]:
            self.sources[number].in_service = False


few = st.sampled_from([1, 2, 10, 31, 32, 63, 64, 95])
context = st.integers(0, 1)
moves = st.one_of(
    st.tuples(st.just("line"), few, st.booleans()),
    st.tuples(st.just("priority"), few, st.integers(0, 9)),
    st.tuples(st.just("enable"), context, st.integers(0, 2), st.integers(0, (1 << 32) - 1)),
    st.tuples(st.just("threshold"), context, st.integers(0, 9)),
    st.tuples(st.just("claim"), context),
    st.tuples(st.just("complete"), context, st.one_of(few, st.integers(0, 1 << 32))),
)


@given(st.lists(moves, max_size=60), st.booleans())
def test_it_does_what_the_specification_says(steps: list[tuple[str, ...]], roomy: bool) -> None:
    machine, model = Machine(SMALL), Model()
    plic = machine.plic
    if roomy:
        for number in range(1, SOURCES):
            plic.write(4 * number, 4, number % 8)
            model.sources[number].priority = number % 8
        for word in range(3):
            plic.write(0x2080 + 4 * word, 4, 0xFFFF_FFFF)
        for number in range(1, SOURCES):
            model.sources[number].enabled[1] = True
    for move, *args in steps:
        one, two, three = (*map(int, args), 0, 0, 0)[:3]
        if move == "line":
            plic.wire(one)(bool(two))
            model.sources[one].up = bool(two)
        elif move == "priority":
            plic.write(4 * one, 4, two)
            model.sources[one].priority = two & 7
        elif move == "enable":
            plic.write(0x2000 + 0x80 * one + 4 * two, 4, three)
            for bit in range(32):
                model.sources[32 * two + bit].enabled[one] = bool(three >> bit & 1)
        elif move == "threshold":
            plic.write(0x20_0000 + 0x1000 * one, 4, two)
            model.threshold[one] = two & 7
        elif move == "claim":
            assert plic.read(0x20_0004 + 0x1000 * one, 4) == model.claim(one)
        else:
            plic.write(0x20_0004 + 0x1000 * one, 4, two)
            model.complete(one, two)
        for source in model.sources[1:]:
            source.settle()
        assert machine.hart.word("external") == model.lines()
        pending = sum(source.pending << number for number, source in enumerate(model.sources))
        words = [plic.read(0x1000 + 4 * word, 4) or 0 for word in range(3)]
        assert sum(word << 32 * at for at, word in enumerate(words)) == pending
        copy = Machine(SMALL).plic
        copy.restore(plic.state())
        assert copy.state() == plic.state()


def test_registers_read_back_what_is_legal() -> None:
    plic = Machine(SMALL).plic
    plic.write(0, 4, 7)
    assert plic.read(0, 4) == 0  # source 0 does not exist
    plic.write(0x2000, 4, 0xFFFF_FFFF)
    assert plic.read(0x2000, 4) == 0xFFFF_FFFE
    plic.write(0x20_1000, 4, 0xFF)
    assert plic.read(0x20_1000, 4) == 7
    plic.write(0x1000, 4, 0xFFFF_FFFF)
    assert plic.read(0x1000, 4) == 0
    assert plic.read(0x2100, 4) == 0  # no third context
    assert plic.read(4, 8) is None and plic.write(4, 1, 1) is False
