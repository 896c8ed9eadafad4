"""mip.SEIP: the bit that software writes and the line from outside (privileged manual, 3.1.9)."""

from __future__ import annotations

from tests.unit.programs import PASS, session

SEI, MEI, SSI = 1 << 9, 1 << 11, 1 << 1


def after(source: str, external: int) -> tuple[list[int], int]:
    """Registers and the stored bits of mip after a program that ran with the lines so."""
    run = session(source + PASS)
    run.machine.hart.set_word("external", external)
    run.run(limit=1000)
    return list(run.machine.hart.x), run.machine.hart.word("mip")


def test_reads_see_the_line_and_what_software_wrote() -> None:
    x, _ = after("csrr a0, mip", SEI | MEI)
    assert x[10] == SEI | MEI
    x, stored = after("li t0, 0x200; csrw mip, t0; csrr a0, mip", MEI)
    assert (x[10], stored) == (SEI | MEI, SEI)


def test_setting_another_bit_does_not_store_the_line() -> None:
    x, stored = after("csrrsi a0, mip, 2; csrr a1, mip", SEI | MEI)
    assert (x[10], x[11], stored) == (SEI | MEI, SEI | MEI | SSI, SSI)


def test_clearing_another_bit_does_not_store_the_line() -> None:
    x, stored = after("csrrci a0, mip, 2; csrr a1, mip", SEI)
    assert (x[10], x[11], stored) == (SEI, SEI, 0)


def test_clearing_seip_leaves_the_line() -> None:
    source = "li t0, 0x200; csrw mip, t0; csrrc a0, mip, t0; csrr a1, mip"
    x, stored = after(source, SEI)
    assert (x[10], x[11], stored) == (SEI, SEI, 0)


def test_s_sees_the_line_only_if_delegated_and_cannot_write_it() -> None:
    source = "csrr a0, sip; li t0, 0x200; csrw mideleg, t0; csrc sip, t0; csrr a1, sip"
    x, stored = after(source, SEI)
    assert (x[10], x[11], stored) == (0, SEI, 0)
