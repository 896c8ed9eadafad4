"""Where the manuals leave a choice and vmlab does not choose as Spike does: one row, one reason.

Everything else must agree. What the named bits of such a CSR read as is not compared, and the
comparison goes on with Spike's value. Whether the access is *permitted* is always compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.isa.csrs import CSRS


@dataclass(frozen=True)
class Freedom:
    """A CSR, the bits that may differ, the section of the manual, and why they do."""

    name: str
    bits: int
    section: str
    reason: str


FREEDOMS: Final = (
    Freedom(
        "marchid", MASK64, "privileged 3.1.3",
        "names the microarchitecture: Spike has the number 5, vmlab none (0)",
    ),
    Freedom(
        "time", MASK64, "privileged 3.2.1",
        "Spike's clock advances once in 5,000 instructions, vmlab's with each",
    ),
    Freedom(
        "medeleg", 1 << 18 | 1 << 19, "privileged 3.1.8",
        "software check and hardware error: vmlab never raises them and holds their bits at 0",
    ),
    Freedom(
        "hedeleg", 1 << 18 | 1 << 19, "hypervisor 'hedeleg and hideleg'",
        "software check and hardware error, as in medeleg",
    ),
    Freedom(
        "menvcfg", 1, "privileged 3.1.18",
        "FIOM may be read-only 0 only on a hart without translation; Spike holds it at 0 anyway",
    ),
    Freedom("senvcfg", 1, "privileged 10.1.10", "FIOM, as in menvcfg"),
    Freedom("henvcfg", 1, "hypervisor 'henvcfg'", "FIOM, as in menvcfg"),
)  # fmt: skip

FREE_BITS: Final = {CSRS[freedom.name].number: freedom.bits for freedom in FREEDOMS}


@dataclass(frozen=True)
class Absent:
    """CSRs that Spike has and vmlab has not, by number; generated programs do not name them."""

    numbers: frozenset[int]
    reason: str


ABSENT: Final = (
    Absent(
        frozenset({0x5A8, 0x6A8, 0x7A0, 0x7A1, 0x7A2, 0x7A3, 0x7A4, 0x7A8}),
        "scontext, hcontext, tselect, tdata1 to 3, tinfo, mcontext: the debug specification's "
        "triggers (Sdtrig), which Spike has even with --triggers=0 and vmlab does not build",
    ),
)

UNWRITTEN: Final = {
    "misa": "Spike lets software switch M off; vmlab's misa is fixed (privileged 3.1.1)",
    "mcountinhibit": "Spike can stop two counters; vmlab's never stop (privileged 3.1.12)",
}
"""CSRs that generated programs read and do not write."""

PARTIAL_STORE: Final = (
    "Where misaligned accesses are done, a store may cross into a page that faults. Spike has "
    "written the first page's part by then; vmlab checks the whole access before it writes "
    "(unprivileged 2.6 guarantees neither). The comparison goes on with Spike's bytes."
)

FAILING_STORE_CONDITIONAL: Final = (
    "A store-conditional without a reservation, over the end of a range that PMP closes: Spike "
    "was seen to let it fail without a trap, vmlab takes the access fault that the store would. "
    "Generated programs keep store-conditionals off such ends; why Spike does so was not looked up."
)

STORE_CONDITIONAL_GVA: Final = (
    "A store-conditional of M as VS or VU (MPRV with MPV) where nothing can be reserved: tval is a "
    "guest virtual address, so vmlab sets GVA (hypervisor chapter, 'mstatus'). Spike tells V of "
    "the hart itself, 0. The comparison goes on with Spike's bit."
)

FENCE_I: Final = (
    "Spike runs fence.i on a hart without Zifencei; to vmlab it is then no instruction "
    "(unprivileged 1.3: what an opcode of an absent extension does is not specified). Programs are "
    "not made with it; where random data runs as code, the comparison ends before it."
)

INTERNAL: Final = frozenset({"mvip"})
"""CSRs that Spike logs writes of although its hart does not have them here."""

ABSENT_NUMBERS: Final = frozenset().union(*(row.numbers for row in ABSENT))


def free_bits(name: str) -> int:
    """The bits of a CSR that are not compared."""
    csr = CSRS.get(name)
    return FREE_BITS.get(csr.number, 0) if csr else 0
