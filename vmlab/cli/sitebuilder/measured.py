"""Proofs of the museum's pages: small tables whose every number the build measures.

A proof is data and no prose: cells are text of machines, or `@key` for words that a page says in
its own language (`words.toml`). Nothing here is typed by hand; a technique that is not built has
no row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder.recordings import MOST_INSNS, RAM_BYTES, sources, started
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.units import MIB
from vmlab.guests import catalog
from vmlab.guests.build import RECIPES, SOURCES
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.scheduler import SLICE_INSNS, run_all
from vmlab.vmm.common.subject import Monitored, Subject
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.laws.control import beside
from vmlab.vmm.popek_goldberg.catalog import classification, row_of, subject_of
from vmlab.vmm.popek_goldberg.subject import examine
from vmlab.vmm.popek_goldberg.text import instruction_report
from vmlab.vmm.techniques import TECHNIQUES, Profile, Technique

CALLS: Final = 10
"""System calls; twice as many in a second run, so that the difference is exactly so many."""
PART_INSNS: Final = 25_000
SHORT_SLICE_INSNS: Final = 500
VICTIM: Final = 1
SLICE_BESIDE_INSNS: Final = 4_000
"""Short, and still so long that the neighbour comes to its end in as many slices as it gets."""
RAM_BESIDE_BYTES: Final = 4 * MIB
"""Every byte is looked at after each slice, so the guests that are watched are small."""
BAR: Final = "%"
"""A cell that begins so is a fraction, drawn as a bar."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A table, or text that a tool printed."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""


def proof(store: Store, name: str) -> Proof:
    """The proof of this name, measured now or remembered."""

    def make(target: Path) -> None:
        target.write_text(json.dumps(asdict(PROOFS[name]())), "utf-8")

    key = digest([sources(), Path(__file__).read_bytes()])
    found = json.loads(store.get(f"proofs/{name}-{key}.json", make).read_text("utf-8"))
    return Proof(tuple(found["columns"]), tuple(map(tuple, found["rows"])), found["text"])


# What runs -----------------------------------------------------------------------------------


def _natives() -> list[Technique]:
    """The techniques that run the very same image."""
    return [row for row in TECHNIQUES.values() if Profile.NATIVE in row.profiles]


def _ran(name: str, append: str, most: int = MOST_INSNS, disk: int = 0) -> Subject:
    (subject,) = started(name, append, disk)
    subject.run(most)
    subject.settle()
    return subject


def _hash(subject: Subject) -> str:
    return subject.machine.state_hash()[:16]


def _share(fraction: float) -> str:
    return f"{BAR}{fraction:.4f}"


def _several(
    technique: str, commands: Iterable[str], slice_insns: int = SLICE_INSNS
) -> list[Subject]:
    """Virtual machines of one real machine, each with a command line of its own, to their ends."""
    board = guest_platform(RAM_BYTES)
    guests = [(board, payload_of("nano", append=one, ram_bytes=RAM_BYTES)) for one in commands]
    subjects = list(TECHNIQUES[technique].start(guests, "auto"))
    run_all(subjects, MOST_INSNS, slice_insns, lambda: False)
    for subject in subjects:
        subject.settle()
    return subjects


def _image(build: str) -> str:
    return hashlib.sha256(catalog.resolve(f"nano{build}", monitored=True).data).hexdigest()[:16]


# The proofs ------------------------------------------------------------------------------------


def equivalence() -> Proof:
    """One state after the same number of instructions, whoever carries them out."""
    command = f"sys {CALLS}"
    rows = []
    for row in _natives():
        part, whole = _ran(row.name, command, PART_INSNS), _ran(row.name, command)
        cells = (_count(part), _hash(part), _count(whole), _hash(whole))
        rows.append((f"@technique.{row.name}", *cells))
    columns = ("@col.technique", "@col.insns", "@col.hash_part", "@col.insns", "@col.hash_end")
    return Proof(columns, tuple(rows))


def _count(subject: Subject) -> str:
    return f"{subject.counters.instructions:,}"


def efficiency() -> Proof:
    """What share of a guest's instructions the hart itself retires."""
    rows = []
    for row in TECHNIQUES.values():
        shares = (_ran(row.name, one).counters.direct_fraction for one in ("sieve 500", "sys 100"))
        rows.append((f"@technique.{row.name}", *map(_share, shares)))
    return Proof(("@col.technique", "@col.direct_sieve", "@col.direct_sys"), tuple(rows))


def full() -> Proof:
    """The same image everywhere; what it costs is up to what it does."""
    rows = []
    for row in _natives():
        sieve, sys = _ran(row.name, "sieve 500"), _ran(row.name, "sys 100")
        exits = (_per_kilo(sieve.counters), _per_kilo(sys.counters))
        rows.append((f"@technique.{row.name}", _image(row.build), *exits))
    columns = ("@col.technique", "@col.image", "@col.kilo_sieve", "@col.kilo_sys")
    return Proof(columns, tuple(rows))


def _per_kilo(counters: Counters) -> str:
    return f"{1000 * counters.exits_total / counters.instructions:.2f}"


def per_call() -> Proof:
    """Exits of one system call: the difference between two runs, divided."""
    rows = []
    for row in TECHNIQUES.values():
        less, more = (_ran(row.name, f"sys {n}").counters for n in (CALLS, 2 * CALLS))
        grown = more.minus(less)
        exits = grown.exits_total / CALLS
        rows.append((f"@technique.{row.name}", f"{grown.instructions / CALLS:g}", f"{exits:g}"))
    return Proof(("@col.technique", "@col.call_insns", "@col.call_exits"), tuple(rows))


def two_places() -> Proof:
    """One image in two places of real memory."""
    subjects = _several("trap_emulate", [f"sys {CALLS}"] * 2)
    rows = []
    for number, subject in enumerate(subjects):
        assert isinstance(subject, Monitored)
        place = f"{subject.vm.ram_at:#x}"
        rows.append((f"{number + 1}", _image(""), place, _hash(subject)))
    return Proof(("@col.vm", "@col.image", "@col.place", "@col.hash_end"), tuple(rows))


def crash() -> Proof:
    """Three machines; the second's kernel faults. The others end as they would have ended."""
    calm = f"sys {CALLS}"
    beside_crash = _several("trap_emulate", [calm, "panic", calm])
    beside_calm = _several("trap_emulate", [calm, calm, calm])
    rows = []
    for number, (crashed, quiet) in enumerate(zip(beside_crash, beside_calm, strict=True)):
        command = "panic" if number == VICTIM else calm
        same = "@same" if _hash(crashed) == _hash(quiet) else "@differs"
        rows.append((f"{number + 1}", f"`{command}`", _hash(crashed), _hash(quiet), same))
    columns = ("@col.vm", "@col.program", "@col.hash_crash", "@col.hash_calm", "@col.verdict")
    return Proof(columns, tuple(rows))


def one_kernel() -> Proof:
    """A fault of the kernel on the bare machine, and in one of two virtual machines."""
    (bare,) = started("bare", "panic")
    bare.run(MOST_INSNS)
    pair = _several("trap_emulate", ["panic", f"sys {CALLS}"])
    rows = [
        ("@one_kernel", "`panic`", _ended(bare)),
        ("@technique.trap_emulate", "`panic`", _ended(pair[0])),
    ]
    rows.append(("@neighbour", f"`sys {CALLS}`", _ended(pair[1])))
    return Proof(("@col.where", "@col.program", "@col.last_line"), tuple(rows))


def _ended(subject: Subject) -> str:
    """The last line that it printed."""
    return bytes(subject.output).decode("ascii", "replace").strip().splitlines()[-1]


def control() -> Proof:
    """A guest that attacks, beside a neighbour, with the real hart looked at."""
    rows = []
    board = guest_platform(RAM_BESIDE_BYTES)
    for row in TECHNIQUES.values():
        if not row.divides:
            continue
        evil, calm = (
            (board, payload_of(f"nano{row.build}", append=one, ram_bytes=RAM_BESIDE_BYTES))
            for one in ("evil", f"sys {CALLS}")
        )
        with_evil, with_calm = (
            beside(row, guest, calm, slice_insns=SLICE_BESIDE_INSNS) for guest in (evil, calm)
        )
        same = "@same" if with_evil.neighbour == with_calm.neighbour else "@differs"
        looks = f"{with_evil.looks:,}" if with_evil.looks else "@none_needed"
        rows.append((f"@technique.{row.name}", looks, f"{len(with_evil.told)}", same))
    columns = ("@col.technique", "@col.looks", "@col.breaches", "@col.neighbour")
    return Proof(columns, tuple(rows))


def rewritten() -> Proof:
    """The images of the kernel's builds, and what they ask of a monitor."""
    rows = []
    for row in TECHNIQUES.values():
        counters = _ran(row.name, "mmu 1").counters
        asked = f"{counters.hypercalls:,}"
        rows.append(
            (f"@technique.{row.name}", _image(row.build), asked, f"{counters.exits_total:,}")
        )
    columns = ("@col.technique", "@col.image", "@col.hypercalls", "@col.exits")
    return Proof(columns, tuple(rows))


def whose_lines() -> Proof:
    """How much of nano's kernel a paravirtual build takes over, drops and adds; blank lines do not
    count."""

    def files(recipe: str) -> set[str]:
        (found,) = (one for one in RECIPES if one.name == recipe)
        return {file for file in found.files if "nano/" in file and "/user/" not in file}

    def lines(of: set[str]) -> str:
        texts = ((SOURCES / file).read_text("utf-8") for file in of)
        return f"{sum(bool(line.strip()) for text in texts for line in text.splitlines()):,}"

    native = files("nano")
    rows = []
    for row in TECHNIQUES.values():
        if row.build:
            own = files(f"nano{row.build}")
            cells = (lines(native & own), lines(native - own), lines(own - native))
            rows.append((f"@technique.{row.name}", *cells))
    columns = ("@col.technique", "@col.lines_same", "@col.lines_gone", "@col.lines_new")
    return Proof(columns, tuple(rows))


def stepping() -> Proof:
    """One guest on real harts that differ in engine and in the length of a slice."""
    rows = []
    for engine in ("t0", "auto"):
        board = guest_platform(RAM_BYTES)
        payload = payload_of("nano", append=f"sys {CALLS}", ram_bytes=RAM_BYTES)
        (subject,) = TECHNIQUES["hwassist"].start(((board, payload),), engine)
        subject.run(MOST_INSNS)
        subject.settle()
        rows.append((f"@engine.{engine}", "-", f"{subject.counters.exits_total}", _hash(subject)))
    for insns in (SHORT_SLICE_INSNS, SLICE_INSNS):
        subject = _several("hwassist", [f"sys {CALLS}"] * 2, insns)[0]
        exits = f"{subject.counters.exits_total}"
        rows.append(("@two_guests", f"{insns:,}", exits, _hash(subject)))
    return Proof(("@col.hart", "@col.slice", "@col.exits", "@col.hash_end"), tuple(rows))


def walks() -> Proof:
    """What a walk reads when the TLB does not know, with one stage and with two."""
    rows = []
    for name in ("bare", "trap_emulate", "hwassist"):
        one = _ran(name, "mmu 4").counters
        reads = one.pte_reads / one.tlb_misses if one.tlb_misses else 0
        cells = (
            f"{one.tlb_misses:,}",
            f"{one.pte_reads:,}",
            f"{reads:.2f}",
            f"{one.exits_total:,}",
        )
        rows.append((f"@technique.{name}", *cells))
    columns = ("@col.technique", "@col.misses", "@col.reads", "@col.per_miss", "@col.exits")
    return Proof(columns, tuple(rows))


def workloads() -> Proof:
    """Which technique costs least is up to the program."""
    rows = []
    for row in TECHNIQUES.values():
        cells = []
        for program in ("sieve 500", "mmu 4"):
            one = _ran(row.name, program).counters
            cells += [f"{one.exits_total:,}", f"{one.pte_reads:,}"]
        rows.append((f"@technique.{row.name}", *cells))
    columns = (
        "@col.technique",
        "@col.sieve_exits",
        "@col.sieve_reads",
        "@col.mmu_exits",
        "@col.mmu_reads",
    )
    return Proof(columns, tuple(rows))


def output(program: str) -> Callable[[], Proof]:
    """What a guest prints that asks who it is: the same everywhere."""

    def found() -> Proof:
        rows = []
        for row in _natives():
            said = bytes(_ran(row.name, program).output)
            shown = hashlib.sha256(said).hexdigest()[:16]
            rows.append((f"@technique.{row.name}", f"{len(said.splitlines())}", shown))
        return Proof(("@col.technique", "@col.lines", "@col.hash_output"), tuple(rows))

    return found


def classified(isa: str) -> Callable[[], Proof]:
    """What is sensitive and does not trap, with the kinds of its witnesses."""

    def found() -> Proof:
        done = classification(isa, 0)
        rows = []
        for one in done.findings:
            if one.verdict.sensitive and not one.verdict.privileged:
                kinds = dict.fromkeys(f"@claim.{each.claim.name.lower()}" for each in one.witnesses)
                rows.append((f"`{one.name}`", " ".join(kinds)))
        for theorem in done.theorems:
            verdict = "@holds" if theorem.holds else "@fails"
            rows.append((f"@theorem.{theorem.number}", verdict))
        return Proof(("@col.instruction", "@col.silent"), tuple(rows))

    return found


def witness(isa: str, name: str) -> Callable[[], Proof]:
    """The states that show it, as `vmlab classify` prints them."""

    def found() -> Proof:
        subject = subject_of(isa, 0)
        return Proof(text=instruction_report(subject, examine(row_of(subject, name))))

    return found


PROOFS: Final[dict[str, Callable[[], Proof]]] = {
    "equivalence": equivalence,
    "efficiency": efficiency,
    "full": full,
    "per_call": per_call,
    "two_places": two_places,
    "crash": crash,
    "one_kernel": one_kernel,
    "control": control,
    "rewritten": rewritten,
    "whose_lines": whose_lines,
    "stepping": stepping,
    "walks": walks,
    "workloads": workloads,
    "probe": output("probe"),
    "selfsum": output("selfsum"),
    "toy": classified("toy"),
    "popf": witness("ia32", "popf"),
    "ia32": classified("ia32"),
    "pdp10": classified("pdp10"),
    "jrst": witness("pdp10", "jrst 1"),
}
