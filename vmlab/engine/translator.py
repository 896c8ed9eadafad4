"""T2: hot pages of RAM translated (`derive.t2`), compiled, and linked into T1's loop.

T1 says which places jumps lead to often. Their page becomes one function, which T1 calls whenever
it comes to one of its entries. T1's cache of decoded code is what knows which code is still true: a
store into it drops the region in T1's own words, before the guest's next instruction. So a region
that is entered is true, and here is only decided what is worth making.

A unit that is dropped is kept: code that comes back (a step back, a keyframe, a page that lost its
slot) is linked again without compiling.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Final

from vmlab.core.bits import align_down
from vmlab.core.pieces import Pieces
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.derive.t1 import layout
from vmlab.derive.t1.layout import NEVER_HOT
from vmlab.derive.t1.numbers import Drop, Out
from vmlab.engine.compiling import on_the_spot
from vmlab.engine.effort import Effort
from vmlab.engine.hosts.host import Joined
from vmlab.engine.printing import Job, Turns
from vmlab.engine.regionwords import RegionWords
from vmlab.engine.t1words import Words
from vmlab.engine.translations import Change, Translated, TranslationCounters, TranslationEvent, Why
from vmlab.engine.units import Unit, made_of, may_be_entered
from vmlab.isa.state import ISA, RETIRED
from vmlab.machine.platform import Machine

PIECE_INSNS: Final = 1 << 19
"""While something is printed or compiles, a run comes back here so often: T1 takes a few
milliseconds for them."""
MOST_KEPT: Final = 6
"""Units of a page that are kept, true or not."""
MOST_EVENTS: Final = 256
_HOT: Final = int(Out.HOT)
_WHY: Final = {Drop.WRITTEN: Why.WRITTEN, Drop.SLOT_TAKEN: Why.SLOT_TAKEN}


class Translator:
    """The translated pages of one machine. `joined` is T1's module, which calls them."""

    def __init__(self, machine: Machine, words: Words, joined: Joined, effort: Effort) -> None:
        self._machine = machine
        self._w = words
        self._joined = joined
        self._effort = effort
        self._regions = RegionWords(words)
        self._known: dict[int, list[Unit]] = defaultdict(list)
        """By page, the newest last."""
        self._linked: dict[int, Unit] = {}
        """By slot."""
        self._jobs: dict[int, Job] = {}
        """What is printed or compiles, by page, in the order in which they became hot."""
        self._turns = Turns(effort.turn_s if effort.background else None)
        self._patience: dict[int, int] = {}
        """Hot places of a page that are passed over before it is translated again."""
        self._made: dict[int, int] = defaultdict(int)
        self._drops_seen = 0
        self._stops: frozenset[int] = frozenset()
        self._log: deque[TranslationEvent] = deque(maxlen=MOST_EVENTS)
        self._translated = self._invalidated = self._recycles = self._wasm_bytes = 0
        words[layout.HEAT_PERIOD] = words[layout.HEAT_TICKS] = effort.period
        words[layout.HEAT_LIMIT] = effort.looks
        words[layout.HEAT_LEAST] = effort.least_left
        words.emptied = self._emptied

    # Running -------------------------------------------------------------------------------------

    def run(self, loop: Callable[[], int]) -> int:
        """T1's loop, until something ends the run that is no business of the translator's."""
        if not self._jobs:
            out = loop()
            if out != _HOT:
                return out
            self._hot()
        w = self._w
        end = w[layout.END]
        while True:
            if self._jobs:
                self._advance()
                w[layout.END] = min(end, w[RETIRED] + PIECE_INSNS) if self._jobs else end
            out = loop()
            if out == _HOT:
                self._hot()
            elif out != Out.BUDGET or w[layout.END] == end:
                return out
            elif not self._jobs:
                w[layout.END] = end

    def _hot(self) -> None:
        """Jumps have come often enough to HOT_ENTRY."""
        self._note_drops()
        slot, offset = self._regions.place_of(self._w[layout.HOT_ENTRY])
        page = self._regions.page_of(slot)
        self._regions.set_heat(slot, [offset], 0)
        if page in self._jobs:
            self._jobs[page].entries.add(offset)
            return
        unit = self._find(page, offset)
        if unit is not None:
            self._link(unit, slot, Why.SAME_CONTENT)
        elif not may_be_entered(self._content(page), offset, self._stops, self._isa):
            self._regions.set_heat(slot, [offset], NEVER_HOT)
        elif self._may_translate(page):
            address = align_down(self._machine.hart.pc, PAGE_SIZE_BYTES)
            self._jobs[page] = Job(page, {offset}, address)
            self._advance()

    def _find(self, page: int, offset: int) -> Unit | None:
        """A unit of the page that is true and may be entered there."""
        content = self._content(page)
        for unit in reversed(self._known[page]):
            fits = offset in unit.region.labels and unit.fits(self._stops)
            if fits and not unit.slot and unit.is_true_of(content):
                return unit
        return None

    def _may_translate(self, page: int) -> bool:
        waits = self._patience.get(page, 0)
        self._patience[page] = max(0, waits - 1)
        return waits == 0

    def _advance(self) -> None:
        """Print for a turn, and link what has been compiled."""
        for page, job in list(self._jobs.items()):
            if job.code is not None:
                continue
            if job.pieces is None:
                job.pieces = self._printing(job)
            if not self._turns.take(job):
                break
            if job.unit is None or not self._is_wanted(job.unit):
                del self._jobs[page]
                continue
            self._compile(job, job.unit)
        self._link_finished()

    def _printing(self, job: Job) -> Pieces[None]:
        """The job's unit, in pieces: of the page as it is when this begins, with all entries that
        are hot by then."""
        page, entries = job.page, job.entries
        slot = self._regions.slot_of(page)
        live = self._linked.get(slot) if slot else None
        if slot:
            heat = self._regions.heat(slot)
            # Whatever was met once: what is left out now asks for another translation soon.
            met = (heat > 0) & (heat != NEVER_HOT)
            entries |= {2 * int(half) for half in met.nonzero()[0]}
        if live is not None:
            entries |= set(live.region.labels)
        stops = self._stops
        unit = yield from made_of(page, self._content(page), entries, stops, self._isa)
        if unit is not None:
            unit.address = job.address
        job.unit = unit
        slot = self._regions.slot_of(page)
        refused = entries if unit is None else entries - set(unit.region.labels)
        if slot and self._stops == stops:
            self._regions.set_heat(slot, refused, NEVER_HOT)

    def _is_wanted(self, unit: Unit) -> bool:
        """Whether it can be entered where what is linked now cannot, and its page is as it was."""
        live = self._linked.get(self._regions.slot_of(unit.page))
        if live is not None and set(unit.region.labels) <= set(live.region.labels):
            return False
        self._translated += 1
        unit.why = Why.HOT if live is None else Why.MORE_ENTRIES
        self._made[unit.page] += 1
        over = self._made[unit.page] - self._effort.eager
        self._patience[unit.page] = 0 if over < 0 else min(1 << over, self._effort.longest_wait)
        return not self._is_late(unit)

    def _compile(self, job: Job, unit: Unit) -> None:
        unit.generate_seconds = job.seconds
        if self._effort.background:
            job.code = self._joined.compiling(unit.wasm)
        else:
            job.code = on_the_spot(lambda: self._joined.compile(unit.wasm))

    def _is_late(self, unit: Unit) -> bool:
        """A page may be written, or get a breakpoint, while it is printed and compiled: what was
        made of it is thrown away then."""
        changed = not unit.is_true_of(self._content(unit.page))
        if not changed and unit.fits(self._stops):
            return False
        self._invalidated += changed
        self._note(Change.DROPPED, unit.page, Why.WRITTEN if changed else Why.BREAKPOINT)
        return True

    def _link_finished(self) -> None:
        self._note_drops()
        for page, job in list(self._jobs.items()):
            if not job.is_over:
                continue
            del self._jobs[page]
            assert job.unit is not None and job.code is not None
            unit, code = job.unit, job.code.result()
            if self._is_late(unit):
                continue
            if self._is_full(len(unit.wasm)):
                self.recycle(page)
            unit.compile_seconds = job.code.seconds
            unit.function = self._joined.join(code)
            self._wasm_bytes += len(unit.wasm)
            known = self._known[page]
            known.append(unit)
            while len(known) > MOST_KEPT:
                self._forget(next(one for one in known if not one.slot))
            slot = self._regions.slot_of(page)
            if slot:
                self._link(unit, slot, unit.why)

    def _forget(self, unit: Unit) -> None:
        self._known[unit.page].remove(unit)
        if self._joined.lets_go:
            self._wasm_bytes -= len(unit.wasm)

    # Linking and dropping ------------------------------------------------------------------------

    def _link(self, unit: Unit, slot: int, why: Why) -> None:
        if slot in self._linked:
            self._unlink(slot, Why.MORE_ENTRIES)
        self._joined.put(slot, unit.function)
        self._regions.link(slot, unit.region.labels, unit.covered)
        unit.slot, unit.runs_before = slot, self._regions.runs(slot)
        self._linked[slot] = unit
        change = Change.LINKED if why is Why.SAME_CONTENT else Change.TRANSLATED
        self._note(change, unit.page, why)

    def _unlink(self, slot: int, why: Why, retired: int | None = None) -> None:
        """The region of a slot is entered no more."""
        unit = self._linked.pop(slot)
        if self._regions.is_live(slot):
            self._regions.drop(slot)
        unit.runs += self._regions.runs(slot) - unit.runs_before
        unit.slot, unit.why = 0, why
        self._invalidated += why is Why.WRITTEN
        self._note(Change.DROPPED, unit.page, why, retired)

    def _note_drops(self) -> None:
        """Regions that T1's kernels have dropped since this was last asked."""
        if self._w[layout.DROPS] == self._drops_seen:
            return
        self._drops_seen = self._w[layout.DROPS]
        for slot in [slot for slot in self._linked if not self._regions.is_live(slot)]:
            why, retired = self._regions.dropped(slot)
            self._unlink(slot, _WHY[why], retired)

    def _emptied(self, slot: int) -> None:
        """The page of a slot has been written by somebody else than T1, or may have been."""
        self._note_drops()
        unit = self._linked.get(slot)
        if unit is None:
            return
        if unit.is_true_of(self._content(unit.page)):
            self._regions.lead(slot, unit.region.labels)
        else:
            self._unlink(slot, Why.OUTSIDE)

    def before_write(self, offset: int, length: int) -> None:
        """So many bytes of RAM are about to be written by a device or a monitor."""
        self._note_drops()
        last = offset + length - 1
        for slot, unit in list(self._linked.items()):
            start_at = unit.page << PAGE_BITS
            if start_at <= last and offset < start_at + PAGE_SIZE_BYTES:
                first_in = max(0, offset - start_at)
                if unit.touches(first_in, min(last - start_at, PAGE_OFFSET)):
                    self._unlink(slot, Why.WRITTEN)

    def set_stops(self, addresses: Iterable[int]) -> None:
        """Breakpoints are at these addresses from now on."""
        self._stops = frozenset(address & PAGE_OFFSET for address in addresses)
        self._note_drops()
        for slot, unit in list(self._linked.items()):
            if not unit.fits(self._stops):
                self._unlink(slot, Why.BREAKPOINT)

    def _is_full(self, more_bytes: int) -> bool:
        """Whether so much more WebAssembly would be too much."""
        return (
            self._wasm_bytes + more_bytes > self._effort.most_wasm_bytes
            or self._joined.machine_bytes > self._effort.most_machine_bytes
        )

    def recycle(self, page: int) -> None:
        """All compiled code is given back, and what is hot is translated as if for the first
        time. It was a unit of this page that asked for it. Not while T1 runs."""
        for slot in list(self._linked):
            self._unlink(slot, Why.FULL)
        for kept in (self._known, self._made, self._patience):
            kept.clear()
        self._joined.recycle()
        self._wasm_bytes = 0
        self._recycles += 1
        self._note(Change.RECYCLED, page, Why.FULL)

    @property
    def _isa(self) -> int:
        return int(self._machine.arena.words[ISA.slot])

    def _content(self, page: int) -> memoryview:
        at = page << PAGE_BITS
        return self._machine.arena.ram[at : at + PAGE_SIZE_BYTES]

    # What pictures see ---------------------------------------------------------------------------

    def _note(self, change: Change, page: int, why: Why, retired: int | None = None) -> None:
        when = self._w[RETIRED] if retired is None else retired
        self._log.append(TranslationEvent(when, change, page, why))

    def has_run(self) -> bool:
        """Whether T1 has ever gone into a region."""
        return self._regions.all_runs() > 0

    def log(self) -> tuple[TranslationEvent, ...]:
        """The last changes, the oldest first."""
        self._note_drops()
        return tuple(self._log)

    def counters(self) -> TranslationCounters:
        self._note_drops()
        return TranslationCounters(
            units_translated=self._translated,
            units_executed=self._regions.all_runs(),
            chain_hits=self._w[layout.CHAIN_HITS],
            invalidated=self._invalidated,
            recycles=self._recycles,
            code_bytes=self._wasm_bytes,
            machine_bytes=self._joined.machine_bytes,
        )

    def translations(self) -> tuple[Translated, ...]:
        """Each translated page once, by page: what is linked, else what was last."""
        self._note_drops()
        return tuple(
            self._told(next((one for one in units if one.slot), units[-1]), units)
            for _, units in sorted(self._known.items())
            if units
        )

    def _told(self, unit: Unit, units: Iterable[Unit]) -> Translated:
        runs = sum(one.runs for one in units)
        heat: tuple[tuple[int, int], ...] = ()
        if unit.slot:
            runs += self._regions.runs(unit.slot) - unit.runs_before
        slot = self._regions.slot_of(unit.page)
        if slot:
            counts = self._regions.heat(slot)
            hot = ((counts > 0) & (counts != NEVER_HOT)).nonzero()[0].tolist()
            heat = tuple(sorted(((2 * half, int(counts[half])) for half in hot), key=_by_count))
        return Translated(
            page=unit.page,
            region=unit.region,
            address=unit.address,
            index=unit.slot,
            runs=runs,
            heat=heat,
            generate_seconds=unit.generate_seconds,
            compile_seconds=unit.compile_seconds,
            wasm_bytes=len(unit.wasm),
            live=bool(unit.slot),
            why=unit.why,
        )


def _by_count(place: tuple[int, int]) -> tuple[int, int]:
    return -place[1], place[0]
