"""A part of IA-32 in protected mode: CPL 0 against CPL 3 (J. Robin and C. Irvine, "Analysis of the
Intel Pentium's Ability to Support a Secure Virtual Machine Monitor", USENIX Security 2000; Intel's
Software Developer's Manual, volume 2). Lists of the offenders count differently: none is complete,
nor is this one.

The monitor's choices: IOPL is 0, there is no I/O bitmap, CR4.TSD is set.

The model's choices: CPL is 0 or 3; one descriptor, which all selectors name, with its DPL, base
and limit; a flat stack that all levels share; of EFLAGS, ZF and IF; one gate, for far calls and for
INT n. INT n is a transfer of control through that gate, as Robin and Irvine see it; the exception
that would reach a monitor is general protection (`refused` here). The hidden parts of DS and CS
(their bases) are the program's: they decide what its addresses mean.
"""

from __future__ import annotations

from vmlab.isa.lang import Field, Value
from vmlab.vmm.popek_goldberg.models.describe import PRIVILEGED, SUPERVISOR, USER, Kit, Model

ia32 = Model(
    "ia32",
    "Intel IA-32, protected mode (a subset)",
    "CPL 0 against CPL 3; IOPL is 0, there is no I/O bitmap, CR4.TSD is set.",
    registers=("eax", "ebx", "esp", "zf", "ds", "ds_base", "cs_base"),
    owned={
        "if": (0, 1),
        "gdtr": (0x1000, 0x8000),
        "idtr": (0x2000, 0x9000),
        "ldtr": (0x28, 0x48),
        "tr": (0x30, 0x50),
        "cr0": (0x11, 0x19),
        "cr3": (0x5000, 0x6000),
        "dr7": (0x400, 0x401),
        "dpl": (0, 3),
        "segment_base": (0, 0x100),
        "segment_limit": (0xFF, 0xFFF),
        "gate_dpl": (0, 3),
        "port": (0, 0x42),
        "tlb": (0, 1),
        "halted": (0,),
    },
    modes=("CPL 0", "CPL 3"),
    ranges={"esp": (2, 3, 5), "zf": (0, 1)},
)
R, ESP, ZF = ia32.R, ia32["esp"], ia32["zf"]
IF, DPL, GATE_DPL = ia32["if"], ia32["dpl"], ia32["gate_dpl"]
BASE, LIMIT = ia32["segment_base"], ia32["segment_limit"]

_ZF_AT, _IF_AT, _PC_AT = 6, 9, 10
"""ZF and IF in EFLAGS; in words of our stack the return address stands above them."""
_CODE_SELECTOR = 8


def cpl(k: Kit) -> Value:
    """The current privilege level: the low bits of CS."""
    return k.select(k.in_user(), 3, 0)


def eflags(k: Kit) -> Value:
    return (k[ZF] & 1) << _ZF_AT | (k[IF] & 1) << _IF_AT


def push(k: Kit, word: Value) -> None:
    top = k[ESP] - 1
    place = k.at(top)
    k[place] = word
    k[ESP] = top


def popped(k: Kit) -> Value:
    """The word on top of the stack; `drop` takes it away once nothing can trap any more."""
    return k[k.at(k[ESP])]


def drop(k: Kit) -> None:
    k[ESP] = k[ESP] + 1


def refuse_unless(k: Kit, allowed: Value) -> None:
    """General protection, unless."""
    with k.when(~allowed):
        k.trap(PRIVILEGED, 0)


def accessible(k: Kit) -> Value:
    """The descriptor is not of a more privileged level."""
    return cpl(k).leu(k[DPL])


def restore_flags(k: Kit, word: Value) -> None:
    """ZF for all; IF only at CPL 0 (CPL <= IOPL). Below that it stays, and nothing traps."""
    k[ZF] = word >> _ZF_AT & 1
    with k.when(~k.in_user()):
        k[IF] = word >> _IF_AT & 1


# For every program -------------------------------------------------------------------------------


@ia32.instruction("mov r, m")
def load(k: Kit, r: Value, a: Value) -> None:
    k[R, r] = k[k.at(a)]


@ia32.instruction("mov m, r")
def store(k: Kit, r: Value, a: Value) -> None:
    k[k.at(a)] = k[R, r]


@ia32.instruction("add")
def add(k: Kit, r: Value, a: Value) -> None:
    total = k[R, r] + k[k.at(a)]
    k[R, r] = total
    k[ZF] = total.eq(0).word()


@ia32.instruction("jmp")
def jump(k: Kit, r: Value, a: Value) -> None:
    k.go(a)


@ia32.instruction("jz")
def jump_if_zero(k: Kit, r: Value, a: Value) -> None:
    with k.when(k[ZF].any(1)):
        k.go(a)


@ia32.instruction("call")
def call_near(k: Kit, r: Value, a: Value) -> None:
    """Near: the return address alone."""
    push(k, k.next_pc)
    k.go(a)


@ia32.instruction("ret")
def return_near(k: Kit, r: Value, a: Value) -> None:
    to = popped(k)
    drop(k)
    k.go(to)


@ia32.instruction("push")
def push_register(k: Kit, r: Value, a: Value) -> None:
    push(k, k[R, r])


# Flags -------------------------------------------------------------------------------------------


@ia32.instruction("pushf")
def pushf(k: Kit, r: Value, a: Value) -> None:
    """The real IF is shown, whatever a monitor wants its guest to believe."""
    push(k, eflags(k))


@ia32.instruction("popf")
def popf(k: Kit, r: Value, a: Value) -> None:
    word = popped(k)
    restore_flags(k, word)
    drop(k)


@ia32.instruction("cli")
def cli(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[IF] = 0


@ia32.instruction("sti")
def sti(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[IF] = 1


# System registers: stored by everybody, loaded at CPL 0 only ------------------------------------


def _table_register(name: str, register: Field) -> None:
    @ia32.instruction(f"s{name}")
    def store_it(k: Kit, r: Value, a: Value) -> None:
        k[k.at(a)] = k[register]

    @ia32.instruction(f"l{name}")
    def load_it(k: Kit, r: Value, a: Value) -> None:
        k.supervisor_only()
        k[register] = k[k.at(a)]


def _selector_register(stored: str, loaded: str, register: Field, mask: int) -> None:
    @ia32.instruction(stored)
    def store_it(k: Kit, r: Value, a: Value) -> None:
        k[R, r] = k[register] & mask

    @ia32.instruction(loaded)
    def load_it(k: Kit, r: Value, a: Value) -> None:
        k.supervisor_only()
        k[register] = k[R, r] & mask


_table_register("gdt", ia32["gdtr"])
_table_register("idt", ia32["idtr"])
_selector_register("sldt", "lldt", ia32["ldtr"], 0xFFFF)
_selector_register("str", "ltr", ia32["tr"], 0xFFFF)
_selector_register("smsw", "lmsw", ia32["cr0"], 0xFFFF)


# Descriptors -------------------------------------------------------------------------------------


def _verify(name: str) -> None:
    @ia32.instruction(name)
    def verify(k: Kit, r: Value, a: Value) -> None:
        """ZF tells whether the segment can be accessed from this level."""
        k[ZF] = accessible(k).word()


def _load_about(name: str, what: Field) -> None:
    @ia32.instruction(name)
    def load_about(k: Kit, r: Value, a: Value) -> None:
        """Part of the descriptor, if this level may know it; ZF tells."""
        with k.when(accessible(k)):
            k[R, r] = k[what]
        k[ZF] = accessible(k).word()


_load_about("lar", DPL)
_load_about("lsl", LIMIT)
_verify("verr")
_verify("verw")


@ia32.instruction("mov r, cs")
def mov_from_cs(k: Kit, r: Value, a: Value) -> None:
    """The low bits of the selector are CPL."""
    k[R, r] = cpl(k) | _CODE_SELECTOR


@ia32.instruction("push cs")
def push_cs(k: Kit, r: Value, a: Value) -> None:
    push(k, cpl(k) | _CODE_SELECTOR)


def _load_ds(k: Kit, selector: Value) -> None:
    k[ia32["ds"]] = selector
    k[ia32["ds_base"]] = k[BASE]


@ia32.instruction("mov ds, r")
def mov_to_ds(k: Kit, r: Value, a: Value) -> None:
    """The hidden part comes from the real table, which is the monitor's."""
    refuse_unless(k, accessible(k))
    _load_ds(k, k[R, r])


@ia32.instruction("pop ds")
def pop_ds(k: Kit, r: Value, a: Value) -> None:
    refuse_unless(k, accessible(k))
    selector = popped(k)
    _load_ds(k, selector)
    drop(k)


# Far transfers -----------------------------------------------------------------------------------


def _enter(k: Kit, word: Value) -> None:
    """Through a gate to CPL 0."""
    refuse_unless(k, cpl(k).leu(k[GATE_DPL]))
    push(k, word)
    k[ia32.mode] = SUPERVISOR


def _far_word(k: Kit) -> Value:
    """What a far return finds: whether CPL was 3, and the address behind."""
    return k.in_user().word() | k.next_pc << _PC_AT


def _leave(k: Kit, word: Value) -> None:
    """To the level that the word names, which must not be an inner one."""
    to_user = word.any(1)
    refuse_unless(k, to_user | ~k.in_user())
    k[ia32["cs_base"]] = k[BASE]
    drop(k)
    with k.when(to_user):
        k[ia32.mode] = USER
    k.go(word >> _PC_AT)


@ia32.instruction("call far")
def call_far(k: Kit, r: Value, a: Value) -> None:
    """Through a call gate."""
    _enter(k, _far_word(k))
    k.go(a)


@ia32.instruction("jmp far")
def jump_far(k: Kit, r: Value, a: Value) -> None:
    """To a conforming segment: CPL stays."""
    k[ia32["cs_base"]] = k[BASE]
    k.go(a)


@ia32.instruction("int n")
def int_n(k: Kit, r: Value, a: Value) -> None:
    _enter(k, _far_word(k) | eflags(k))
    k[IF] = 0
    k.go(a)


@ia32.instruction("ret far")
def return_far(k: Kit, r: Value, a: Value) -> None:
    _leave(k, popped(k))


@ia32.instruction("iret")
def iret(k: Kit, r: Value, a: Value) -> None:
    """Not privileged in protected mode: IF is restored at CPL 0 only, as by popf."""
    word = popped(k)
    refuse_unless(k, word.any(1) | ~k.in_user())
    restore_flags(k, word)
    k[ia32["cs_base"]] = k[BASE]
    drop(k)
    with k.when(word.any(1)):
        k[ia32.mode] = USER
    k.go(word >> _PC_AT)


# Privileged --------------------------------------------------------------------------------------


def _control_register(name: str, register: Field) -> None:
    @ia32.instruction(f"mov {name}, r")
    def load_it(k: Kit, r: Value, a: Value) -> None:
        k.supervisor_only()
        k[register] = k[R, r]

    @ia32.instruction(f"mov r, {name}")
    def store_it(k: Kit, r: Value, a: Value) -> None:
        k.supervisor_only()
        k[R, r] = k[register]


_control_register("cr0", ia32["cr0"])
_control_register("cr3", ia32["cr3"])
_control_register("dr7", ia32["dr7"])


@ia32.instruction("clts")
def clts(k: Kit, r: Value, a: Value) -> None:
    """Clear CR0.TS."""
    k.supervisor_only()
    k[ia32["cr0"]] = k[ia32["cr0"]] & ~8


@ia32.instruction("hlt")
def hlt(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[ia32["halted"]] = 1


@ia32.instruction("invlpg")
def invlpg(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[ia32["tlb"]] = k[ia32["tlb"]] + 1


@ia32.instruction("in")
def port_in(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[R, r] = k[ia32["port"]]


@ia32.instruction("out")
def port_out(k: Kit, r: Value, a: Value) -> None:
    k.supervisor_only()
    k[ia32["port"]] = k[R, r]


@ia32.instruction("rdtsc")
def rdtsc(k: Kit, r: Value, a: Value) -> None:
    """Privileged because CR4.TSD is set."""
    k.supervisor_only()
    k[R, r] = k[ia32.clock]
