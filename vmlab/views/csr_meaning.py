"""What the value of a CSR means, in words, for the few where the bits alone do not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vmlab.core.units import PAGE_BITS
from vmlab.isa.layouts import HGATP, PMPCFG, SATP, TVEC
from vmlab.isa.system.walk import BARE, FORMATS, IMPLICIT_READ, IMPLICIT_WRITE
from vmlab.views.names import Symbols, cause_name, cause_tag, short_hex, split_cause
from vmlab.views.phrase import NOTHING, Phrase, described, say

_TRANSLATION: Final = {fmt.number: fmt.name for fmt in FORMATS}
_LIST_LIMIT: Final = 3
_PMP_MATCHING: Final = ("off", "TOR", "NA4", "NAPOT")


def _cause(value: int, _symbols: Symbols) -> Phrase:
    """mcause, scause (privileged manual, 3.1.15)."""
    if value == 0:
        # What reset leaves is also a cause.
        return say("0: no trap yet, or {name}", name=cause_name(0, False))
    cause, interrupt = split_cause(value)
    return say("{tag} {name}", tag=cause_tag(cause, interrupt), name=cause_name(cause, interrupt))


def _vector(value: int, symbols: Symbols) -> Phrase:
    """mtvec, stvec (3.1.7): the low two bits choose direct or vectored."""
    base = value & TVEC["BASE"].mask
    where = symbols.near(base) or short_hex(base)
    vectored = TVEC["MODE"].of(value) == 1
    return say("vectored from {where}" if vectored else "direct, {where}", where=where)


def _translation(value: int, _symbols: Symbols) -> Phrase:
    """satp (4.1.11): MODE, ASID and the page number of the root table."""
    mode = SATP["MODE"].of(value)
    if mode == BARE:
        return Phrase("Bare: no translation")
    return say(
        "{mode}, asid {asid}, root table at pa {root}",
        mode=_TRANSLATION.get(mode, str(mode)),
        asid=SATP["ASID"].of(value),
        root=short_hex(SATP["PPN"].of(value) << PAGE_BITS),
    )


def _guest_translation(value: int, _symbols: Symbols) -> Phrase:
    """hgatp (hypervisor chapter): MODE, VMID and the page number of the root, of 16 KiB."""
    mode = HGATP["MODE"].of(value)
    if mode == BARE:
        return Phrase("Bare: guest-physical addresses are physical")
    return say(
        "{mode}x4, vmid {vmid}, root table at pa {root}",
        mode=_TRANSLATION.get(mode, str(mode)),
        vmid=HGATP["VMID"].of(value),
        root=short_hex(HGATP["PPN"].of(value) << PAGE_BITS),
    )


def _guest_address(value: int, _symbols: Symbols) -> Phrase:
    """htval, mtval2: a guest-physical address, shifted right by 2."""
    return say("gpa {gpa}", gpa=short_hex(value << 2)) if value else NOTHING


_PSEUDO: Final = {
    IMPLICIT_READ: Phrase("the walk of the VS-stage read an entry"),
    IMPLICIT_WRITE: Phrase("the walk of the VS-stage wrote an entry (A, D)"),
}


def _instruction(value: int, _symbols: Symbols) -> Phrase:
    """htinst, mtinst: what was doing it, where the address alone does not tell."""
    return _PSEUDO.get(value, NOTHING)


def _where(value: int, symbols: Symbols) -> Phrase:
    """mepc, sepc, vsepc: the symbol."""
    near = symbols.near(value)
    return NOTHING if near is None else described(near)


def _exceptions(value: int, _symbols: Symbols) -> Phrase:
    """medeleg (3.1.8): the causes whose bit is set, by name while they are few."""
    chosen = [cause for cause in range(64) if value >> cause & 1]
    if not chosen:
        return Phrase("none")
    if len(chosen) > _LIST_LIMIT:
        return say("causes {tags}", tags=", ".join(map(str, chosen)))
    return _listed([cause_name(cause, False) for cause in chosen])


def _listed(phrases: Sequence[Phrase]) -> Phrase:
    """One or more phrases, in a row."""
    listed = phrases[0]
    for one in phrases[1:]:
        listed = say("{rest}; {name}", rest=listed, name=one)
    return listed


def _pmp_entries(value: int, _symbols: Symbols) -> Phrase:
    """pmpcfg (3.7.1): eight bytes of L, A, X, W, R; those that are off are left out."""
    said = []
    for at in range(8):
        entry = value >> at * 8
        kind = _PMP_MATCHING[PMPCFG["A"].of(entry)]
        if kind != "off":
            rights = "".join(right if PMPCFG[right].of(entry) else "-" for right in "RWX")
            one = f"{at}: {kind} {rights}"
            is_locked = PMPCFG["L"].of(entry)
            said.append(say("{entry} locked", entry=one) if is_locked else described(one))
    return _listed(said) if said else Phrase("all entries off")


_MEANINGS: Final[dict[str, Callable[[int, Symbols], Phrase]]] = {
    "mcause": _cause,
    "scause": _cause,
    "mtvec": _vector,
    "stvec": _vector,
    "mepc": _where,
    "sepc": _where,
    "vsepc": _where,
    "satp": _translation,
    "vsatp": _translation,
    "hgatp": _guest_translation,
    "htval": _guest_address,
    "mtval2": _guest_address,
    "htinst": _instruction,
    "mtinst": _instruction,
    "vscause": _cause,
    "vstvec": _vector,
    "medeleg": _exceptions,
    "hedeleg": _exceptions,
    "pmpcfg0": _pmp_entries,
    "pmpcfg2": _pmp_entries,
}


def meaning(name: str, value: int, symbols: Symbols) -> Phrase:
    """The value in words, or nothing where hexadecimal and fields say all there is."""
    decode = _MEANINGS.get(name)
    return NOTHING if decode is None else decode(value, symbols)
