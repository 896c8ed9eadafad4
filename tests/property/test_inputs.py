"""Any bytes as a disk or a device tree: the machine is built, or the input is refused in words."""

from __future__ import annotations

import os
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.programs import PASS, elf
from vmlab.core.errors import VmlabError
from vmlab.session.opening import Options, build, prepare, setup_of, start_of
from vmlab.trace import recording

EXAMPLES = 100_000 if os.environ.get("VMLAB_LONG") == "1" else settings().max_examples
IMAGE = elf(PASS)
MAGIC = bytes.fromhex("d00dfeed")
sizes = st.sampled_from([0, 1, 511, 512, 513, 4095, 4096, 4097, 1 << 16])
contents = st.one_of(
    st.binary(max_size=2000),
    st.binary(max_size=200).map(lambda rest: MAGIC + rest),
    sizes.map(bytes),
    st.just(bytes((1 << 20) + 1)),
)


@settings(max_examples=EXAMPLES)
@given(contents, contents)
def test_any_bytes_as_disk_and_device_tree(disk: bytes, tree: bytes) -> None:
    with suppress(VmlabError):
        setup = prepare(Options(IMAGE, ram=1 << 20, disk=disk, dtb=tree))
        machine, _ = build(setup)
        assert machine.disk is not None
        assert machine.disk.content().rstrip(b"\0") == disk.rstrip(b"\0")
        start = start_of(setup)
        again = recording.read(recording.write(recording.Recording(start, (), 0, "")))
        assert setup_of(again.start) == setup
