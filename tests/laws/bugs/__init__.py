"""Monitors with one bug each: the laws must catch every one.

Each is the smallest change of a real monitor that makes the mistake, one or more for each class of
mistakes that monitors are known for. Where the design leaves no room for a mistake as it is usually
made, the nearest one stands here, and `why` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.laws.bugs import assisted, hosts, monitors, shadows
from tests.laws.bugs.shadows import on_shadow
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.host import Host

EQUIVALENCE, CONTROL, EFFICIENCY = "equivalence", "control", "efficiency"
_BY_DESIGN: Final = "no monitor here moves a pc by itself: this one does it afterwards"


@dataclass(frozen=True, slots=True)
class Bug:
    """A row: the class of the mistake, what it is here, and the law that must see it."""

    kind: str
    law: str
    make: Callable[[Host], DirectMonitor]
    name: str
    why: str = ""
    base: str = "trap_emulate"
    """The technique that makes it."""


def _shadow(kind: str, made: type[shadows.Shadow], law: str = EQUIVALENCE, why: str = "") -> Bug:
    return Bug(kind, law, on_shadow(made), made.__name__, why)


def _monitor(kind: str, made: type[DirectMonitor], law: str = EQUIVALENCE, why: str = "") -> Bug:
    return Bug(kind, law, made, made.__name__, why)


def _assisted(kind: str, made: type[DirectMonitor], law: str = EQUIVALENCE, why: str = "") -> Bug:
    return Bug(kind, law, made, made.__name__, why, "hwassist")


BUGS: Final = (
    _shadow("lost U bit", shadows.ForgetsUser,
            why="each leaf has U = 1; whose page it is, the choice of the table says"),
    _shadow("stale shadow after an ASID is used again", shadows.KeyedByAsid),
    _monitor("SPIE not copied", monitors.SpieNotCopied,
             why="the description delivers traps: this one puts SPIE back afterwards"),
    _monitor("wrong cause for ecall", monitors.WrongEcallCause),
    _monitor("pc + 4 on a compressed instruction", monitors.AlwaysFourBytes, why=_BY_DESIGN),
    _shadow("SUM ignored", shadows.ForgetsSum),
    _shadow("MXR ignored", shadows.ForgetsMxr),
    _monitor("time leak", monitors.TimeLeaks),
    _monitor("time leak", monitors.ReadsRealTime),
    _monitor("reservation leak", monitors.ReservationKept),
    _monitor("reservation leak", monitors.ReservationLost),
    _monitor("FS not merged", monitors.FsNotMerged),
    _shadow("superpage split wrongly", shadows.SplitsWrongly),
    _shadow("superpage split wrongly", shadows.ForgetsPieces),
    _monitor("D set too early", monitors.DirtyTooEarly),
    _monitor("D set too late", monitors.DirtyTooLate),
    _monitor("timer injected while masked", monitors.TimerWhileMasked),
    _monitor("timer injected while masked", monitors.TimerAlwaysOpen),
    _monitor("timer not injected", monitors.TimerForgotten),
    _monitor("fence narrowed", monitors.FenceNarrowed),
    _shadow("fence narrowed", shadows.FencesOneContext),
    _shadow("fence not carried on to the TLB", shadows.NoFlush),
    _monitor("guest value in a real CSR", monitors.GuestValueInRealCsr, CONTROL),
    _monitor("guest value in a real CSR", monitors.GuestEnvironment, CONTROL),
    _monitor("tval trusted where it may be 0", monitors.TrustsTval),
    _monitor("tval rounded", monitors.TrueFaultHidden),
    _monitor("Svade where Svadu was promised", monitors.SvadeForced),
    _monitor("illegal instruction skipped", monitors.IllegalSkipped),
    _monitor("bound of RAM checked too late", hosts.MapsBehindRam, CONTROL),
    _monitor("tables in the guest's memory", hosts.TablesInGuest, CONTROL),
    _shadow("the monitor's table mapped", hosts.LeavesTableWritable, CONTROL),
    _monitor("slice that does not end", hosts.NoSliceEnd, CONTROL),
    _monitor("slice that does not end", hosts.TimerOff, CONTROL),
    _monitor("registers left at a world switch", hosts.FloatsNotSwitched, CONTROL),
    _monitor("another machine's memory written", hosts.WritesNeighbour, CONTROL),
    _monitor("needless exits", hosts.ForgetsAtEachExit, EFFICIENCY),
    _monitor("needless emulation", hosts.EmulatesOn, EFFICIENCY),
    _assisted("time leak", assisted.DeltaForgotten),
    _assisted("real counters shown", assisted.ShowsInstret),
    _assisted("FS not merged", assisted.FloatAlwaysOn),
    _assisted("timer not injected", assisted.TimerNotGiven),
    _assisted("a word left behind at an exit", assisted.EnablesLost),
    _assisted("memory of the machine before", assisted.KeepsStage, CONTROL),
    _assisted("memory of the machine before", assisted.NoFlushAtSwitch, CONTROL),
    _assisted("slice that does not end", assisted.SliceNotArmed, CONTROL),
    _assisted("guest value in a real CSR", assisted.DelegatesForM, CONTROL),
)  # fmt: skip
