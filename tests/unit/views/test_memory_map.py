"""Memory in hexadecimal and the address map, on made-up rows and on a real session."""

from __future__ import annotations

from itertools import pairwise

import pytest

import vmlab
from tests.unit.views.make import BASE, snapshot
from vmlab.core.errors import Unsupported
from vmlab.session.look import MemoryRow
from vmlab.session.regions import Kind, Region
from vmlab.views import address_map, memory


def test_changed_bytes_are_marked_and_others_not() -> None:
    row = MemoryRow(BASE, BASE, b"A" + bytes(15), bytes(16))
    (shown,) = memory.rows([row], BASE + 3)
    assert [byte.changed for byte in shown.data] == [True, *[False] * 15]
    assert shown.text == "A" + "." * 15
    assert shown.here and shown.changed == 1
    assert "000=41" in memory.text([row], BASE)


def test_a_row_that_cannot_be_read_says_why() -> None:
    device = MemoryRow(0x1000_0000, 0x1000_0000, None, None)
    nowhere = MemoryRow(0x4000_0000, None, None, bytes(16))
    said = memory.text([device, nowhere], 0)
    assert "a device is not read" in said and "no translation" in said


def test_nobody_looked_before_marks_nothing() -> None:
    (shown,) = memory.rows([MemoryRow(BASE, BASE, b"B" * 16, None)], BASE)
    assert shown.changed == 0


def test_a_register_is_followed_by_its_name() -> None:
    made = snapshot()
    assert memory.follow(made, "pc") == made.now.pc
    assert memory.follow(made, "sp") == 0
    assert memory.follow(made, "") is None


@pytest.mark.parametrize(
    ("size", "words"), [(16, "16 B"), (4096, "4 KiB"), (6 << 20, "6 MiB"), (1536, "1.5 KiB")]
)
def test_sizes_as_people_say_them(size: int, words: str) -> None:
    assert address_map.size_words(size) == words


def test_the_map_says_what_and_who_points_there() -> None:
    made = snapshot(
        regions=(
            Region(0x1000, 0x1FFF, Kind.ROM, "rom"),
            Region(BASE, BASE + 4095, Kind.IMAGE, "tour\x1b", has_pc=True, has_sp=True),
        )
    )
    said = address_map.text(made)
    assert "boot ROM" in said and "loaded from tour<U+001B>" in said and "pc, sp" in said
    assert address_map.text(snapshot()).endswith("No machine.\n")


def test_a_store_shows_in_the_window_that_is_looked_at_and_back_takes_it_away() -> None:
    run = vmlab.open("tour")
    run.run(vmlab.Until.trap())
    run.step(2)
    sp = run.machine.hart.x[2]
    before = run.state_hash()
    run.look(sp, 2)
    run.step()
    (row, *_) = memory.rows(run.look(sp, 2), sp)
    ra = run.machine.hart.x[1].to_bytes(8, "little")
    assert bytes(int(byte.digits, 16) for byte in row.data[:8]) == ra
    assert row.changed == sum(byte != 0 for byte in ra)
    run.back()
    assert run.state_hash() == before


def test_the_map_covers_ram_without_gaps_and_finds_the_tables() -> None:
    run = vmlab.open("tour")
    assert Kind.TABLES not in {region.kind for region in run.regions()}
    run.run(vmlab.Until.trap())
    run.run(vmlab.Until.trap())
    ram = [region for region in run.regions() if region.first >= 0x8000_0000]
    assert ram[0].first == 0x8000_0000 and ram[-1].last == 0x8000_0000 + (64 << 20) - 1
    assert all(low.last + 1 == high.first for low, high in pairwise(ram))
    kinds = {region.kind for region in ram}
    assert {Kind.TABLES, Kind.IMAGE, Kind.DEVICE_TREE, Kind.FREE} <= kinds
    assert sum(region.has_pc for region in ram) == 1
    run.reset()
    assert Kind.TABLES not in {region.kind for region in run.regions()}


def test_looking_leaves_no_trace_on_the_machine() -> None:
    run = vmlab.open("tour")
    run.run(vmlab.Until.trap())
    before, counters = run.state_hash(), run.snapshot().counters
    for address in (0, 0x1000, 0x0C20_0004, 0x1000_0000, 0x8000_0000, (1 << 64) - 16):
        run.look(address, 4)
        run.look(address, 4, virtual=True)
    run.regions()
    assert run.state_hash() == before
    assert run.snapshot().counters == counters


def test_raw_files_and_a_foreign_device_tree_are_on_the_map() -> None:
    run = vmlab.open(None, bios=b"\x13\0\0\0" * 64, kernel=b"k" * 300, dtb=b"tree")
    named = {(region.kind, region.name): region for region in run.regions()}
    assert named[Kind.IMAGE, "bios"].last - named[Kind.IMAGE, "bios"].first == 255
    assert named[Kind.IMAGE, "kernel"].first == 0x8020_0000
    tree = named[Kind.DEVICE_TREE, ""]
    assert tree.last - tree.first == 3


def test_a_recording_keeps_the_choices_of_the_platform() -> None:
    from vmlab.trace import recording

    run = vmlab.open("tour", translation="sv39", misaligned="done", illegal_tval="zero")
    run.step(5)
    again = vmlab.session.replay(recording.write(run.recording()))
    assert again.setup.platform == run.setup.platform
    odd = recording.Recording(
        recording.Start("x", "rv64i", 1 << 20, 1, 0, {"bios": b"x"}, {"colour": "red"}), (), 0, ""
    )
    with pytest.raises(Unsupported, match="colour"):
        vmlab.load(recording.write(odd))
