"""The options that say which machine runs what: the same for every command that opens a guest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Image = Annotated[
    str | None,
    typer.Argument(help="A guest's name (see vmlab guests), else the path of an ELF file."),
]
Bios = Annotated[
    Path | None,
    typer.Option(metavar="F", help="Raw firmware, loaded and started at 0x80000000."),
]
Kernel = Annotated[
    Path | None, typer.Option(metavar="F", help="A raw kernel, loaded at 0x80200000.")
]
Initrd = Annotated[
    Path | None, typer.Option(metavar="F", help="An initial RAM disk, placed at the end of RAM.")
]
Append = Annotated[str | None, typer.Option(metavar="S", help="The kernel's command line.")]
Disk = Annotated[
    Path | None,
    typer.Option(
        metavar="F",
        help="A virtio disk's content. What the guest writes is kept for this run; F itself "
        "is never written.",
    ),
]
Ram = Annotated[str, typer.Option(metavar="SIZE", help="How much RAM: 512K, 64M, 1G.")]
Isa = Annotated[
    str | None,
    typer.Option(metavar="ISA", help="The extensions of the hart.", show_default="all built"),
]
Translation = Annotated[
    str, typer.Option(metavar="MODE", help="What satp may choose at most: bare, sv39, sv48, sv57.")
]
Misaligned = Annotated[
    str, typer.Option(metavar="WHAT", help="Misaligned loads and stores: trap, or done.")
]
IllegalTval = Annotated[
    str, typer.Option(metavar="WHAT", help="tval of an illegal instruction: its word, or zero.")
]
AccessTinst = Annotated[
    str,
    typer.Option(metavar="WHAT", help="htinst of a load or store that faults: zero, or full."),
]
Dtb = Annotated[
    Path | None, typer.Option(metavar="F", help="A device tree to pass in place of ours.")
]
Technique = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Run it as a virtual machine, in S under a monitor: vmlab vm techniques lists them.",
        show_default="none: the guest has the machine",
    ),
]
Engine = Annotated[
    str, typer.Option(metavar="TIER", help="t0, t1, t2, or auto: the fastest that runs here.")
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="The seed of the run.")]
