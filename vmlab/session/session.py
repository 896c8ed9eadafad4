"""The only control surface: interface, notebooks, command line and graders all drive this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmlab.core.errors import BadInput
from vmlab.core.events import TrapReturn, TrapTaken
from vmlab.core.units import PAGE_BITS
from vmlab.engine.api import Watch
from vmlab.machine import memmap
from vmlab.session import observe
from vmlab.session.conditions import Condition, parse
from vmlab.session.frames import FrameRun, guest_uses
from vmlab.session.inputs import packed
from vmlab.session.log import SHOWN_EVENTS
from vmlab.session.look import MemoryRow
from vmlab.session.opening import arguments_of, start_of
from vmlab.session.places import address_of, watch_at
from vmlab.session.regions import Part, Region, loaded, regions
from vmlab.session.snapshot import CodeLine, Reason, Snapshot, Status
from vmlab.session.tables import Tree
from vmlab.session.tlb import TlbEntry, tlb_entries
from vmlab.session.translations import Translations, translations
from vmlab.session.travel import Traveller
from vmlab.session.until import Until
from vmlab.trace.recording import Recording, write

if TYPE_CHECKING:
    from vmlab.session.sources import Sources
    from vmlab.session.stack import Stack

MOST_TOUCHED = 1024
"""Where more pages have been written, those that hold nothing but zeros are left out."""


class Session(Traveller):
    """One run of one guest: forward, back, and observed."""

    def _power_on(self) -> None:
        super()._power_on()
        self._parts: tuple[Part, ...] = loaded(self.setup, self.machine, self.image)
        self._window = observe.CodeWindow(self.symbols)

    # Stops ----------------------------------------------------------------------------------------

    def toggle_breakpoint(self, address: int | str) -> bool:
        """Set or clear a breakpoint at a virtual address or a symbol; True if it is set now."""
        at = address_of(address, self.symbols)
        self.breakpoints = self.breakpoints ^ {at}
        self.version += 1
        return at in self.breakpoints

    def break_at(self, address: int | str, condition: str = "") -> int:
        """Set a breakpoint at a virtual address or a symbol, which ends a run where the condition
        holds (`session.conditions`); its address. Raises `BadInput`."""
        at = address_of(address, self.symbols)
        self.points.set(at, parse(condition, self.symbols) if condition.strip() else None)
        self.version += 1
        return at

    def change_point(
        self, number: int, enabled: bool | None = None, condition: str | None = None
    ) -> None:
        """Switch the breakpoint or watchpoint of that number (in `points.all()`) on or off, or give
        it another condition; an empty one takes it away. Raises `BadInput`."""
        understood: Condition | str | None = condition
        if condition is not None and condition.strip():
            understood = parse(condition, self.symbols)
        self.points.change(number, enabled, understood)
        self.version += 1

    def remove_point(self, number: int) -> None:
        """Take the breakpoint or watchpoint of that number away. Raises `BadInput`."""
        self.points.remove(number)
        self.version += 1

    def watch(self, address: int | str, length: int = 8, access: str = "write") -> Watch:
        """Stop after each instruction that accesses memory from a virtual address or symbol on:
        `access` is write, read or both. It takes the place of one on the same bytes. Raises
        `BadInput`."""
        made = watch_at(address_of(address, self.symbols), length, access)
        others = tuple(
            old for old in self.watches if (old.first, old.last) != (made.first, made.last)
        )
        self.watches = (*others, made)
        self.version += 1
        return made

    def unwatch(self, address: int | str | Watch) -> bool:
        """Clear the watchpoints that begin at an address or symbol, or where one that `watch` gave
        begins; False if there are none."""
        place = address.first if isinstance(address, Watch) else address
        first = address_of(place, self.symbols)
        kept = tuple(watch for watch in self.watches if watch.first != first)
        there = len(kept) < len(self.watches)
        if there:
            self.watches = kept
            self.version += 1
        return there

    # Saving ---------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write this run to a file that `vmlab.load` opens where it stands now."""
        try:
            Path(path).write_bytes(write(self.recording()))
        except OSError as error:
            raise BadInput(f"cannot write {path}: {error.strerror}") from None

    def save_snapshot(self, path: str | Path) -> None:
        """Write the whole state to a file that `vmlab.load` opens at once, however long the run
        was. It is larger than what `save` writes, by the RAM in use."""
        try:
            Path(path).write_bytes(self.snapshot_file())
        except OSError as error:
            raise BadInput(f"cannot write {path}: {error.strerror}") from None

    def snapshot_file(self) -> bytes:
        """The same, as bytes."""
        from vmlab.session.saving import snapshot_file

        return snapshot_file(self)

    def counts(self) -> Mapping[str, int]:
        """What a monitor has counted, for a file. Raises `Unsupported` where a run can be recorded
        only."""
        return self._carrier.counts()

    def counter_rows(self) -> Mapping[str, int | float | None]:
        """What a monitor has counted (`vmm.common.counters`); nothing without one."""
        return self._carrier.counter_rows()

    def stand_at(
        self,
        changed: set[int],
        console: bytes,
        trap_counts: Counter[str],
        counts: Mapping[str, int],
    ) -> None:
        """The machine has been put into a later state of this run, all of whose input is given
        (`session.saving`); these pages of RAM may have changed."""
        self._carrier.stands(counts)
        changed = self._carrier.pages_of(changed) | self._carrier.take_written()
        self._frames.note_written(changed)
        self._inputs.rewind(len(self._inputs.all()))
        self._console.begin_with(console)
        self._log.counts = trap_counts
        self._furthest = (self.steps, self.position)
        self._log.history.open_at(self.steps, self.position, self._actor())
        self._take_keyframe()
        self._stopped(Reason.STEP)

    def recording(self) -> Recording:
        """This run as a file can hold it: what it started from, its input, where it is now."""
        return Recording(
            start_of(self.setup),
            tuple(packed(given) for given in self._inputs.until(self.steps)),
            self.steps,
            self.state_hash(),
        )

    def arguments(self) -> dict[str, Any]:
        """What to say to `vmlab.open` for the same guest on the same machine, from the start."""
        return arguments_of(self.setup)

    # Sources ------------------------------------------------------------------------------------

    @cached_property
    def sources(self) -> Sources:
        """The sources of what runs: lines, functions, texts. Read when first asked for."""
        from vmlab.session.sources import sources_of  # big, and not for everybody

        return sources_of(self.setup, self.symbols)

    def last_traps(self) -> tuple[TrapTaken | TrapReturn, ...]:
        """The last trap events, oldest first."""
        return self._log.last(SHOWN_EVENTS)

    def code_at(self, address: int) -> tuple[CodeLine, ...]:
        """The instructions around an address, as the code window has them around pc."""
        return self._window.lines(self.machine, self._engine, address)

    def stack(self) -> Stack:
        """The call stack, innermost frame first."""
        from vmlab.session.stack import stack_of

        return stack_of(self)

    def step_plan(self, kind: str) -> Until | None:
        """A step that is larger than an instruction, to give to `run` or `start`: `over` a call,
        to the next `line`, to the next line `over_line`, or `finish` the function. None: it is one
        instruction. Raises `BadInput`."""
        from vmlab.session import stepping

        match kind:
            case "over":
                return stepping.over_instruction(self)
            case "line" | "over_line":
                found = stepping.line(self, over=kind == "over_line")
                return stepping.over_instruction(self) if found is None else found
            case "finish":
                return stepping.finish(self)
        raise BadInput(f"expected over, line, over_line or finish, found {kind!r}")

    # Looking --------------------------------------------------------------------------------------

    @property
    def console(self) -> bytes:
        """Everything the guest has printed up to now."""
        return bytes(self._console.printed)

    def memory(self, pa: int, length: int) -> bytes:
        """Bytes of RAM by physical address."""
        if length < 0:
            raise BadInput(f"expected a length of at least 0, found {length}")
        return self.machine.read(pa, length)

    def look(self, address: int, rows: int = 16, virtual: bool = False) -> tuple[MemoryRow, ...]:
        """Rows of memory for a screen, with what they held at the previous stop."""
        return self._looker.rows(self.machine, self._engine, address, rows, virtual)

    def trees(self) -> tuple[Tree, ...]:
        """The page tables that there are now, to be read as they are: the guest's first."""
        return self._carrier.trees()

    def tlb(self) -> tuple[TlbEntry, ...]:
        """What the hart that translates remembers of its walks."""
        return tlb_entries(self._carrier.translator(), self.machine.hart.pc, self.trees())

    def translations(self) -> Translations:
        """What the engine has translated to WebAssembly since it began, page by page."""
        return translations(self._carrier, self._engine, self.machine.hart.pc)

    def frames(self) -> tuple[FrameRun, ...]:
        """What each page of memory is used for, by what is known of it: real memory under a
        technique."""
        self._note_written()
        touched = self._frames.touched()
        if len(touched) > MOST_TOUCHED:  # a monitor has cleared them all
            touched &= self._carrier.arena.used_pages()
        written = {memmap.RAM + (page << PAGE_BITS) for page in touched}
        return self._carrier.frames(
            guest_uses(
                self.machine, self._parts, self._log.tables, written, self.trees(),
                self._carrier.gpa,
            )
        )  # fmt: skip

    def regions(self) -> tuple[Region, ...]:
        """The map of the physical address space."""
        return regions(self.machine, self._engine, self._parts, self._log.tables)

    def snapshot(self) -> Snapshot:
        """What a screen shows now."""
        running = self.status is Status.RUNNING
        return Snapshot(
            version=self.version,
            status=self.status,
            stop=None if running else self._stop,
            guest=self.setup.name,
            isa=self.setup.platform.isa,
            engine=self._engine.name,
            position=self.position,
            virtual_time=self.machine.hart.virtual_time,
            recorded=self._furthest[1],
            now=observe.registers(self.machine, self._engine),
            before=self._before,
            traps=self._log.last(SHOWN_EVENTS),
            walk=self._log.walk,
            console=self.console,
            code=self._window.lines(self.machine, self._engine),
            breakpoints=self.breakpoints,
            symbols=self.symbols,
            counters=observe.counters(self.machine),
            steps=self.steps,
            ips=self._pace.ips if running else 0.0,
            devices=observe.devices(self.machine),
            regions=self.regions(),
            message=self.message,
            engine_asked=self.engine_asked,
            engine_note=self.engine_note,
            watches=self.watches,
            points=self.points.all(),
            history=self._log.history.so_far(self._furthest[1]),
            virtual=self._carrier.virtual(),
            before_beside=self._before_beside,
        )

    def state_hash(self) -> str:
        """BLAKE2b of the machine's state; equal states have equal hashes."""
        return self.machine.state_hash()

    @property
    def trap_counts(self) -> dict[str, int]:
        """How often each trap was taken: mode it came from, cause; `i` marks an interrupt."""
        return dict(sorted(self._log.counts.items()))
