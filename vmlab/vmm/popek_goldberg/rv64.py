"""RV64 as something to classify, in four configurations of our own machine.

What M has set is fixed: it is how the machine was given to the monitor, which is in S (for `rv64h`
in HS). So is what the monitor has set for its guest.

`rv64`, `rv64-careless`, `rv64gc`: the pair is S against U, because the monitor is in S and runs the
guest's kernel in U. TVM, TW and TSR are 0: they take satp, wfi and sret away from S, which here is
the monitor itself; a monitor in M would set them against a guest in S. mcounteren gives S the
counters; scounteren keeps them from U, and with `rv64-careless` does not.

`rv64h`: the pair is VS against VU, HS is the monitor. VTVM, VTW and VTSR are 1 and hcounteren is 0,
so that what the hardware does not virtualize traps. S's CSR names reach VS's own CSRs, which are
the guest's: to change them is to change nothing of the monitor's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.derive.disasm import disassemble
from vmlab.isa import state as words
from vmlab.isa.causes import EXCEPTIONS
from vmlab.isa.csr_rules import SSTATUS_WRITE, VS_BITS
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang import Field
from vmlab.isa.layouts import COUNTEREN, ENVCFG, HSTATUS, INTERRUPTS, MSTATUS
from vmlab.isa.table import INSTRUCTIONS
from vmlab.vmm.popek_goldberg.pool import close
from vmlab.vmm.popek_goldberg.rv64_machine import (
    BASES,
    PAGE_VA,
    WHOLLY_OWNED,
    WINDOW_WORDS,
    WORD_BYTES,
    Rv64Machine,
    Split,
)
from vmlab.vmm.popek_goldberg.rv64_rows import POINTER, SOURCES, Form, forms
from vmlab.vmm.popek_goldberg.states import Mode, State
from vmlab.vmm.popek_goldberg.subject import Finding, Names, Row, Subject

IMAGES: Final = 3
"""States that the pool of an instruction word starts from."""
_PC: Final = PAGE_VA + 0x800
_SP: Final = 2
_COUNTERS: Final = COUNTEREN.mask("CY", "TM", "IR")
_S_INTERRUPTS: Final = INTERRUPTS.mask("SSI", "STI", "SEI")
_FS: Final = MSTATUS.mask("FS")

_GIVEN_TO_S: Final = {
    # S may access U's pages, so that no load tells the modes apart by a page fault.
    words.MSTATUS: MSTATUS.mask("SUM"),
    words.MIDELEG: _S_INTERRUPTS,
    words.MEDELEG: sum(1 << cause for cause in EXCEPTIONS),
    words.MCOUNTEREN: _COUNTERS,
    words.MENVCFG: ENVCFG.mask("STCE"),
}
"""What M has set before the monitor starts."""
_OF_S: Final = {
    words.MSTATUS: MSTATUS.mask("SIE", "SPIE", "SPP", "MXR"),
    words.MIE: _S_INTERRUPTS,
    words.MIP: INTERRUPTS.mask("SSI"),
    words.STVEC: MASK64 & ~3,
    words.SSCRATCH: MASK64,
    words.SEPC: MASK64 & ~1,
    words.SCAUSE: MASK64,
    words.STVAL: MASK64,
    words.SENVCFG: ENVCFG.mask("FIOM"),
}
"""The monitor's words that take any value while a guest runs, as masks."""


@dataclass(frozen=True)
class Variant:
    """One configuration: what is fixed, what varies, what is the guest's."""

    isa: str
    doc: str
    config: Mapping[Field, int]
    varied: Mapping[Field, int]
    split: Split = WHOLLY_OWNED
    own: Mapping[Field, int] | None = None
    """Values that the guest's words take, as masks."""
    guest: bool = False


SWITCHED: Final = (words.SCOUNTEREN, words.SENVCFG)
"""S's words that VS has no copies of (hypervisor chapter): while V = 1 they are the guest's, and HS
switches them with the guest, as it does x1 to x31."""

_BASE_ISA: Final = "rv64imac_zicntr_zifencei"
_U: Final = "S against U; the monitor is in S, the guest's kernel in U."

VARIANTS: Final[Mapping[str, Variant]] = {
    "rv64": Variant(
        _BASE_ISA, f"{_U} The counters are kept from U (scounteren = 0).", _GIVEN_TO_S, _OF_S
    ),
    "rv64-careless": Variant(
        _BASE_ISA,
        f"{_U} The counters were left readable in U (scounteren).",
        {**_GIVEN_TO_S, words.SCOUNTEREN: _COUNTERS},
        _OF_S,
    ),
    "rv64gc": Variant(
        "rv64gcb_zicntr_zihpm_sstc_svadu_svinval",
        f"{_U} All that is built, but for the hypervisor extension. FS is the guest's: see below.",
        {**_GIVEN_TO_S, words.MCOUNTEREN: _COUNTERS | COUNTEREN.mask("HPM")},
        {**_OF_S, words.STIMECMP: MASK64},
        Split((words.FFLAGS, words.FRM), (words.F,), {words.MSTATUS: _FS}),
        {words.FFLAGS: 31, words.FRM: 3, words.MSTATUS: _FS},
    ),
    "rv64h": Variant(
        "rv64imach_zicntr_zifencei_sstc_svinval",
        "VS against VU; the monitor is in HS. VTVM, VTW and VTSR are 1, hcounteren and "
        "henvcfg are 0.",
        {
            **_GIVEN_TO_S,
            words.VIRTUAL: 1,
            words.HSTATUS: HSTATUS.mask("VTVM", "VTW", "VTSR"),
            words.HIDELEG: VS_BITS,
        },
        {
            **{word: mask for word, mask in _OF_S.items() if word not in SWITCHED},
            words.STIMECMP: MASK64, words.HTVAL: MASK64, words.HTIMEDELTA: MASK64,
        },
        Split(
            (words.VSSTATUS, words.VSTVEC, words.VSSCRATCH, words.VSEPC, words.VSCAUSE,
             words.VSTVAL, words.VSATP, words.VSTIMECMP, words.HVIP, *SWITCHED),
            (),
            {words.MIE: VS_BITS, words.MIP: INTERRUPTS.mask("VSSI")},
        ),
        {
            words.VSSTATUS: SSTATUS_WRITE & ~_FS, words.VSTVEC: MASK64 & ~3,
            words.VSSCRATCH: MASK64, words.VSEPC: MASK64 & ~1, words.VSCAUSE: MASK64,
            words.VSTVAL: MASK64, words.VSTIMECMP: MASK64,
            words.SCOUNTEREN: _COUNTERS, words.SENVCFG: ENVCFG.mask("FIOM"),
            words.MIE: VS_BITS, words.MIP: INTERRUPTS.mask("VSSI"),
        },
        guest=True,
    ),
}  # fmt: skip


def machine_of(variant: Variant) -> Rv64Machine:
    """A small machine in this configuration."""
    return Rv64Machine(variant.isa, variant.split, variant.config, variant.guest)


def subject(
    name: str,
    seed: int = 0,
    machine: Rv64Machine | None = None,
    instructions: Sequence[Instruction] = INSTRUCTIONS,
) -> Subject:
    """An RV64 configuration to classify. `machine` runs it, a fresh one if none is given;
    `instructions` says which rows there are, and what they are called."""
    variant = VARIANTS[name]
    runs = machine_of(variant) if machine is None else machine
    pool = _images(variant, runs, random.Random(seed))
    names = Names(
        {Mode.SUPERVISOR: "VS", Mode.USER: "VU"} if variant.guest
        else {Mode.SUPERVISOR: "S", Mode.USER: "U"},
        runs.register_names,
        runs.owned,
        lambda operands: disassemble(operands[0], _PC),
        lambda cause: EXCEPTIONS[cause].name,
    )  # fmt: skip
    rows = [
        Row(form.name, runs.step, _pool_of(form, pool)) for form in forms(variant.isa, instructions)
    ]
    return Subject(
        name, variant.isa, variant.doc, names, rows,
        how_virtualized if variant.guest else lambda finding: "",
        _remarks_of(variant),
    )  # fmt: skip


def _remarks_of(variant: Variant) -> Callable[[Sequence[Finding]], tuple[str, ...]]:
    if variant.guest:
        return hardware_virtualizes
    merged = variant.split.fields or {}
    return merged_status if words.MSTATUS in merged else lambda findings: ()


def how_virtualized(finding: Finding) -> str:
    """Under the hypervisor extension: what HS gets, and what the hardware gives VS of its own."""
    if not finding.verdict.runs:
        return "trapped: HS gets it from VS and from VU"
    if finding.verdict.privileged and finding.verdict.innocuous:
        return "virtualized: in VS it runs, and reaches only what is the guest's"
    return ""


def hardware_virtualizes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Under the hypervisor extension a guest's kernel runs in VS itself, so that what is sensitive
    there must not merely trap in VU."""
    direct = [one.name for one in findings if one.verdict.sensitive]
    kinds = [how_virtualized(one) for one in findings]
    counted = "; ".join(f"{kinds.count(kind)} rows {kind}" for kind in dict.fromkeys(kinds) if kind)
    left = f"Sensitive, and running in VS: {', '.join(direct)}." if direct else (
        "Nothing that runs in VS or VU is sensitive, so VS runs directly and needs no emulation "
        "but for what traps."
    )  # fmt: skip
    switched = " and ".join(word.name for word in SWITCHED)
    return (
        f"{counted[0].upper()}{counted[1:]}. {left} {switched} have no copies for VS: they are "
        "counted as the guest's, for HS switches them with it.",
    )


def merged_status(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What is to be said of FS: it is the guest's, in a word that is otherwise the monitor's."""
    writers = [one.name for one in findings if writes_merged(one.row)]
    return (
        "FS of sstatus is counted as the guest's (merged status): the hardware sets it to Dirty in "
        f"U, without a trap, in {len(writers)} rows ({', '.join(writers[:4])}, ...). Were it the "
        "monitor's, those would be control sensitive and not privileged. So a monitor that shows "
        "its guest a virtual sstatus must merge the real FS into it.",
    )


def writes_merged(row: Row) -> bool:
    """True if it changes the merged field, the last of the registers, in user mode."""
    users = [state for state in row.pool if state.mode is Mode.USER]
    ends = ((state, row.step(state)) for state in users)
    return any(
        isinstance(end, State) and end.registers[-1] != state.registers[-1] for state, end in ends
    )


def _pool_of(form: Form, images: list[list[State]]) -> tuple[State, ...]:
    """Each word of a form in a few images; a form of many words takes fewer of each."""
    each = images if len(form.words) <= 4 else images[:1]
    return tuple(
        State(one.mem, one.mode, one.pc, one.base, one.bound, one.registers, one.owned, one.clock,
              (word,))
        for word in form.words
        for image in each
        for one in image
    )  # fmt: skip


def _images(variant: Variant, machine: Rv64Machine, rng: random.Random) -> list[list[State]]:
    """The images, each closed under change of mode and of placement."""
    found = []
    for number in range(IMAGES):
        owned = _owned(variant, machine, rng)
        other = _opposite(variant, machine, owned)
        first = State(
            tuple(rng.getrandbits(64) for _ in range(2 * WINDOW_WORDS)), Mode.SUPERVISOR, _PC,
            BASES[0], WINDOW_WORDS, _registers(variant, machine, rng, number), owned,
            rng.getrandbits(32),
        )  # fmt: skip
        closed = close(first, BASES[1:], [other], [rng.getrandbits(32)])
        found.append([_with_map(machine, state) for state in closed])
    return found


def _with_map(machine: Rv64Machine, state: State) -> State:
    """The state with the map that its base needs: satp or hgatp is R, too."""
    number = BASES.index(state.base)
    owned = machine.with_map(number, state.owned)
    return State(
        state.mem, state.mode, state.pc, state.base, state.bound, state.registers, owned,
        state.clock,
    )  # fmt: skip


def _owned(variant: Variant, machine: Rv64Machine, rng: random.Random) -> tuple[int, ...]:
    owned = machine.configured
    for field, mask in variant.varied.items():
        fixed = machine.word(owned, field) & ~mask
        owned = machine.put(owned, field, fixed | rng.getrandbits(64) & mask)
    return owned


def _opposite(variant: Variant, machine: Rv64Machine, owned: tuple[int, ...]) -> tuple[int, ...]:
    """The words with every bit that varies turned over: whatever one shows, the other does not."""
    for field, mask in variant.varied.items():
        owned = machine.put(owned, field, machine.word(owned, field) ^ mask)
    return owned


def _registers(
    variant: Variant, machine: Rv64Machine, rng: random.Random, number: int
) -> tuple[int, ...]:
    """x, the reservation, and the program's other words."""
    x = [0, *(rng.choice((rng.getrandbits(64), rng.getrandbits(4))) for _ in range(31))]
    x[SOURCES[1]] = x[SOURCES[0]] ^ MASK64
    x[POINTER] = x[_SP] = PAGE_VA + WORD_BYTES * number
    reserved = 1 + WORD_BYTES * number if number % 2 else 0
    own = {field.name: mask for field, mask in (variant.own or {}).items()}
    others = []
    for name in machine.register_names[len(x) + 1 :]:
        mask = own.get(name.removesuffix(" (merged)"), 0 if name in words.FIELDS else MASK64)
        others.append(rng.getrandbits(64) & mask)
    return (*x, reserved, *others)
