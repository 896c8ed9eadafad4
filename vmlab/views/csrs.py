"""Decoded control and status registers: the value, its fields, and what it means in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import Mode
from vmlab.core.units import format_hex
from vmlab.isa.csrs import CSRS
from vmlab.session.snapshot import Snapshot
from vmlab.views import believed
from vmlab.views.csr_meaning import meaning
from vmlab.views.names import Symbols
from vmlab.views.phrase import NOTHING, Phrase, described, say
from vmlab.views.table import Table, Translate, render

FIRST: Final = (
    "mstatus", "mcause", "mepc", "mtval", "mtvec", "medeleg", "mideleg", "mie", "mip",
    "sstatus", "scause", "sepc", "stval", "stvec", "satp", "sie", "sip",
)  # fmt: skip
"""The registers that traps and paging turn on: shown at once, the others on request."""

OF_GUEST: Final = ("hstatus", "hgatp")
"""Shown first while there is a guest: what its hypervisor says about it."""
_OF_HYPERVISOR: Final = ("htval", "htinst", "hedeleg", "hideleg", "hvip")
_PAIRED: Final = tuple(name for real in believed.NAMES for name in (str(CSRS[real].virtual), real))
"""Shown next while there is a guest: each CSR of VS, and the one whose name it bears then."""
FIRST_WITH_GUEST: Final = (
    *OF_GUEST, *_PAIRED, *_OF_HYPERVISOR, *(name for name in FIRST if name not in _PAIRED),
)  # fmt: skip
"""All that is shown at once while there is a guest."""
_BELIEVED_AS: Final = {str(CSRS[real].virtual): real for real in believed.NAMES}

_WIDE: Final = 3
"""A field of more bits than this is an address or a number, not a box to draw."""
_FIXED: Final = frozenset({"UXL", "SXL", "VSXL", "SD", "MODE", "Interrupt"})
"""Fields that cannot change here, tvec's MODE, which the meaning spells out, and SD, which FS
says."""
_MODE_FIELDS: Final = frozenset({"MPP", "SPP"})


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One small field of a CSR. `text` is its value as drawn: `1`, or `S` for a mode."""

    name: str
    text: str
    meaning: Phrase
    changed: bool


@dataclass(frozen=True, slots=True)
class CsrRow:
    """One CSR. `was` is its value at the previous stop when it changed, else None."""

    name: str
    number: int
    level: str
    """`M`, `HS`, `S` or `U`: the lowest mode that may touch it."""
    value: int
    was: int | None
    fields: tuple[FieldRow, ...]
    meaning: Phrase
    first: bool
    """Whether it belongs to the few that are shown at once."""
    whose: Phrase = NOTHING
    """While there is a guest, of the CSRs that it has twice: believed or real."""

    @property
    def changed(self) -> bool:
        """Whether the value differs from the one at the previous stop."""
        return self.was is not None


def _field_text(name: str, value: int) -> str:
    if name in _MODE_FIELDS and value in Mode._value2member_map_:
        return Mode(value).name
    return str(value)


def fields_of(name: str, value: int, was: int) -> tuple[FieldRow, ...]:
    """The narrow fields; two-bit counts of 64-bit words (UXL, SXL) say nothing here."""
    made = []
    for field in CSRS[name].fields:
        if field.high - field.low >= _WIDE or field.name in _FIXED:
            continue
        now = field.of(value)
        made.append(
            FieldRow(
                field.name,
                _field_text(field.name, now),
                described(field.meaning),
                now != field.of(was),
            )
        )
    return tuple(made)


def has_guest(snapshot: Snapshot) -> bool:
    """Whether a hypervisor has set up a guest: V is 1, or hgatp or vsatp translates."""
    csrs = snapshot.now.csrs
    return snapshot.now.virtual or bool(csrs.get("hgatp", 0) | csrs.get("vsatp", 0))


def shown_at_once(snapshot: Snapshot) -> tuple[str, ...]:
    """The names of the few, in the order in which they stand."""
    if not has_guest(snapshot):
        return FIRST
    # vstimecmp alone is no pair: a hart without Sstc has nothing that VS could take it for.
    return tuple(
        name for name in FIRST_WITH_GUEST if _BELIEVED_AS.get(name, name) in snapshot.now.csrs
    )


def world(snapshot: Snapshot) -> Phrase:
    """What V = 1 or V = 0 means for the names of S."""
    if snapshot.now.virtual:
        return Phrase("the guest runs: S's names reach VS's CSRs")
    return Phrase("the guest does not run: S's names reach HS's CSRs")


def _whose(name: str) -> Phrase:
    if name in _BELIEVED_AS:
        return say("VS believes this is {name}", name=_BELIEVED_AS[name])
    return Phrase("real, of HS") if name in believed.NAMES else NOTHING


def rows(snapshot: Snapshot, only_first: bool = False) -> tuple[CsrRow, ...]:
    """The CSRs: those shown at once in their order, then (unless `only_first`) the others by
    number."""
    now = snapshot.now.csrs
    before = now if snapshot.before is None else snapshot.before.csrs
    symbols = Symbols(snapshot.symbols)
    guest, at_once = has_guest(snapshot), shown_at_once(snapshot)
    others = (
        [] if only_first else sorted(now.keys() - set(at_once), key=lambda name: CSRS[name].number)
    )
    made = []
    for name in (*(name for name in at_once if name in now), *others):
        value, was = now[name], before.get(name, now[name])
        csr = CSRS[name]
        made.append(
            CsrRow(
                name,
                csr.number,
                "HS" if csr.is_hypervisor else csr.lowest_mode.name,
                value,
                None if value == was else was,
                fields_of(name, value, was),
                meaning(name, value, symbols),
                name in at_once,
                _whose(name) if guest and name in at_once else NOTHING,
            )
        )
    return tuple(made)


def table(csrs: tuple[CsrRow, ...]) -> Table:
    """The twin of these rows. `*` stands for the changed mark of the picture."""
    guest = any(row.whose for row in csrs)
    return Table(
        Phrase("Control and status registers"),
        (
            Phrase("Name"),
            *((Phrase("Believed or real"),) if guest else ()),
            Phrase("Number"),
            Phrase("Value"),
            Phrase("Fields"),
            Phrase("Meaning"),
            Phrase("Changed from"),
        ),
        tuple(
            (
                row.name,
                *((row.whose,) if guest else ()),
                f"{row.number:#05x}",
                format_hex(row.value),
                " ".join(
                    f"{'*' if field.changed else ''}{field.name}={field.text}"
                    for field in row.fields
                ),
                row.meaning,
                "" if row.was is None else f"* {format_hex(row.was)}",
            )
            for row in csrs
        ),
        Phrase("No control and status registers."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The CSRs as lines of text."""
    return render(table(rows(snapshot)), translate)
