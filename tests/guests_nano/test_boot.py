"""nano starts small and quickly, wherever SBI starts it, and says how it ended."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

import vmlab
from tests.guests_nano.talk import ask, finish, run, until, wait
from vmlab.core.errors import BadImage, Unsupported
from vmlab.core.modes import Mode
from vmlab.guests import sbi
from vmlab.guests.catalog import load
from vmlab.guests.firmware import Firmware, fetch
from vmlab.session.opening import Options, arguments_of, prepare
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until
from vmlab.trace import recording

MOST_TO_PROMPT = 300_000
NAMES_TIME = "U csrr time"
"""OpenSBI carries a program's `rdtime` out, whatever scounteren says (sbi_emulate_csr.c)."""


@pytest.fixture(scope="module")
def opensbi() -> Firmware:
    try:
        return fetch()
    except Unsupported as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_the_prompt_comes_soon_in_8_mib(engine: str) -> None:
    session = vmlab.open("nano", ram="8M", engine=engine)
    wait(session)
    assert session.position < MOST_TO_PROMPT
    print(f"{session.position:,} instructions to the prompt")


def test_nano_begins_in_s_with_the_hart_and_the_device_tree() -> None:
    session = vmlab.open("nano", ram="8M")
    until(session, Until.pc(sbi.KERNEL_BASE))
    hart = session.machine.hart
    assert hart.word("mode") == Mode.S
    assert [hart.x[10], hart.x[11]] == [0, session.machine.tree_address]
    assert hart.word("satp") == 0


@pytest.mark.parametrize("ram", ["8M", "16M", "24M"])
def test_the_memory_is_what_the_device_tree_says(ram: str) -> None:
    lines = finish(vmlab.open("nano", append="selfsum", ram=ram))
    assert lines[0].startswith(f"nano: {int(ram[:-1]) << 10} KiB of memory, ")


def test_without_a_device_tree_nano_takes_16_mib_and_the_shell() -> None:
    session = vmlab.open("nano", ram="16M", dtb=bytes(64))
    wait(session)
    assert bytes(session.console).startswith(b"nano: 16384 KiB of memory, ")


def test_too_little_memory_is_said_and_not_survived() -> None:
    said = finish(vmlab.open("nano", ram="2240K"), Reason.FAILED)
    assert said[-1].startswith("nano: panic: expected room for 64 pages behind the kernel")


@pytest.mark.parametrize(("status", "reason"), [(0, Reason.PASSED), (3, Reason.FAILED)])
def test_the_machine_ends_as_the_first_program_does(status: int, reason: Reason) -> None:
    session = vmlab.open("nano", ram="8M")
    wait(session)
    session.send(f"exit {status}\r".encode())
    assert finish(session, reason)[-1] == f"nano: the end, status {status}"


def test_a_command_that_is_no_program_is_a_panic() -> None:
    session = vmlab.open("nano", ram="8M", append="nothing like it")
    assert finish(session, Reason.FAILED)[-1] == (
        "nano: panic: expected a program that nano has, found nothing like it"
    )


def test_a_fault_of_the_kernel_is_a_panic() -> None:
    session = vmlab.open("nano", ram="8M", append="panic")
    last = finish(session, Reason.FAILED)[-1]
    assert last.startswith("nano: panic: cause 13 in the kernel, pc 0x802")
    assert last.endswith(", value 0x100000000")


def test_the_same_console_under_debians_opensbi(opensbi: Firmware) -> None:
    """Outside evidence for how nano uses SBI: its raw image, under firmware that nobody here wrote,
    too old for the debug console."""
    kernel = sbi.flat(load("nano"), sbi.KERNEL_BASE)
    theirs = finish(vmlab.open(bios=opensbi.opensbi_jump, kernel=kernel, append="probe"))
    ours = finish(vmlab.open("nano", append="probe"))
    from_nano_on = theirs[theirs.index(ours[0]) :]
    assert theirs[1].startswith("OpenSBI v")
    different = [line for line in zip(ours, from_nano_on, strict=True) if line[0] != line[1]]
    assert all(line.startswith(NAMES_TIME) for pair in different for line in pair)
    assert len(different) <= 1


def test_the_shell_under_debians_opensbi(opensbi: Firmware) -> None:
    session = vmlab.open("nano", bios=opensbi.opensbi_dynamic)
    wait(session)
    assert [line.rstrip("\r") for line in typed(session, "cow")] == [
        "cow: the child wrote 9 9 9 9, the parent has 1 2 3 4"
    ]
    session.send(b"exit\r")
    finish(session)


def typed(session: vmlab.Session, line: str) -> list[str]:
    """As `ask`, where the firmware's console writes the carriage returns."""
    before = len(session.console)
    session.send(line.encode() + b"\r")
    wait(session)
    return bytes(session.console[before:]).decode().split("\n")[1:-1]


def test_a_recording_holds_nano_and_its_firmware() -> None:
    session = vmlab.open("nano", ram="8M")
    ask(session, "sys 10")
    written = recording.write(session.recording())
    again = vmlab.replay(written)
    until(again, Until.count(session.position))
    assert again.setup.bios == sbi.firmware()
    assert again.state_hash() == session.state_hash()
    assert len(zipfile.ZipFile(io.BytesIO(written)).namelist()) > 1


def test_nano_is_said_by_its_name_and_another_firmware_with_it() -> None:
    assert arguments_of(prepare(Options("nano"))) == {"image": "nano"}
    other = prepare(Options("nano", bios=b"\x13\0\0\0"))
    assert arguments_of(other) == {"image": "nano", "bios": b"\x13\0\0\0"}


def test_a_raw_image_has_nothing_below_its_base() -> None:
    with pytest.raises(BadImage, match="expected bytes from pa 0x80200004 on, found some at"):
        sbi.flat(load("nano"), sbi.KERNEL_BASE + 4)


def test_nano_is_about_a_thousand_lines_for_a_reader() -> None:
    folder = Path(sbi.__file__).parent / "src" / "nano"
    sizes = {path: len(path.read_text().splitlines()) for path in folder.rglob("*.[chS]")}
    kernel = {path: size for path, size in sizes.items() if path.parent == folder}
    print(f"kernel {sum(kernel.values())} lines, with platform and programs {sum(sizes.values())}")
    assert sum(kernel.values()) < 1500
    assert max(sizes.values()) < 300


def test_selfsum_is_the_sum_of_the_text_in_the_image() -> None:
    image = load("nano")
    symbol = {name: address for address, name in image.symbols.items()}
    text = image.segments[0].data[: symbol["kernel_text_end"] - sbi.KERNEL_BASE]
    words = sum(int.from_bytes(text[at : at + 4], "little") for at in range(0, len(text), 4))
    assert run("selfsum") == [f"selfsum: {words:#x}, twice"]
