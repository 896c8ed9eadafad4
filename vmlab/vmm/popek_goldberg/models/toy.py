"""The toy machine of the museum and of lesson L04: a dozen instructions on S = (E, M, P, R).

Invented for teaching. Three instructions are holes of the kinds that real machines had: `popf` is
ignored in user mode where it should trap (as POPF of IA-32), `gmode` tells the mode (as the
selector in CS does there), and `lra` tells a real address (as LOAD REAL ADDRESS would, were it not
privileged on System/370).
"""

from __future__ import annotations

from vmlab.isa.lang import Value
from vmlab.vmm.popek_goldberg.models.describe import CALL, Kit, Model

toy = Model(
    "toy",
    "A toy machine of teaching",
    "Twelve instructions on (E, M, P, R); three of them are holes of the kinds that real machines "
    "had.",
    registers=("r0", "r1"),
    owned={"mask": (0, 1), "timer": (0, 9, 50), "device": (0, 7, 0x41)},
)
R, MASK, TIMER, DEVICE = toy.R, toy["mask"], toy["timer"], toy["device"]


@toy.instruction("load")
def load(k: Kit, r: Value, a: Value) -> None:
    """r := E[a]"""
    k[R, r] = k[k.at(a)]


@toy.instruction("store")
def store(k: Kit, r: Value, a: Value) -> None:
    """E[a] := r"""
    k[k.at(a)] = k[R, r]


@toy.instruction("add")
def add(k: Kit, r: Value, a: Value) -> None:
    """r := r + a"""
    k[R, r] = k[R, r] + a


@toy.instruction("jump")
def jump(k: Kit, r: Value, a: Value) -> None:
    """pc := a"""
    k.go(a)


@toy.instruction("svc")
def svc(k: Kit, r: Value, a: Value) -> None:
    """Call the supervisor: a trap in either mode."""
    k.trap(CALL, a)


@toy.instruction("lpsw")
def lpsw(k: Kit, r: Value, a: Value) -> None:
    """Load the mode and pc from the word at a: its lowest bit is the mode."""
    k.supervisor_only()
    word = k[k.at(a)]
    k[toy.mode] = word & 1
    k.go(word >> 1)


@toy.instruction("setr")
def setr(k: Kit, r: Value, a: Value) -> None:
    """Load the relocation-bounds register: base from r, bound a."""
    k.supervisor_only()
    k[toy.base] = k[R, r] & 7
    k[toy.bound] = a


@toy.instruction("io")
def io(k: Kit, r: Value, a: Value) -> None:
    """Exchange a register's content with the device's."""
    k.supervisor_only()
    new = k[R, r]
    k[R, r] = k[DEVICE]
    k[DEVICE] = new


@toy.instruction("timer")
def timer(k: Kit, r: Value, a: Value) -> None:
    """Set the interval timer."""
    k.supervisor_only()
    k[TIMER] = k[R, r]


@toy.instruction("popf")
def popf(k: Kit, r: Value, a: Value) -> None:
    """Set the interrupt mask from a register; in user mode nothing happens, and nothing traps."""
    new = k[R, r] & 1
    with k.when(~k.in_user()):
        k[MASK] = new


@toy.instruction("gmode")
def gmode(k: Kit, r: Value, a: Value) -> None:
    """r := the mode"""
    k[R, r] = k[toy.mode]


@toy.instruction("lra")
def lra(k: Kit, r: Value, a: Value) -> None:
    """r := the real address of a"""
    k.at(a)
    k[R, r] = k.real(a)
