"""`vmlab asm`: assemble one file into an ELF file that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vmlab.core.errors import BadInput


def asm(
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="The assembly source, in the GNU syntax.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="ELF", help="The file to write.")],
) -> None:
    """Assemble a source file into an ELF file that starts at 0x80000000.

    The assembler knows every instruction that the machine has, the usual pseudo-instructions (li,
    la, call, ret, ...), .section .align .word .dword .asciz .space .equ .globl .option, %hi, %lo
    and numeric labels. The program starts at _start, or at its first instruction. There is no
    linker: one file is all of it.

    Each mistake is told with its line and column.

    Examples:

      vmlab asm hello.S -o hello.elf && vmlab run hello.elf
    """
    from vmlab.cli.files import read_file, write_file
    from vmlab.derive.asm import assemble
    from vmlab.derive.objfile import to_elf

    data = read_file(source, "an assembly source")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            f"expected {str(source)!r} to be text in UTF-8, found the byte "
            f"{data[error.start]:#04x} at offset {error.start:#x}"
        ) from None
    write_file(out, to_elf(assemble(text, str(source))))
