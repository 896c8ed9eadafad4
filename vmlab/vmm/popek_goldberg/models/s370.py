"""A part of System/370 (GA22-7000, System/370 Principles of Operation): supervisor and problem
state, and the instructions that change or show what the control program owns.

The model's choices: dynamic address translation is the relocation-bounds register, so loading a
control register of DAT is `lctl` writing base; the PSW is mode, pc, system mask, condition code and
program mask; one channel, one storage key, one prefix. Condition codes of I/O are not modelled.

STORE CLOCK is left out: it is not privileged, and it reads real time. Asked about it, the search
would say what it says about rdtime on a careless RV64; VM/370 let its guests read the real clock,
and Popek and Goldberg except timing from equivalence.
"""

from __future__ import annotations

from vmlab.isa.lang import Value
from vmlab.vmm.popek_goldberg.models.describe import CALL, Kit, Model

s370 = Model(
    "s370",
    "IBM System/370 (a subset)",
    "Supervisor against problem state; address translation stands as a relocation-bounds register.",
    registers=("gr0", "gr1", "cc", "progmask"),
    owned={
        "sysmask": (0, 0x40, 0xFF),
        "key": (0, 3, 9),
        "prefix": (0, 4, 8),
        "channel": (0, 1, 0x190),
        "cpuid": (0x168, 0x158),
        "cputimer": (0, 100, 3000),
        "tlb": (0, 1, 2),
        "waiting": (0,),
    },
    modes=("supervisor", "problem"),
    ranges={"cc": (0, 1, 2, 3), "progmask": (0, 5, 15)},
)
R, CC, PROGMASK = s370.R, s370["cc"], s370["progmask"]
SYSMASK, KEY, PREFIX, CHANNEL = (s370[one] for one in ("sysmask", "key", "prefix", "channel"))
CPUID, CPUTIMER, TLB, WAITING = (s370[one] for one in ("cpuid", "cputimer", "tlb", "waiting"))


# For every program -------------------------------------------------------------------------------


@s370.instruction("l")
def load(k: Kit, r: Value, a: Value) -> None:
    """LOAD"""
    k[R, r] = k[k.at(a)]


@s370.instruction("st")
def store(k: Kit, r: Value, a: Value) -> None:
    """STORE"""
    k[k.at(a)] = k[R, r]


@s370.instruction("la")
def load_address(k: Kit, r: Value, a: Value) -> None:
    """LOAD ADDRESS: the virtual one."""
    k[R, r] = a


@s370.instruction("a")
def add(k: Kit, r: Value, a: Value) -> None:
    """ADD, which sets the condition code."""
    total = k[R, r] + k[k.at(a)]
    k[R, r] = total
    k[CC] = k.select(total.eq(0), 0, 2)


@s370.instruction("bc")
def branch(k: Kit, r: Value, a: Value) -> None:
    """BRANCH ON CONDITION, here on condition code 0."""
    with k.when(k[CC].eq(0)):
        k.go(a)


@s370.instruction("bal")
def branch_and_link(k: Kit, r: Value, a: Value) -> None:
    """BRANCH AND LINK: the right half of the PSW, with condition code and program mask. What the
    control program owns (mode, masks, key) stands in the left half and is not shown."""
    k[R, r] = k.next_pc | (k[CC] & 3) << 28 | (k[PROGMASK] & 15) << 24
    k.go(a)


@s370.instruction("spm")
def set_program_mask(k: Kit, r: Value, a: Value) -> None:
    """SET PROGRAM MASK: the program's own, and the condition code."""
    word = k[R, r]
    k[CC] = word >> 28 & 3
    k[PROGMASK] = word >> 24 & 15


@s370.instruction("svc")
def supervisor_call(k: Kit, r: Value, a: Value) -> None:
    """SUPERVISOR CALL: an interruption in either state."""
    k.trap(CALL, a)


# The PSW -----------------------------------------------------------------------------------------


@s370.instruction("lpsw")
def load_psw(k: Kit, r: Value, a: Value) -> None:
    """LOAD PSW: in the model's word bit 0 is supervisor state, bit 1 the system mask, then pc."""
    k.supervisor_only()
    psw = k[k.at(a)]
    k[s370.mode] = psw & 1
    k[SYSMASK] = k.select(psw.any(2), 0xFF, 0)
    k.go(psw >> 2)


@s370.instruction("ssm")
def set_system_mask(k: Kit, r: Value, a: Value) -> None:
    """SET SYSTEM MASK"""
    k.supervisor_only()
    k[SYSMASK] = k[k.at(a)] & 0xFF


@s370.instruction("stosm")
def store_then_or_system_mask(k: Kit, r: Value, a: Value) -> None:
    """STORE THEN OR SYSTEM MASK"""
    k.supervisor_only()
    old = k[SYSMASK]
    k[k.at(a)] = old
    k[SYSMASK] = old | 0x0F


@s370.instruction("stnsm")
def store_then_and_system_mask(k: Kit, r: Value, a: Value) -> None:
    """STORE THEN AND SYSTEM MASK"""
    k.supervisor_only()
    old = k[SYSMASK]
    k[k.at(a)] = old
    k[SYSMASK] = old & 0x0F


# Storage -----------------------------------------------------------------------------------------


@s370.instruction("lctl")
def load_control(k: Kit, r: Value, a: Value) -> None:
    """LOAD CONTROL, of the register that says where the translation tables are."""
    k.supervisor_only()
    k[s370.base] = k[k.at(a)] & 7


@s370.instruction("stctl")
def store_control(k: Kit, r: Value, a: Value) -> None:
    """STORE CONTROL, of the same register."""
    k.supervisor_only()
    k[k.at(a)] = k[s370.base]


@s370.instruction("lra")
def load_real_address(k: Kit, r: Value, a: Value) -> None:
    """LOAD REAL ADDRESS"""
    k.supervisor_only()
    k.at(a)
    k[R, r] = k.real(a)


@s370.instruction("ptlb")
def purge_tlb(k: Kit, r: Value, a: Value) -> None:
    """PURGE TLB"""
    k.supervisor_only()
    k[TLB] = k[TLB] + 1


@s370.instruction("isk")
def insert_storage_key(k: Kit, r: Value, a: Value) -> None:
    """INSERT STORAGE KEY"""
    k.supervisor_only()
    k[R, r] = k[KEY]


@s370.instruction("ssk")
def set_storage_key(k: Kit, r: Value, a: Value) -> None:
    """SET STORAGE KEY"""
    k.supervisor_only()
    k[KEY] = k[R, r] & 15


@s370.instruction("spx")
def set_prefix(k: Kit, r: Value, a: Value) -> None:
    """SET PREFIX"""
    k.supervisor_only()
    k[PREFIX] = k[k.at(a)]


@s370.instruction("stpx")
def store_prefix(k: Kit, r: Value, a: Value) -> None:
    """STORE PREFIX"""
    k.supervisor_only()
    k[k.at(a)] = k[PREFIX]


# The machine -------------------------------------------------------------------------------------


@s370.instruction("sio")
def start_io(k: Kit, r: Value, a: Value) -> None:
    """START I/O"""
    k.supervisor_only()
    k[CHANNEL] = k[R, r]


@s370.instruction("tch")
def test_channel(k: Kit, r: Value, a: Value) -> None:
    """TEST CHANNEL: the condition code tells whether it works."""
    k.supervisor_only()
    k[CC] = k.select(k[CHANNEL].eq(0), 0, 2)


@s370.instruction("stidp")
def store_cpu_id(k: Kit, r: Value, a: Value) -> None:
    """STORE CPU ID"""
    k.supervisor_only()
    k[k.at(a)] = k[CPUID]


@s370.instruction("spt")
def set_cpu_timer(k: Kit, r: Value, a: Value) -> None:
    """SET CPU TIMER"""
    k.supervisor_only()
    k[CPUTIMER] = k[k.at(a)]


@s370.instruction("stpt")
def store_cpu_timer(k: Kit, r: Value, a: Value) -> None:
    """STORE CPU TIMER"""
    k.supervisor_only()
    k[k.at(a)] = k[CPUTIMER]


@s370.instruction("sck")
def set_clock(k: Kit, r: Value, a: Value) -> None:
    """SET CLOCK"""
    k.supervisor_only()
    k[s370.clock] = k[k.at(a)]
