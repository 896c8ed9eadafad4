"""A guest's path on the bare machine, counted by hand and counted."""

from __future__ import annotations

from vmlab.vmm.laws.hostile import Hostile
from vmlab.vmm.laws.kernels.program import board
from vmlab.vmm.laws.tracing import trace

PATH = Hostile(
    "path",
    "be counted",
    """
    la t0, handler
    csrw stvec, t0          # sensitive
    rdtime a0               # sensitive, and a counter
    li t1, 100
    add a0, a0, t1
    csrw stimecmp, a0       # sensitive; a deadline
    li a0, 1
    slli a0, a0, 28
    lbu a1, 5(a0)           # a device
    sfence.vma              # sensitive
    csrr a0, mstatus        # an illegal instruction
handler:
    csrr a0, scause         # sensitive
    csrw sie, x0            # sensitive
    li a0, -1
    csrw stimecmp, a0       # sensitive; a deadline
    li a7, 8
    ecall                   # a call of firmware
""",
).payload()


def test_each_kind_is_counted_once() -> None:
    path = trace(board(), PATH, 1_000)
    assert path.sensitive == 7
    assert path.counters == 1
    assert path.deadlines == 2
    assert path.devices == 1
    assert (path.exceptions, path.illegal, path.access_faults) == (1, 1, 0)
    assert path.firmware_calls == 1
    assert path.waits == path.misses == path.table_stores == 0
    # Its own page and the UART's; its own page once more behind the fence.
    assert path.untranslated == 3
    assert path.pages == 1
