"""From what a user names (a guest, a file, options) to a machine that is ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from vmlab.core.bits import align_down
from vmlab.core.errors import BadImage, BadInput, Unsupported
from vmlab.core.units import MIB, PAGE_SIZE_BYTES, parse_size
from vmlab.engine.tiers import new_arena
from vmlab.guests import catalog
from vmlab.guests.extensions import describe, missing
from vmlab.guests.files import read_bounded
from vmlab.guests.loader import Image, load_elf
from vmlab.isa.extensions import BUILT, ISA_STRING, PARTS, extensions_of, isa_string, names_of
from vmlab.machine import memmap
from vmlab.machine.disk import Disk
from vmlab.machine.platform import CHOICES, Machine, Platform
from vmlab.trace.recording import Start

KERNEL_ADDRESS: Final = 0x8020_0000
_PARTS: Final = ("bios", "kernel", "dtb", "disk", "initrd", "append")
MOST_SEEDS: Final = 1 << 62
"""As many as a recording can hold."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a user says to open a guest; a file is its path or its bytes."""

    image: str | Path | bytes | None = None
    """A catalogue name, else a path; bytes are an ELF file themselves."""
    _: KW_ONLY
    name: str | None = None
    """What to call it."""
    ram: str | int = "64M"
    isa: str | None = None
    engine: str = "auto"
    """A tier by name, or auto: the fastest that runs here. It changes nothing that a guest sees."""
    seed: int = 0
    bios: str | Path | bytes | None = None
    """A raw file for 0x80000000, started there."""
    kernel: str | Path | bytes | None = None
    """A raw file for 0x80200000."""
    dtb: str | Path | bytes | None = None
    disk: str | Path | bytes | None = None
    """The content of a virtio disk; the file is never written."""
    initrd: str | Path | bytes | None = None
    append: str | None = None
    """A kernel's command line."""
    insns_per_tick: int = 1
    """Virtual time (instructions) a tick of mtime."""
    translation: str = "sv57"
    """The longest format that satp may name: bare, sv39, sv48, sv57."""
    misaligned: str = "trap"
    """What a misaligned access does: trap, or done."""
    illegal_tval: str = "word"
    """tval of an illegal instruction: its word, or zero."""
    access_tinst: str = "zero"
    """htinst and mtinst of a load or store that faults: zero, or full: its instruction."""
    technique: str | None = None
    """How the guest is virtualized (`vmlab.vmm.techniques`); None: it has the machine to itself,
    with its own firmware."""


@dataclass(frozen=True)
class Setup:
    """Everything that a run starts from. Opening it again gives the same run."""

    name: str
    image: bytes
    platform: Platform
    seed: int
    bios: bytes | None = None
    kernel: bytes | None = None
    dtb: bytes | None = None
    disk: bytes | None = None
    initrd: bytes | None = None
    append: str | None = None
    technique: str | None = None


def start_of(setup: Setup) -> Start:
    """What a recording keeps of a setup."""
    given = {
        "image": setup.image or None,
        "bios": setup.bios,
        "kernel": setup.kernel,
        "dtb": setup.dtb,
        "disk": setup.disk,
        "initrd": setup.initrd,
        "append": None if setup.append is None else setup.append.encode(),
    }
    parts = {name: data for name, data in given.items() if data is not None}
    platform = setup.platform
    return Start(
        setup.name,
        platform.isa,
        platform.ram_bytes,
        platform.insns_per_tick,
        setup.seed,
        parts,
        {name: getattr(platform, name) for name in CHOICES},
        setup.technique,
    )


def setup_of(start: Start) -> Setup:
    """The setup that a recording was made from."""
    if start.technique is not None:
        from vmlab.session.under import check_parts

        check_parts(start.technique, start.parts.keys())
    elif not start.parts.keys() & {"image", "bios"}:
        raise BadInput("expected an image or a bios in the recording, found neither")
    return Setup(
        name=start.name,
        image=start.parts.get("image", b""),
        platform=Platform(
            start.ram_bytes, start.insns_per_tick, resolve_isa(start.isa), **_known(start.choices)
        ),
        seed=start.seed,
        bios=start.parts.get("bios"),
        kernel=start.parts.get("kernel"),
        dtb=start.parts.get("dtb"),
        disk=start.parts.get("disk"),
        initrd=start.parts.get("initrd"),
        append=command_line(start.parts.get("append", b"").decode("ascii", "replace") or None),
        technique=start.technique,
    )


def _known(choices: Mapping[str, str]) -> Mapping[str, str]:
    """The choices of a recording. Raises for one that this version does not know."""
    unknown = set(choices) - set(CHOICES)
    if unknown:
        raise Unsupported(f"expected choices of {', '.join(CHOICES)}, found {min(unknown)!r}")
    return choices


def resolve_isa(isa: str | None) -> str:
    """The ISA string to run: any part of what is built. Raises if it asks for more."""
    if isa is None:
        return ISA_STRING
    try:
        wanted = names_of(isa)
    except ValueError:
        raise BadInput(
            "expected an ISA string that begins with rv64i or rv64g, such as rv64imac_zicsr, "
            f"found {isa!r}"
        ) from None
    if "g" in wanted:
        wanted = wanted - {"g"} | set(PARTS["g"])
    lacking = missing(wanted, BUILT)
    if lacking:
        raise Unsupported(
            f"not built: {describe(lacking)} (asked for by {isa!r}); built: {ISA_STRING}"
        )
    return isa_string(wanted)


def read_file(path: str | Path | bytes | None, what: str) -> bytes | None:
    """A raw file's bytes; bytes are taken as they are."""
    if path is None or isinstance(path, bytes):
        return path
    return read_bounded(Path(path), what)


def command_line(append: str | None) -> str | None:
    """A kernel's command line as a device tree can hold it. Raises for anything else."""
    if append is not None and not (append.isascii() and append.isprintable()):
        raise BadInput(f"expected a command line in printable ASCII, found {append!r}")
    return append or None


def prepare(options: Options) -> Setup:
    """Read all files and check the options; nothing runs yet."""
    said = options
    ram_bytes = said.ram if isinstance(said.ram, int) else parse_size(said.ram)
    if said.technique is not None:
        from vmlab.session.under import prepare_virtual  # not before somebody asks

        return prepare_virtual(said, ram_bytes)
    raw_bios, raw_kernel = read_file(said.bios, "firmware"), read_file(said.kernel, "a kernel")
    if said.image is None and raw_bios is None:
        raise BadInput("expected an image or a bios file, found neither")
    if said.dtb is not None and (said.initrd is not None or said.append is not None):
        raise BadInput(
            "expected initrd and append without a device tree of your own, which names its own"
        )
    source = None if said.image is None else catalog.resolve(said.image)
    if source is not None and not source.data:
        raise BadImage(f"{source.name}: expected an ELF file, found an empty file")
    if raw_bios is None and source is not None:
        raw_bios = source.bios
    if raw_kernel is None and source is not None:
        raw_kernel = source.kernel
    isa = source.isa if said.isa is None and source is not None else said.isa
    return Setup(
        name=said.name or (source.name if source else "bios"),
        image=source.data if source else b"",
        platform=Platform(
            ram_bytes,
            said.insns_per_tick,
            resolve_isa(isa),
            said.translation,
            said.misaligned,
            said.illegal_tval,
            said.access_tinst,
        ),
        seed=seed_of(said.seed),
        bios=raw_bios,
        kernel=raw_kernel,
        dtb=read_file(said.dtb, "a device tree"),
        disk=read_file(said.disk, "a disk"),
        initrd=read_file(said.initrd, "an initial RAM disk"),
        append=command_line(said.append),
    )


def seed_of(seed: int) -> int:
    """The seed, checked."""
    if not 0 <= seed < MOST_SEEDS:
        raise BadInput(f"expected a seed of 0 to {MOST_SEEDS - 1:#x}, found {seed:#x}")
    return seed


def arguments_of(setup: Setup) -> dict[str, Any]:
    """What to say to `open` for the same setup again; what it does anyway is left unsaid, and a
    guest of the catalogue is said by its name."""
    image: str | bytes | None = setup.image or None
    named, usual = setup.name, ISA_STRING
    parts = {part: getattr(setup, part) for part in _PARTS}
    if setup.technique is not None:
        from vmlab.session.under import is_named, usual_isa

        image, usual = named if is_named(setup) else image, usual_isa()
    elif (guest := catalog.resolve(named) if named in catalog.GUESTS else None) is not None:
        brings = {"bios": guest.bios, "kernel": guest.kernel}
        # A guest that brings its firmware or its kernel can not be named without any.
        if guest.data == setup.image and all(
            parts[part] is not None for part, own in brings.items() if own is not None
        ):
            image, usual = named, resolve_isa(guest.isa)
            parts |= {part: None for part, own in brings.items() if parts[part] == own}
    platform = setup.platform
    said = {
        "name": named,
        "ram": _size(platform.ram_bytes),
        "isa": None if platform.isa == usual else platform.isa,
        "seed": setup.seed,
        "insns_per_tick": platform.insns_per_tick,
        "technique": setup.technique,
        **parts,
        **{choice: getattr(platform, choice) for choice in CHOICES},
    }
    always = {one.name: one.default for one in fields(Options)} | {"name": image}
    return {"image": image} | {key: one for key, one in said.items() if one != always[key]}


def _size(size_bytes: int) -> str:
    whole, rest = divmod(size_bytes, MIB)
    return str(size_bytes) if rest else f"{whole}M"


def load_image(setup: Setup) -> Image | None:
    """The ELF of a setup, parsed and checked, if it has one."""
    if not setup.image:
        return None
    platform = setup.platform
    return load_elf(
        setup.image,
        name=setup.name,
        ram_size=platform.ram_bytes,
        supported=extensions_of(platform.isa),
    )


def build(setup: Setup) -> tuple[Machine, Image | None]:
    """A machine with everything loaded, standing at its reset vector."""
    image = load_image(setup)
    disk = None if setup.disk is None else Disk(setup.disk)
    arena = new_arena(setup.platform.ram_bytes)
    machine = Machine(setup.platform, setup.seed, disk, arena)
    segments = [] if image is None else [(int(part.pa), part.data) for part in image.segments]
    entry = memmap.RAM if image is None else int(image.entry)
    for raw, address in ((setup.bios, memmap.RAM), (setup.kernel, KERNEL_ADDRESS)):
        if raw is not None:
            segments.append((address, raw))
    if setup.bios is not None:
        entry = memmap.RAM
    tree = device_tree(setup, machine)
    if setup.initrd:
        segments.append((_initrd_place(setup, len(tree))[0], setup.initrd))
    _check_places(segments, setup.platform.ram_bytes)
    machine.load(segments, entry, tree, _next_entry(setup, image))
    machine.tohost = None if image is None else _tohost(image, setup.platform.ram_bytes)
    return machine, image


def _next_entry(setup: Setup, image: Image | None) -> int | None:
    """Where firmware goes on: at the kernel, else at the image that came beside it."""
    if setup.bios is None:
        return None
    if setup.kernel is not None:
        return KERNEL_ADDRESS
    return None if image is None else int(image.entry)


def _tohost(image: Image, ram_bytes: int) -> int | None:
    if image.tohost is None:
        return None
    if image.tohost % 8 or not memmap.RAM <= image.tohost <= memmap.RAM + ram_bytes - 8:
        raise BadImage(
            f"{image.name}: expected the symbol tohost at a doubleword of RAM, "
            f"found it at {image.tohost:#x}"
        )
    return int(image.tohost)


def device_tree(setup: Setup, machine: Machine) -> bytes:
    """The device tree that a guest is given: the user's, else the board's with what was chosen."""
    if setup.dtb is not None:
        return setup.dtb
    if not setup.initrd:
        return machine.device_tree(setup.append)
    # Where the initial RAM disk goes depends on the tree's length, which does not depend on that.
    length = len(machine.device_tree(setup.append, (0, 0)))
    return machine.device_tree(setup.append, _initrd_place(setup, length))


def initrd_address(tree_address: int, length_bytes: int) -> int:
    """Where an initial RAM disk stands: right below the device tree."""
    return align_down(tree_address - length_bytes, PAGE_SIZE_BYTES)


def _initrd_place(setup: Setup, tree_bytes: int) -> tuple[int, int]:
    """First address and one past the last of the initial RAM disk."""
    length = len(setup.initrd or b"")
    tree = align_down(memmap.RAM + setup.platform.ram_bytes - tree_bytes, memmap.DTB_ALIGN_BYTES)
    start = initrd_address(tree, length)
    return start, start + length


def _check_places(segments: list[tuple[int, bytes]], ram_bytes: int) -> None:
    ordered = sorted((address, address + len(data)) for address, data in segments if data)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise BadImage(f"expected files that do not overlap in RAM, found two at {start:#x}")
    if ordered and (ordered[0][0] < memmap.RAM or ordered[-1][1] > memmap.RAM + ram_bytes):
        raise BadImage(
            f"expected files inside RAM, {memmap.RAM:#x} to {memmap.RAM + ram_bytes:#x}, "
            f"found {ordered[0][0]:#x} to {ordered[-1][1]:#x}"
        )
