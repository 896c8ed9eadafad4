"""A session's whole state to a snapshot file and back.

A file may come from anywhere: what it says is put into a machine only if a machine could be in that
state. Each word fits its width, each CSR is as a write would leave it, each device gives back the
state that it was given, and the whole has the hash that the file says. So no file can bring an
engine where no guest could.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.modes import Mode
from vmlab.engine.api import Engine
from vmlab.isa.csr_rules import SSTATUS_MASK
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.extensions import extensions_of
from vmlab.isa.lang import Array, Field
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import ARRAYS, FIELDS, INTERCEPTS, ISA, X
from vmlab.machine.disk import BLOCK_BYTES
from vmlab.machine.platform import Machine
from vmlab.machine.virtio.queue import BadRing
from vmlab.session.edits import csr_exists
from vmlab.session.inputs import packed, unpacked
from vmlab.session.opening import setup_of, start_of
from vmlab.session.session import Session
from vmlab.trace.snapshot_file import Cache, SnapshotFile, read, write

_OF_THE_PLATFORM: Final = frozenset(
    {ISA.name, "insns_per_tick", "ram_base", "ram_size", "translation", "misaligned_done",
     "tval_word", "tinst_full"}
)  # fmt: skip
"""Words that are the platform's choice, which the file has in words of its own."""
_COUNTING: Final = frozenset({0xB00, 0xB02})
"""mcycle and minstret: a write adds an offset, so what was read is not what was stored."""
_S_INTERRUPTS: Final = INTERRUPTS.mask("SSI", "STI", "SEI")
_NAMES: Final[Mapping[str, Field | Array]] = {**FIELDS, **ARRAYS}


def _is_cache(name: str) -> bool:
    return _NAMES[name].doc.startswith("cache")


def snapshot_file(session: Session) -> bytes:
    """The session as it stands, as a file's bytes."""
    machine = session.machine
    names = [name for name in _NAMES if name not in _OF_THE_PLATFORM]
    return write(
        SnapshotFile(
            start=start_of(session.setup),
            inputs=tuple(packed(one) for one in session.inputs if one.step <= session.steps),
            steps=session.steps,
            state_hash=session.state_hash(),
            words={name: _words(machine, name) for name in names if not _is_cache(name)},
            caches={
                name: Cache(_NAMES[name].doc, _words(machine, name))
                for name in names
                if _is_cache(name)
            },
            devices={device.name: device.state() for device in machine.bus.devices},
            pages={page: machine.arena.ram_page(page) for page in machine.used_pages()},
            blocks={} if machine.disk is None else machine.disk.mark(),
            console=session.console,
            trap_counts=session.trap_counts,
            counters=session.counts(),
        )
    )


def open_snapshot(data: bytes, engine: str = "auto") -> Session:
    """A session that stands where the file was written. Raises `BadInput` or `Unsupported` for a
    file that is damaged, or that says what no machine can be in."""
    file = read(data, BLOCK_BYTES)
    session = Session(setup_of(file.start), engine)
    session.feed(tuple(unpacked(one) for one in file.inputs))
    machine = session.machine
    session.counts()  # raises for a guest that can't be put anywhere
    firmware = _of_firmware(machine, session.engine)
    if any(one[0] > file.steps for one in file.inputs):
        raise BadInput(f"expected no input after step {file.steps}, where the snapshot was taken")
    changed = _put_ram(machine, file)
    _put_disk(machine, file)
    _put_devices(machine, file)
    _put_hart(machine, file)
    session.engine.forget()
    _check_csrs(machine, session.engine)
    _check_firmware(session, firmware)
    if session.steps != file.steps:
        raise BadInput(
            f"expected {file.steps} steps as the snapshot says, found {session.steps} in its hart"
        )
    found = session.state_hash()
    if not _same_state(found, file.state_hash):
        raise BadInput(
            f"expected the state {file.state_hash[:16]}... in the snapshot, found {found[:16]}..."
        )
    session.stand_at(changed, file.console, Counter(file.trap_counts), file.counters)
    return session


def _same_state(found: str, said: str) -> bool:
    """Apart so that a test can let a damaged file go on to what comes after this check."""
    return found == said


# The parts ----------------------------------------------------------------------------------------


def _words(machine: Machine, name: str) -> tuple[int, ...]:
    place = _NAMES[name]
    length = 1 if isinstance(place, Field) else place.length
    return tuple(machine.arena.words[place.slot : place.slot + length])


def _put_words(machine: Machine, name: str, words: tuple[int, ...]) -> None:
    slot = _NAMES[name].slot
    for at, word in enumerate(words):
        machine.arena.words[slot + at] = word


def _put_ram(machine: Machine, file: SnapshotFile) -> set[int]:
    """Write RAM; which pages may have changed."""
    last = machine.platform.ram_bytes // len(machine.arena.ram_page(0)) - 1
    if file.pages and max(file.pages) > last:
        raise BadInput(f"expected pages of RAM up to {last}, found {max(file.pages)}")
    before = machine.used_pages()
    for page in before - file.pages.keys():
        machine.arena.ram_page(page)[:] = bytes(len(machine.arena.ram_page(page)))
    for page, content in file.pages.items():
        machine.arena.ram_page(page)[:] = content
    return before | file.pages.keys()


def _put_disk(machine: Machine, file: SnapshotFile) -> None:
    if machine.disk is None:
        if file.blocks:
            raise BadInput("expected no written blocks without a disk, found some")
        return
    most = -(-machine.disk.sectors * 512 // BLOCK_BYTES)
    if file.blocks and max(file.blocks) >= most:
        raise BadInput(f"expected blocks of the disk below {most}, found {max(file.blocks)}")
    machine.disk.revert(file.blocks)


def _put_devices(machine: Machine, file: SnapshotFile) -> None:
    devices = {device.name: device for device in machine.bus.devices}
    unknown = file.devices.keys() - devices.keys()
    if unknown:
        raise Unsupported(f"expected devices of {', '.join(devices)}, found {min(unknown)[:40]!r}")
    for name, state in file.devices.items():
        device = devices[name]
        try:
            device.restore(state)
            sound = device.state() == state
            for slot in machine.virtio:
                for queue in slot.queues if slot is device else ():
                    if queue.ready:
                        queue.check(machine.dma)
        except (struct.error, ValueError, IndexError, TypeError, OverflowError, BadRing) as error:
            raise BadInput(f"expected a state of {name}, found damage: {error}") from None
        if not sound:
            raise BadInput(
                f"expected a state of {name}, found {len(state)} bytes of something else"
            )


def _put_hart(machine: Machine, file: SnapshotFile) -> None:
    unknown = file.words.keys() - _NAMES.keys()
    if unknown:
        raise Unsupported(
            f"expected words of the hart that this version has, found {min(unknown)[:40]!r}"
        )
    for name, words in file.words.items():
        place = _NAMES[name]
        if len(words) != len(_words(machine, name)) or name in _OF_THE_PLATFORM:
            raise BadInput(f"expected {len(_words(machine, name))} words of {name}")
        if any(word >> place.width for word in words):
            raise BadInput(f"expected words of {place.width} bits in {name}, found {max(words):#x}")
        _put_words(machine, name, words)
    hart = machine.hart
    if hart.word("mode") not in [mode.value for mode in Mode]:
        raise BadInput(f"expected a mode of 0, 1 or 3, found {hart.word('mode')}")
    if hart.virtual and (hart.mode is Mode.M or "h" not in extensions_of(machine.platform.isa)):
        raise BadInput("expected V of 0 in M and without the hypervisor extension, found 1")
    if hart.pc & 1 or machine.arena.words[X.slot]:
        raise BadInput(f"expected an even pc and x0 of 0, found pc {hart.pc:#x}")
    if hart.retired >> 62 or hart.virtual_time >> 62:
        raise BadInput(f"expected less than 2**62 instructions, found {hart.virtual_time}")
    _put_caches(machine, file)


def _put_caches(machine: Machine, file: SnapshotFile) -> None:
    """All of the TLB, or none of it: where it means something else, it starts empty."""
    ours = {
        name: Cache(place.doc, _words(machine, name))
        for name, place in _NAMES.items()
        if _is_cache(name)
    }
    same = ours.keys() == file.caches.keys() and all(
        cache.meaning == ours[name].meaning and len(cache.words) == len(ours[name].words)
        for name, cache in file.caches.items()
    )
    for name, cache in file.caches.items() if same else ():
        if any(word >> _NAMES[name].width for word in cache.words):
            raise BadInput(f"expected words of {_NAMES[name].width} bits in {name}")
        _put_words(machine, name, cache.words)


def _of_firmware(machine: Machine, engine: Engine) -> dict[str, int]:
    """What a guest that starts in S can't change: M's CSRs, and M's bits in those that S has a view
    of; and what a monitor takes before anything is written."""
    found = {INTERCEPTS.name: machine.hart.word(INTERCEPTS.name)}
    seen = {CSRS["mstatus"].number: SSTATUS_MASK, CSRS["mie"].number: _S_INTERRUPTS}
    for number, csr in BY_NUMBER.items():
        moves = number in _COUNTING or csr.name == "mip"
        if csr.lowest_mode is Mode.M and csr_exists(machine, number) and not moves:
            found[csr.name] = engine.read_csr(number) & ~seen.get(number, 0)
    return found


def _check_firmware(session: Session, before: Mapping[str, int]) -> None:
    """Under a technique M is the monitor's part: no guest has changed anything there."""
    machine = session.machine
    virtual = session.setup.technique is not None
    if virtual and machine.hart.mode is Mode.M:
        raise BadInput("expected a guest in S or U under a technique, found it in M")
    for name, value in _of_firmware(machine, session.engine).items():
        if (virtual or name == INTERCEPTS.name) and value != before[name]:
            raise BadInput(
                f"expected {name} as firmware leaves it ({before[name]:#x}), found {value:#x}"
            )


def _check_csrs(machine: Machine, engine: Engine) -> None:
    """Each CSR is what a write of it would leave: nothing stands there that a guest could not
    have written."""
    hart = bytes(machine.arena.hart)
    for number, csr in BY_NUMBER.items():
        if csr.is_read_only or number in _COUNTING or not csr_exists(machine, number):
            continue
        value = engine.read_csr(number)
        engine.write_csr(number, 0)  # some ignore what they cannot hold, and would keep it
        engine.write_csr(number, value)
        after = engine.read_csr(number)
        machine.arena.hart[:] = hart
        if after != value:
            raise BadInput(
                f"expected {csr.name} as the hart could hold it ({after:#x}), found {value:#x}"
            )
    engine.forget()
