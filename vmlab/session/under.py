"""Opening a guest under a technique: which build, which board, and what no monitor takes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from vmlab.core.errors import BadInput, Unsupported
from vmlab.guests import catalog
from vmlab.machine.platform import Platform
from vmlab.session.opening import Options, Setup, command_line, read_file, resolve_isa, seed_of
from vmlab.vmm.common.payloads import source_of
from vmlab.vmm.common.vm import GUEST_ISA
from vmlab.vmm.techniques import Profile, Technique, find, not_built


def check_parts(technique: str, parts: Collection[str]) -> None:
    """Raises for a technique that there is not, and for files that no monitor takes."""
    row = find(technique)
    if "bios" in parts:
        raise BadInput(
            f"expected no firmware under {technique}, whose monitor answers for it: found a bios"
        )
    for part, what in (("dtb", "a device tree of its own"), ("initrd", "an initial RAM disk")):
        if part in parts:
            raise Unsupported(f"expected a guest without {what} under {technique}, found one")
    if len({"image", "kernel"} & set(parts)) != 1:
        found = "both" if "image" in parts else "neither"
        raise BadInput(f"expected a guest or a raw kernel under {technique}, found {found}")
    if "kernel" in parts and Profile.NATIVE not in row.profiles:
        raise not_built(row, "a raw kernel")


def build_for(technique: Technique, spec: str | bytes | Path) -> str | bytes | Path:
    """What to open when somebody names a guest: the build that the technique runs. Raises
    `BadInput` where there is none."""
    named = isinstance(spec, str) and spec in (*catalog.GUESTS, *catalog.BENCHMARKS)
    if not (named and technique.build):
        return spec
    build = f"{spec!s}{technique.build}"
    if build not in catalog.BUILDS:
        raise not_built(technique, str(spec))
    return build


def prepare_virtual(said: Options, ram_bytes: int) -> Setup:
    """Read all files and check the options; nothing runs yet. The guest starts in S, and its board
    has no hypervisor."""
    assert said.technique is not None
    files = ("bios", "dtb", "initrd", "image", "kernel")
    check_parts(said.technique, {name for name in files if getattr(said, name) is not None})
    name, data = "kernel", b""
    if said.image is not None:
        source = source_of(build_for(find(said.technique), said.image))
        name = said.image if isinstance(said.image, str) else source.name
        name, data = Path(name).name, source.data
    return Setup(
        name=said.name or name,
        image=data,
        platform=Platform(
            ram_bytes,
            said.insns_per_tick,
            resolve_isa(said.isa or GUEST_ISA),
            said.translation,
            said.misaligned,
            said.illegal_tval,
            said.access_tinst,
        ),
        seed=seed_of(said.seed),
        kernel=read_file(said.kernel, "a kernel"),
        disk=read_file(said.disk, "a disk"),
        append=command_line(said.append),
        technique=said.technique,
    )


def is_named(setup: Setup) -> bool:
    """True if the catalogue has this guest by its name, in the build that its technique runs."""
    if setup.name not in catalog.GUESTS or setup.technique is None:
        return False
    try:
        return source_of(build_for(find(setup.technique), setup.name)).data == setup.image
    except BadInput:
        return False


def usual_isa() -> str:
    """What a guest's hart has where nobody says otherwise."""
    return GUEST_ISA
