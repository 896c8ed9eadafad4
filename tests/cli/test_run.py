"""`vmlab run`: streams, conversation, statuses, statistics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fdt
import pytest

import vmlab as lab
from tests.cli.conftest import Result, Vmlab
from tests.unit.machine import guests
from tests.unit.programs import elf
from vmlab.engine.effort import FORCE
from vmlab.guests.catalog import GUESTS
from vmlab.session import load
from vmlab.trace import recording

TOUR_SAYS = b"M: fenced and delegated\nS: paging is on\nU: hello\n"
SPIN = "_start: j _start\n"
SLEEP = "_start: wfi\n j _start\n"


def one_sentence(done: Result) -> str:
    """What stderr says: exactly one line, from us, and no traceback."""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("vmlab: ")
    assert "Traceback" not in line
    return line


def assembled(vmlab: Vmlab, folder: Path, source: str) -> Path:
    """An ELF file made by `vmlab asm`."""
    (folder / "guest.S").write_text(source)
    done = vmlab("asm", "guest.S", "-o", "guest.elf")
    assert done.returncode == 0, done.stderr
    return folder / "guest.elf"


@pytest.mark.parametrize("guest", GUESTS.values(), ids=lambda guest: guest.name)
def test_every_guest_passes_within_its_limit(vmlab: Vmlab, guest) -> None:
    done = vmlab("run", guest.name, "--max-insns", max(guest.max_insns, 10**6), typed=guest.typed)
    assert done.returncode == guest.status, done.stderr
    assert one_sentence(done).startswith("vmlab: passed after ")


def test_stdout_is_the_console_and_nothing_else(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour")
    assert done.stdout.startswith(TOUR_SAYS)
    assert done.stdout.endswith(b"U: I was interrupted\n")


def test_stdin_is_typed_and_its_end_does_not_stop_the_guest(vmlab: Vmlab) -> None:
    done = vmlab("run", "echo", "--max-insns", 200_000, typed=b"abc")
    assert b"abc" in done.stdout
    assert done.returncode == 3


def test_send_answers_and_until_stops_with_status_0(vmlab: Vmlab) -> None:
    words = ("run", "echo", "--send", ".", r"one\x21", "--send", "one!", "two", "--until", "two")
    done = vmlab(*words, "--max-insns", 10**6)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(b"one!two")
    assert "--until matched" in one_sentence(done)


def test_a_conversation_is_the_same_run_each_time(vmlab: Vmlab, tmp_path: Path) -> None:
    words = ("run", "echo", "--send", ".", r"hello\rq")
    hashes = set()
    for name in ("a.json", "b.json"):
        assert vmlab(*words, "--stats", name).returncode == 0
        hashes.add(json.loads((tmp_path / name).read_text())["state_hash"])
    assert len(hashes) == 1


def test_a_guest_writes_its_disk_and_the_file_stays(vmlab: Vmlab, tmp_path: Path) -> None:
    (tmp_path / "disk.elf").write_bytes(elf(guests.DISK))
    (tmp_path / "disk.img").write_bytes(bytes(4096))
    done = vmlab("run", "disk.elf", "--disk", "disk.img", "--max-insns", 10**4)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "disk.img").read_bytes() == bytes(4096)


def test_stats_say_what_was_translated(
    vmlab: Vmlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the run is that of an engine that translates nothing."""
    monkeypatch.setenv(FORCE, "1")  # a page would not be compiled yet when so short a run is over
    found = {}
    for engine in ("t1", "t2"):
        assert vmlab("run", "primes", "--engine", engine, "--stats", "stats.json").returncode == 0
        found[engine] = json.loads((tmp_path / "stats.json").read_text())
    assert "translation" not in found["t1"]
    counted = found["t2"]["translation"]
    assert counted["units_translated"] > 0 and counted["code_bytes"] > 0
    assert {found[engine]["state_hash"] for engine in found} == {found["t1"]["state_hash"]}
    assert found["t2"]["retired"] == found["t1"]["retired"]


def test_a_regex_that_never_came_is_said_and_fails(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour", "--until", "goodbye")
    assert done.returncode == 1
    assert "'goodbye' was never printed" in one_sentence(done)


def test_the_instruction_limit_is_exact_and_status_3(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour", "--max-insns", 123, "--json")
    assert done.returncode == 3
    assert json.loads(done.stderr)["retired"] == 123


def test_stats_follow_the_contract(vmlab: Vmlab, tmp_path: Path) -> None:
    done = vmlab("run", "tour", "--stats", "s.json", "--json")
    stats = json.loads((tmp_path / "s.json").read_text())
    assert stats == json.loads(done.stderr)
    assert stats["schema"] == "vmlab/stats/1"
    assert {
        "retired", "virtual_time", "traps", "wall_s", "mips", "engine", "isa", "stop", "state_hash",
    } <= stats.keys()  # fmt: skip
    assert stats["stop"]["reason"] == "passed"
    assert {"reason", "pc", "code"} <= stats["stop"].keys()
    assert stats["traps"]["U.15"] == 1
    assert stats["traps"]["S.9"] == 1
    assert stats["traps"]["U.i7"] == 1
    assert stats["traps"]["U.i1"] == 1


def test_a_guest_that_fails_gives_status_1_and_its_code(vmlab: Vmlab, tmp_path: Path) -> None:
    fail = "_start: li t0, 0x100000\n li t1, 0x73333\n sw t1, 0(t0)\n"
    done = vmlab("run", assembled(vmlab, tmp_path, fail))
    assert done.returncode == 1
    assert "failed with code 7 " in one_sentence(done)


def test_a_guest_without_a_handler_is_told_to_be_in_a_trap_loop(
    vmlab: Vmlab, tmp_path: Path
) -> None:
    done = vmlab("run", assembled(vmlab, tmp_path, "_start: .word 0\n"))
    assert done.returncode == 1
    assert "trap loop at 0x" in one_sentence(done)


def test_a_guest_that_sleeps_for_ever_is_told(vmlab: Vmlab, tmp_path: Path) -> None:
    done = vmlab("run", assembled(vmlab, tmp_path, SLEEP))
    assert done.returncode == 1
    assert "can't come any more" in one_sentence(done)


def started(vmlab: Vmlab, folder: Path, source: str, **streams) -> subprocess.Popen[bytes]:
    guest = assembled(vmlab, folder, source)
    words = [sys.executable, "-m", "vmlab", "run", str(guest)]
    return subprocess.Popen(words, stderr=subprocess.PIPE, **streams)


def test_ctrl_c_ends_with_status_130_and_a_sentence(vmlab: Vmlab, tmp_path: Path) -> None:
    hello = "_start: li t0, 0x10000000\n li t1, 'h'\n sb t1, 0(t0)\nspin: j spin\n"
    run = started(vmlab, tmp_path, hello, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.read(1) == b"h"  # it runs, and output comes at once
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert said.decode().startswith("vmlab: interrupted after ")


def test_a_reader_that_goes_away_ends_the_run_quietly(vmlab: Vmlab, tmp_path: Path) -> None:
    chatter = "_start: li t0, 0x10000000\n li t1, 'h'\nmore: sb t1, 0(t0)\n j more\n"
    read_end, write_end = os.pipe()
    run = started(vmlab, tmp_path, chatter, stdin=subprocess.DEVNULL, stdout=write_end)
    os.close(write_end)
    assert os.read(read_end, 1) == b"h"
    os.close(read_end)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert b"Traceback" not in said


def test_a_guest_may_wait_for_a_slow_typist(vmlab: Vmlab) -> None:
    words = [sys.executable, "-m", "vmlab", "run", "echo"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdin is not None
        for key in b"hi", b"q":
            time.sleep(0.3)
            run.stdin.write(key)
            run.stdin.flush()
        out, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert b"hi" in out


def test_a_recording_runs_again_to_the_same_state(vmlab: Vmlab, tmp_path: Path) -> None:
    first = vmlab("run", "echo", "--record", "talk.zip", "--stats", "a.json", typed=b"hello\rq")
    again = vmlab("run", "--replay", "talk.zip", "--stats", "b.json")
    assert (first.returncode, again.returncode) == (0, 0), again.stderr
    assert again.stdout == first.stdout
    a, b = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
    assert (a["state_hash"], a["retired"]) == (b["state_hash"], b["retired"])


def test_a_run_that_was_cut_short_is_replayed_to_where_it_was_cut(
    vmlab: Vmlab, tmp_path: Path
) -> None:
    vmlab("run", "tour", "--record", "r.zip", "--stats", "a.json", "--max-insns", 500)
    again = vmlab("run", "--replay", "r.zip", "--stats", "b.json")
    assert again.returncode == 0, again.stderr
    assert "recording's end after 500 instructions" in one_sentence(again)
    a, b = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
    assert a["state_hash"] == b["state_hash"]


def test_the_device_tree_is_written_and_nothing_runs(vmlab: Vmlab, tmp_path: Path) -> None:
    done = vmlab("run", "tour", "--dump-dtb", "board.dtb")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (tmp_path / "board.dtb").read_bytes()[:4] == b"\xd0\x0d\xfe\xed"


def test_an_unexpected_error_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug of ours: one sentence that says so, status 70, and no traceback."""
    from vmlab.cli import main as door

    def broken(**_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(door, "app", broken)
    monkeypatch.delenv("VMLAB_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        door.main([])
    assert ended.value.code == 70
    said = capsys.readouterr().err
    assert "this is a bug in vmlab" in said
    assert "ZeroDivisionError: by nothing" in said
    monkeypatch.setenv("VMLAB_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        door.main([])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_stdout_is_told(vmlab: Vmlab, tmp_path: Path) -> None:
    hello = "_start: li t0, 0x10000000\n sb t0, 0(t0)\nspin: j spin\n"
    with Path("/dev/full").open("wb") as full:
        run = started(vmlab, tmp_path, hello, stdin=subprocess.DEVNULL, stdout=full)
        _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert b"No space left on device" in said


def test_one_ctrl_c_ends_a_regex_that_has_no_end(tmp_path: Path) -> None:
    (tmp_path / "a.S").write_text(
        "_start: li t0, 0x10000000\n li t1, 'a'\nagain: sb t1, 0(t0)\n j again\n"
    )
    command = [sys.executable, "-m", "vmlab"]
    subprocess.run([*command, "asm", "a.S", "-o", "a.elf"], cwd=tmp_path, check=True)
    started = [*command, "run", "a.elf", "--until", "(a+)+$b"]
    with subprocess.Popen(started, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(20)  # each further byte now takes twice as long
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


READS_ITS_CHOICES = """\
        # The device tree's magic number is where a1 says; the hart's freedoms are as chosen.
_start: la   t0, handler
        csrw mtvec, t0
        li   t1, 9 << 60
        csrw satp, t1       # Sv48: not with --translation sv39
        csrr t1, satp
        bnez t1, bad
        la   t0, here
        ld   t1, 1(t0)      # done, not trapped
        .word 0xffffffff    # tval zero
bad:    li   t1, 0x3333
        j    end
handler:
        csrr t1, mtval
        bnez t1, bad
        csrr t1, mcause
        li   t2, 2
        bne  t1, t2, bad
        li   t1, 0x5555
end:    li   t0, 0x100000
        sw   t1, 0(t0)
1:      j    1b
        .balign 8
here:   .dword 1, 2
"""


def test_the_freedoms_of_the_platform_are_options(vmlab: Vmlab, tmp_path: Path) -> None:
    guest = assembled(vmlab, tmp_path, READS_ITS_CHOICES)
    chosen = ("--translation", "sv39", "--misaligned", "done", "--illegal-tval", "zero")
    assert vmlab("run", guest, *chosen).returncode == 0
    assert vmlab("run", guest).returncode == 1
    for left_out in range(0, len(chosen), 2):
        less = chosen[:left_out] + chosen[left_out + 2 :]
        assert vmlab("run", guest, *less).returncode == 1, less


def test_initrd_and_append_stand_in_the_device_tree_and_in_ram(tmp_path: Path) -> None:
    run = lab.open("tour", ram="16M", initrd=b"a disk" * 1000, append="console=ttyS0 quiet")
    tree = run.machine.tree_address
    size = int.from_bytes(run.machine.read(tree + 4, 4), "big")
    chosen = fdt.parse_dtb(run.machine.read(tree, size)).get_node("/chosen")
    first, last = (
        int.from_bytes(b"".join(word.to_bytes(4, "big") for word in chosen.get_property(name)))
        for name in ("linux,initrd-start", "linux,initrd-end")
    )
    assert chosen.get_property("bootargs").data[0] == "console=ttyS0 quiet"
    assert run.machine.read(first, last - first) == b"a disk" * 1000
    assert first % 4096 == 0
    assert last <= tree
    again = load(recording.write(run.recording()))
    assert again.state_hash() == run.state_hash()


def test_dump_dtb_has_what_was_chosen(vmlab: Vmlab, tmp_path: Path) -> None:
    done = vmlab("run", "tour", "--append", "root=/dev/vda", "--dump-dtb", "x.dtb")
    assert done.returncode == 0
    assert b"root=/dev/vda\0" in (tmp_path / "x.dtb").read_bytes()
