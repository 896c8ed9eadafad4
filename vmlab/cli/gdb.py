"""`vmlab gdb`: lets GDB debug a guest, forwards and backwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vmlab.cli import options
from vmlab.cli.ctrlc import first_ctrl_c
from vmlab.core.errors import BadInput

if TYPE_CHECKING:
    from vmlab.cli.keyboard import Keyboard

STDOUT: Final = 1


def gdb(
    image: options.Image = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")
    ] = 1234,
    console: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            help="Where the guest's console is shown: here, or gdb (in the client).",
        ),
    ] = "here",
    bios: options.Bios = None,
    kernel: options.Kernel = None,
    initrd: options.Initrd = None,
    append: options.Append = None,
    disk: options.Disk = None,
    ram: options.Ram = "64M",
    isa: options.Isa = None,
    translation: options.Translation = "sv57",
    misaligned: options.Misaligned = "trap",
    illegal_tval: options.IllegalTval = "word",
    access_tinst: options.AccessTinst = "zero",
    dtb: options.Dtb = None,
    technique: options.Technique = None,
    engine: options.Engine = "auto",
    seed: options.Seed = 0,
) -> None:
    """Let GDB debug a guest, with its past: a GDB server on this machine, until Ctrl-C.

    The guest stands at its reset until a client continues it. A client can set breakpoints and
    watchpoints, step, change registers, CSRs and memory, and go back: reverse-stepi,
    reverse-continue and their like work from the first moment, nothing has to be recorded.
    When a client goes, the guest stands still and the next one finds it there.

    Memory is read as the hart would access it now, and devices are never read. In GDB, monitor help
    lists what else there is: all CSRs with their fields, walks, the map of memory, going to a
    position.

    What is typed here goes to the guest's console while it runs.

    Examples:

      vmlab gdb tour

      vmlab gdb build/hello.elf --port 0 --console gdb
    """
    if console not in ("here", "gdb"):
        raise BadInput(f"--console: expected here or gdb, found {console!r}")
    if image is None and bios is None:
        raise BadInput(
            "expected a guest's name or the path of an ELF file; vmlab guests lists the guests"
        )
    # Here, so that `--help` does not wait for the machine.
    import vmlab
    from vmlab.cli.keyboard import STDIN, Keyboard
    from vmlab.core.events import EventKind
    from vmlab.session.gdb.server import HOST, Server

    session = vmlab.open(
        image,
        ram=ram,
        isa=isa,
        engine=engine,
        seed=seed,
        bios=bios,
        kernel=kernel,
        dtb=dtb,
        disk=disk,
        initrd=initrd,
        append=append,
        translation=translation,
        misaligned=misaligned,
        illegal_tval=illegal_tval,
        access_tinst=access_tinst,
        technique=technique,
    )
    if console == "here":
        session.subscribe(EventKind.CONSOLE, lambda event: _show(getattr(event, "data", b"")))
    typed = _typist(Keyboard(STDIN))
    server = Server(session, port, _say, console == "gdb", typed)
    elf = _elf_path(image)
    _say(f"waiting for GDB on {HOST}, port {server.port}: the guest stands at its reset")
    _say(f"gdb-multiarch{elf} -ex 'target remote :{server.port}'   (Ctrl-C here ends)")

    def close() -> None:
        """Between two slices of the guest."""
        server.closing = True

    try:
        with first_ctrl_c(close):
            server.serve()
    finally:
        server.close()
    _say(f"ended after {session.position} instructions")
    raise typer.Exit(130)


def _say(line: str) -> None:
    typer.echo(f"vmlab: {line}", err=True)


def _show(data: bytes) -> None:
    while data:
        data = data[os.write(STDOUT, data) :]


def _typist(keyboard: Keyboard) -> Callable[[], bytes | None]:
    """What has been typed; None once nothing can come any more."""
    return lambda: keyboard.take() or (None if keyboard.ended else b"")


def _elf_path(image: str | None) -> str:
    """The file that GDB takes the symbols from, as words of a command."""
    if image is None:
        return ""
    from vmlab.guests.catalog import GUESTS

    path = Path(image)
    if image in GUESTS:
        import vmlab.guests

        path = Path(vmlab.guests.__file__).parent / "images" / GUESTS[image].image
    return f" {path}" if path.is_file() else ""
