"""A scripted session of the real client, compared with sessions that nobody debugs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

import vmlab
from tests.gdb.conftest import said
from tests.unit.programs import PASS, elf
from vmlab.session import Session, Until
from vmlab.session.observe import SHOWN_CSRS

Gdb = Callable[..., list[str]]

LOOP = elf(f"""
    la s1, counter
    li s0, 0
loop:
    addi s0, s0, 1
    jal bump
    li t0, 10
    blt s0, t0, loop
end:
{PASS}
bump:
    ld t1, 0(s1)
    add t1, t1, s0
    sd t1, 0(s1)
    ret
.globl counter
.globl bump
.globl loop
.globl end
.globl other
.data
.align 3
counter: .dword 100
other: .dword 7
""")
EVER = elf("again: addi s0, s0, 1\nj again\n")
HERE = 'printf "here=%lx\\n", (unsigned long)$pc\n'
ALL_REGISTERS = r"""
python
frame = gdb.selected_frame()
for register in frame.architecture().registers():
    value = int(frame.read_register(register).cast(gdb.lookup_type("unsigned long long")))
    print(f"register={register.name} {value:#x}")
end
"""


def opened(image: bytes | str = LOOP) -> Session:
    return vmlab.open(image, ram="1M")


def registers(session: Session) -> dict[str, int]:
    """Every register as GDB names it, from the session's own snapshot."""
    now = session.snapshot().now
    from vmlab.isa.registers import ABI_NAMES

    names = ["fp" if name == "s0" else name for name in ABI_NAMES]
    return {**dict(zip(names, now.x, strict=True)), "pc": now.pc, "priv": now.mode, **now.csrs}


def test_all_registers_and_csrs_are_the_sessions_own(gdb: Gdb) -> None:
    run, twin = opened("tour"), opened("tour")
    run.step(2_000)
    twin.step(2_000)
    lines = gdb(run, ALL_REGISTERS)
    told = dict(line.split() for line in said(lines, "register"))
    found = {name: int(value, 16) for name, value in told.items()}
    expected = registers(twin)
    assert {name: found[name] for name in expected} == expected
    assert {csr.name for csr in SHOWN_CSRS} <= found.keys()
    assert run.state_hash() == twin.state_hash()  # looking leaves no trace


def test_symbols_and_code_come_from_the_elf(gdb: Gdb) -> None:
    lines = gdb(opened(), "break *&bump\ncontinue\nx/1i $pc\n")
    assert any(line.startswith("Breakpoint 1, ") and "in bump ()" in line for line in lines)
    assert any("<bump>:" in line and "t1,0(s1)" in line for line in lines), lines


@pytest.mark.parametrize("command", ["break", "hbreak"])
def test_breakpoints_stop_each_time_and_leave_memory_alone(gdb: Gdb, command: str) -> None:
    run, twin = opened(), opened()
    bump = next(at for at, name in run.image.symbols.items() if name == "bump")  # type: ignore[union-attr]
    look = f"{command} *{bump}\n" + f"continue\n{HERE}x/2wx {bump}\n" * 10
    lines = gdb(run, look + "continue\n")
    assert said(lines, "here") == [f"{bump:x}"] * 10
    assert any("No more reverse-execution history" in line for line in lines)
    twin.run()
    assert run.state_hash() == twin.state_hash()
    words = twin.memory(bump, 8)
    shown = [line for line in lines if "<bump>:" in line]
    low, high = int.from_bytes(words[:4], "little"), int.from_bytes(words[4:], "little")
    assert shown == [f"{bump:#x} <bump>:\t{low:#010x}\t{high:#010x}"] * 10


def test_stepi_and_reverse_stepi_meet_the_same_states(gdb: Gdb) -> None:
    run, twin = opened("tour"), opened("tour")
    run.step(440)
    twin.step(440)
    steps = f"stepi\n{HERE}" * 60
    lines = gdb(run, steps + f"reverse-stepi\n{HERE}" * 60)
    expected = []
    for _ in range(60):
        expected.append(f"{twin.step().pc:x}")
    for _ in range(60):
        expected.append(f"{twin.back().pc:x}")
    assert twin.snapshot().traps  # a trap is a step, too
    assert said(lines, "here") == expected
    assert (run.steps, run.state_hash()) == (twin.steps, twin.state_hash())


def test_reverse_continue_meets_breakpoints_in_the_opposite_order(gdb: Gdb) -> None:
    run = opened()
    count = 'printf "count=%ld\\n", $s0\n'
    lines = gdb(
        run,
        "break end\ncontinue\nbreak bump\n"
        + f"reverse-continue\n{count}" * 11
        + HERE
        + f"continue\n{count}" * 3,
    )
    assert said(lines, "count") == [str(n) for n in (*range(10, 0, -1), 0, 1, 2, 3)]
    assert said(lines, "here") == ["1000"]
    assert any("No more reverse-execution history" in line for line in lines)


def test_memory_is_read_and_written_and_devices_are_not_touched(gdb: Gdb) -> None:
    run = opened("echo")
    run.run(limit=500)
    run.send("abc")
    before = run.state_hash()
    lines = gdb(
        run,
        "python\nfor address in (0x10000000, 0x0c200004, 0x101000, 0x02004000):\n"
        " try:\n  gdb.selected_inferior().read_memory(address, 4); print('read')\n"
        " except gdb.MemoryError: print('refused=yes')\nend\n"
        "x/1wx 0x1000\n",
    )
    assert said(lines, "refused") == ["yes"] * 4
    assert "0x1000:\t0x00000297" in lines
    assert run.state_hash() == before
    gdb(run, "set {long}0x80080000 = 0x1122334455667788\nset {char}0x80080001 = 0\n")
    assert run.memory(0x8008_0000, 8) == bytes.fromhex("8800665544332211"[:4]) + bytes.fromhex(
        "665544332211"
    )


def test_changes_are_undone_by_going_back_and_made_again(gdb: Gdb) -> None:
    run = opened()
    show = 'printf "state=%ld %lx %ld\\n", $t2, (unsigned long)$mscratch, *(long*)&other\n'
    lines = gdb(
        run,
        "stepi 20\n"
        + show
        + "set $t2 = 77\nset $mscratch = 0xabc\nset {long}&other = 5\n"
        + show
        + "stepi\n"
        + show
        + "reverse-stepi 5\n"
        + show
        + "stepi 5\n"
        + show,
    )
    first, changed = said(lines, "state")[0], "77 abc 5"
    assert said(lines, "state") == [first, changed, changed, first, changed]
    # The changes are input of the run: a recording of it plays them, too.
    from vmlab.session import load
    from vmlab.trace import recording

    again = load(recording.write(run.recording()))
    assert again.state_hash() == run.state_hash()


def test_a_csr_write_is_legalised(gdb: Gdb) -> None:
    lines = gdb(
        opened(),
        "set $mstatus = 0xffffffffffffffff\nset $mcycle = 1000\n"
        "maintenance flush register-cache\n"
        'printf "mstatus=%lx\\n", $mstatus\nprintf "mcycle=%ld\\n", $mcycle\n'
        "set $satp = 0x1000000000000000\nmaintenance flush register-cache\n"
        'printf "satp=%lx\\n", $satp\n'
        'set $priv = 1\nprintf "priv=%ld\\n", $priv\n',
    )
    twin = opened()
    twin.engine.write_csr(0x300, (1 << 64) - 1)
    assert said(lines, "mstatus") == [f"{twin.engine.read_csr(0x300):x}"]
    assert said(lines, "mcycle") == ["1000"]
    assert said(lines, "satp") == ["0"]
    assert said(lines, "priv") == ["1"]


def test_a_running_guest_is_interrupted(gdb: Gdb) -> None:
    run = opened(EVER)
    lines = gdb(run, f"continue\n{HERE}stepi\n{HERE}", interrupt_s=2.0)
    assert any("SIGINT" in line for line in lines)
    assert len(said(lines, "here")) == 2
    assert run.position > 10_000


def test_the_end_can_be_gone_back_from_and_then_is_an_exit(gdb: Gdb) -> None:
    run = opened()
    lines = gdb(run, f"continue\nreverse-stepi\n{HERE}continue\ncontinue\n")
    assert any("No more reverse-execution history" in line for line in lines)
    assert len(said(lines, "here")) == 1
    assert any("exited normally" in line for line in lines)


def test_the_console_may_go_to_the_client(gdb: Gdb) -> None:
    run = opened("tour")
    lines = gdb(run, "continue\n", console_to_client=True)
    printed = run.console.decode().splitlines()
    assert printed and all(any(text in line for line in lines) for text in printed)


def test_monitor_commands_say_what_the_session_says(gdb: Gdb) -> None:
    run = opened("tour")
    run.run(until=Until.mode("U"))
    lines = gdb(
        run,
        "monitor help\nmonitor info\nmonitor csr satp\nmonitor walk 0x80000000\nmonitor map\n"
        "monitor goto 3\nmonitor back 1\nmonitor nonsense\nmonitor goto -3\nmonitor csr nothing\n",
    )
    text = "\n".join(lines)
    assert "mode U" in text and "ASID" in text and "fetch  0x80000000 ->" in text
    assert "no command 'nonsense'" in text and "expected a CSR of this machine" in text
    assert run.position == 2


def test_physical_addresses_by_request(gdb: Gdb) -> None:
    run = opened("tour")
    run.run(until=Until.mode("U"))
    lines = gdb(
        run,
        "python\ntry:\n gdb.selected_inferior().read_memory(0x80000000, 4); print('read=yes')\n"
        "except gdb.MemoryError: print('read=no')\nend\n"
        "maintenance packet Qqemu.PhyMemMode:1\nmaintenance flush dcache\n"
        "python gdb.selected_inferior().read_memory(0x80000000, 4); print('read=yes')\n",
    )
    assert said(lines, "read") == ["no", "yes"]


@pytest.mark.parametrize("engine", ["t0", "t1"])
@pytest.mark.parametrize(
    ("command", "what", "stops"),
    [("watch", "Hardware", 10), ("rwatch", "Value", 10), ("awatch", "Old value", 20)],
)
def test_watchpoints_stop_after_each_access(
    gdb: Gdb, engine: str, command: str, what: str, stops: int
) -> None:
    run = vmlab.open(LOOP, ram="1M", engine=engine)
    value = 'printf "value=%ld\\n", *(long*)&counter\nx/1i $pc\n'
    lines = gdb(run, f"{command} *(long*)&counter\n" + f"continue\n{value}" * stops + "continue\n")
    sums = [100 + n * (n + 1) // 2 for n in range(11)]
    expected = {
        "watch": sums[1:],
        "rwatch": sums[:-1],
        "awatch": [value for pair in pairwise(sums) for value in pair],
    }
    assert [int(value) for value in said(lines, "value")] == expected[command]
    after = {"watch": {"ret"}, "rwatch": {"add"}, "awatch": {"add", "ret"}}
    codes = {line.split(":\t")[1].split()[0] for line in lines if line.startswith("=> ")}
    assert codes == after[command]
    assert any(what in line for line in lines)
    assert any("the guest passed" in line for line in lines)


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_reverse_continue_finds_who_wrote(gdb: Gdb, engine: str) -> None:
    """The question that going back is for: the last store before the value was wrong."""
    run = vmlab.open(LOOP, ram="1M", engine=engine)
    value = 'printf "value=%ld\\n", *(long*)&counter\n'
    lines = gdb(
        run,
        "break *&end\ncontinue\ndelete\nwatch *(long*)&counter\n"
        + f"reverse-continue\n{value}x/1i $pc\n" * 3,
    )
    assert [int(found) for found in said(lines, "value")] == [145, 136, 128]
    assert sum("sd\tt1,0(s1)" in line for line in lines) == 3
