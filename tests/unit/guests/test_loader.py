"""The loader takes what the machine can run, and refuses all else with one sentence."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guests.elf_maker import INTERP, LOAD, RAM, Elf
from vmlab.core.errors import BadImage, Unsupported
from vmlab.guests.catalog import GUESTS
from vmlab.guests.loader import Image, Segment, load_elf

RAM_SIZE = 1 << 20
KINDS_OF_LABEL = {"NOTYPE": 0, "OBJECT": 1, "FUNC": 2, "SECTION": 3, "FILE": 4}
ABSOLUTE = 0xFFF1


def load(data: bytes, **options: object) -> Image:
    return load_elf(data, ram_size=RAM_SIZE, **options)  # type: ignore[arg-type]


def refusal(elf: Elf | bytes) -> str:
    with pytest.raises(BadImage) as caught:
        load(elf.build() if isinstance(elf, Elf) else elf)
    message = str(caught.value)
    assert "expected" in message
    assert "found" in message
    assert "\n" not in message
    return message


def test_segments_go_to_their_physical_addresses() -> None:
    data = Elf(
        entry=0x400008,
        segments=[(LOAD, RAM + 0x2000, 0x400000, b"user", 4096), (LOAD, RAM, RAM, b"kernel", 6)],
    ).build()
    image = load(data, name="two")
    assert image.segments == (
        Segment(RAM, b"kernel", 6),
        Segment(RAM + 0x2000, b"user", 4096),
    )
    assert image.entry == RAM + 0x2008, "an entry is a virtual address"
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert image.name == "two"


def test_a_position_independent_program_without_interpreter_is_taken() -> None:
    assert load(Elf(kind=3).build()).entry == RAM


def test_a_file_without_any_section_is_taken() -> None:
    data = bytearray(Elf().build())
    struct.pack_into("<Q", data, 40, 0)
    struct.pack_into("<HHH", data, 58, 0, 0, 0)
    assert load(bytes(data)).symbols == {}


def test_an_empty_segment_is_passed_over() -> None:
    image = load(Elf(segments=[(LOAD, 0, 0, b"", 0), (LOAD, RAM, RAM, b"abcd", 4)]).build())
    assert len(image.segments) == 1


RV64IM = frozenset({"i", "m", "zmmul", "zicsr", "zifencei", "zicntr"})
"""A machine that lacks enough to be missed."""


@pytest.mark.parametrize(
    ("elf", "says"),
    [
        (Elf(elf_class=1), "32-bit"),
        (Elf(elf_class=7), "class 0x7"),
        (Elf(encoding=2), "big-endian"),
        (Elf(machine=62), "EM_X86_64"),
        (Elf(kind=1), "ET_REL"),
        (Elf(kind=4), "ET_CORE"),
        (Elf(segments=[]), "found none"),
        (Elf(segments=[(INTERP, 0, 0, b"/lib/ld.so\0", 11)]), "PT_INTERP"),
        (Elf(segments=[(LOAD, 0x1000, RAM, b"abcd", 4)]), "pa 0x1000..0x1004"),
        (Elf(segments=[(LOAD, RAM - 4, RAM, b"abcdefgh", 8)]), "pa 0x7ffffffc..0x80000004"),
        (Elf(segments=[(LOAD, RAM + RAM_SIZE - 4, RAM, b"abcd", 8)]), "pa 0x800ffffc..0x80100004"),
        (Elf(segments=[(LOAD, (1 << 64) - 4, RAM, b"abcd", 8)]), "pa 0xfffffffffffffffc"),
        (Elf(segments=[(LOAD, RAM, RAM, b"abcd", RAM_SIZE + 1)]), "at most 0x100000 bytes of RAM"),
        (Elf(segments=[(LOAD, RAM, RAM, b"abcd", 1 << 63)]), "0x8000000000000000 bytes"),
        (Elf(segments=[(LOAD, RAM, RAM, b"abcdefgh", 4)]), "0x8 over 0x4 bytes"),
        (
            Elf(segments=[(LOAD, RAM, RAM, b"abcd", 64), (LOAD, RAM + 60, RAM + 60, b"efgh", 4)]),
            "segment 0 at pa 0x80000000..0x80000040 and segment 1 at pa 0x8000003c..0x80000040",
        ),
        (Elf(entry=RAM + 32), "entry 0x80000020"),
        (Elf(entry=0), "entry 0x0"),
        (Elf(entry=RAM + 1), "a multiple of 2"),
        (Elf(arch="rv32i2p1"), "found rv32"),
        (Elf(arch="arm"), "'arm'"),
        (Elf(arch="rv64i2p1_!"), "'_!'"),
        (Elf(attributes=b"B"), "format version"),
        (Elf(attributes=b"A\0\0\0\0"), ".riscv.attributes"),
        (Elf(attributes=b"A\xff\xff\xff\xffriscv\0"), ".riscv.attributes"),
    ],
)
def test_what_cannot_be_loaded_is_refused_by_what_is_wrong(elf: Elf, says: str) -> None:
    assert says in refusal(elf)


def test_what_is_no_elf_file_is_refused() -> None:
    assert "an empty file" in refusal(b"")
    assert "4d 5a 90 00" in refusal(b"MZ\x90\x00" + bytes(100))


@pytest.mark.parametrize("name", GUESTS)
def test_every_proper_beginning_of_a_guest_is_refused_as_truncated(name: str) -> None:
    data = GUESTS[name].read()
    for length in [*range(4, 300), *range(300, len(data), 61), len(data) - 1]:
        assert "truncated" in refusal(data[:length]), hex(length)


@pytest.mark.parametrize(
    ("elf", "names"),
    [
        (Elf(flags=0x0001), "c (zca)"),
        (Elf(flags=0x0002), "f"),
        (Elf(flags=0x0005), "c (zca), d"),
        (Elf(flags=0x0006), "q"),
        (Elf(flags=0x0008), "e"),
        (Elf(flags=0x0010), "ztso"),
        (Elf(arch="rv64i2p1_m2p0_a2p1_zicsr2p0_zaamo1p0_zalrsc1p0"), "a (zaamo, zalrsc)"),
        (Elf(arch="rv64imafdc_zicsr_zifencei"), "a (zaamo, zalrsc), c (zca), d"),
        (Elf(arch="rv64gc", flags=0x5), "c (zca), g (i, m, a, f, d, zicsr, zifencei)"),
        (Elf(arch="rv64i2p1_h1p0_zba1p0_zbb1p0"), "h, zba, zbb"),
        (Elf(arch="rv64i_zve32x1p0_zvl128b"), "zve32x, zvl128b"),
        (Elf(arch="rv64e2p0"), "e"),
        (Elf(arch="RV64IMXTHEADBA"), "xtheadba"),
    ],
)
def test_what_is_missing_is_named_and_nothing_else(elf: Elf, names: str) -> None:
    with pytest.raises(Unsupported) as caught:
        load(elf.build(), supported=RV64IM)
    assert f"does not have: {names} (it has:" in str(caught.value)


def test_without_compressed_instructions_an_entry_is_a_multiple_of_4() -> None:
    with pytest.raises(BadImage, match="a multiple of 4"):
        load(Elf(entry=RAM + 2).build(), supported=RV64IM)


def test_unknown_flags_are_unsupported() -> None:
    with pytest.raises(Unsupported, match="0x10000"):
        load(Elf(flags=0x10000).build())


def test_m_covers_zmmul_and_the_parts_of_a_cover_a() -> None:
    base = frozenset({"i", "zicsr"})
    multiply = Elf(arch="rv64i2p1_zmmul1p0").build()
    assert "zmmul" in load(multiply, supported=base | {"m"}).isa
    atomics = Elf(arch="rv64i2p1_a2p1").build()
    assert "a" in load(atomics, supported=base | {"zaamo", "zalrsc"}).isa
    with pytest.raises(Unsupported, match=r"not have: a \(zaamo, zalrsc\)"):
        load(atomics, supported=base | {"zaamo"})
    divide = Elf(arch="rv64im").build()
    with pytest.raises(Unsupported, match="not have: m "):
        load(divide, supported=base | {"zmmul"})


def test_with_compressed_instructions_an_entry_may_stand_at_any_even_address() -> None:
    supported = frozenset({"i", "zca"})
    assert load(Elf(entry=RAM + 2).build(), supported=supported).entry == RAM + 2


def test_symbols_name_code_and_data_but_no_constants() -> None:
    kinds = KINDS_OF_LABEL
    image = load(
        Elf(
            symbols=[
                ("label", RAM, kinds["NOTYPE"], 0, 1),
                ("function", RAM, kinds["FUNC"], 0, 1),
                ("local_label", RAM + 4, kinds["NOTYPE"], 0, 1),
                ("global_label", RAM + 4, kinds["NOTYPE"], 1, 1),
                ("table", RAM + 8, kinds["OBJECT"], 1, 1),
                ("$x", RAM + 12, kinds["NOTYPE"], 0, 1),
                (".Lpcrel_hi0", RAM + 12, kinds["NOTYPE"], 0, 1),
                ("SYS_EXIT", 3, kinds["NOTYPE"], 0, ABSOLUTE),
                ("elsewhere", 0, kinds["NOTYPE"], 1, 0),
                ("main.c", 0, kinds["FILE"], 0, ABSOLUTE),
                ("", RAM + 16, kinds["SECTION"], 0, 1),
            ]
        ).build()
    )
    assert image.symbols == {RAM: "function", RAM + 4: "global_label", RAM + 8: "table"}
    assert image.tohost is None


def test_tohost_is_found() -> None:
    image = load(Elf(symbols=[("tohost", RAM + 16, KINDS_OF_LABEL["OBJECT"], 1, 1)]).build())
    assert image.tohost == RAM + 16


def test_an_image_can_not_be_changed() -> None:
    image = load(Elf().build())
    with pytest.raises(AttributeError):
        image.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        image.symbols[0] = "x"  # type: ignore[index]


# ---- hostile files ------------------------------------------------------------------------------


def survives(data: bytes) -> None:
    """Either an image whose bytes fit into RAM, or one of our own refusals; nothing else."""
    try:
        image = load(data)
    except (BadImage, Unsupported) as error:
        assert len(str(error)) < 1500
        return
    assert sum(segment.mem_size for segment in image.segments) <= RAM_SIZE
    assert all(len(segment.data) <= segment.mem_size for segment in image.segments)


@given(data=st.data(), name=st.sampled_from([*GUESTS]))
def test_a_damaged_guest_raises_nothing_but_our_refusals(data: st.DataObject, name: str) -> None:
    good = GUESTS[name].read()
    broken = bytearray(good)
    # Headers are where it hurts: the first kilobyte, and the tables at the end.
    places = st.one_of(
        st.integers(0, 400), st.integers(len(good) - 2000, len(good) - 1),
        st.integers(0, len(good) - 1),
    )  # fmt: skip
    for at, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        broken[at] = value
    survives(bytes(broken[: data.draw(st.one_of(st.none(), st.integers(0, len(good))))]))


@given(
    field=st.sampled_from([(24, 8), (32, 8), (40, 8), (48, 4), (54, 2), (56, 2), (58, 2), (60, 2)]),
    value=st.one_of(st.integers(0, (1 << 64) - 1), st.sampled_from([0, 1, 0xFFFF, 1 << 63])),
)
def test_a_header_field_with_any_value_raises_nothing_but_our_refusals(
    field: tuple[int, int], value: int
) -> None:
    data = bytearray(Elf(arch="rv64im").build())
    at, size = field
    data[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    survives(bytes(data))


@given(attributes=st.binary(max_size=64))
def test_any_attribute_section_raises_nothing_but_our_refusals(attributes: bytes) -> None:
    survives(Elf(attributes=b"A" + attributes).build())


@given(arch=st.text("rv64imafdcsxz_0123456789p!", max_size=40))
def test_any_architecture_string_raises_nothing_but_our_refusals(arch: str) -> None:
    survives(Elf(arch=f"rv64i{arch}").build())


def test_a_file_that_claims_much_costs_little_memory() -> None:
    # A thousand segments that all claim the same megabyte of the file.
    big = bytes(1 << 20)
    elf = Elf(segments=[(LOAD, RAM, RAM, b"", 0)] * 999 + [(LOAD, RAM, RAM, big, len(big))])
    data = bytearray(elf.build())
    last = bytes(data[64 + 999 * 56 : 64 + 1000 * 56])
    for index in range(999):
        data[64 + index * 56 : 64 + (index + 1) * 56] = last
    hostile = bytes(data)
    tracemalloc.start()
    try:
        refusal(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
