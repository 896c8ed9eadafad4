"""The assembler against LLVM's (in the `ziglang` wheel): the same sources give the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from vmlab.derive.asm import Assembled, assemble
from vmlab.derive.asm.forms import FORMS, Form
from vmlab.derive.syntax import Kind, is_fixed, kind_of, operand_of

pytest.importorskip("ziglang", reason="LLVM's assembler comes with the ziglang wheel")

HERE = Path(__file__).parent
GUESTS = HERE.parents[2] / "vmlab" / "guests" / "src"
# Beside C a source is half of a program.
WHOLE = [path for path in sorted(GUESTS.glob("*/*.S")) if not [*path.parent.glob("*.c")]]
SOURCES = [HERE / "sample.S", *WHOLE]

NOT_TAKEN = {"pause"}
"""Forms that LLVM refuses without an extension that we do not need to name: a hint is a fence."""

WRITTEN = {
    "rd": "a0", "rs": "a1", "rt": "a2", "rs1": "a1", "rs2": "a2", "csr": "mstatus",
    "frd": "fa0", "frs": "fa1", "frt": "fa2", "frs1": "fa1", "frs2": "fa2", "frs3": "ft11",
    "rm": "rup", "target": "here", "symbol": "here", "pred": "rw", "succ": "w",
}  # fmt: skip


def llvm_sections(
    source: Path, program: Assembled, folder: Path, everything: bool
) -> dict[str, bytes]:
    """The sections that LLVM makes of a source when they are put to the same addresses."""
    places = " ".join(f"{s.name} {s.address:#x} : {{ *({s.name}) }}" for s in program.sections)
    script = folder / "places.ld"
    script.write_text(f"ENTRY(_start) SECTIONS {{ {places} /DISCARD/ : {{ *(.comment) }} }}")
    out = folder / "out.elf"
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "riscv64-freestanding-none"]
    command += [
        "-mcpu=generic_rv64+m+a+f+d+h+svinval+zicsr+zifencei" + "+c+zba+zbb+zbs" * everything,
        "-mno-relax",
        "-nostdlib",
        "-static",
    ]
    command += ["-T", str(script), str(source), "-o", str(out)]
    caches = {name: str(folder) for name in ("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR")}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **caches}, check=False
    )
    assert done.returncode == 0, done.stderr
    with out.open("rb") as file:
        return {section.name: section.data() for section in ELFFile(file).iter_sections()}


def assert_same(source: Path, folder: Path, everything: bool = False) -> None:
    """Ours compresses nothing by itself, so LLVM must not, unless everything is 16-bit forms
    or told otherwise. Nor may it use bit manipulation for `li`."""
    program = assemble(source.read_text(), source.name)
    theirs = llvm_sections(source, program, folder, everything)
    for section in program.sections:
        if section.flags.is_zero:
            continue
        assert len(theirs[section.name]) == section.size_bytes
        if not section.flags.is_executable:
            assert theirs[section.name] == section.data
            continue
        # Word by word at instructions: LLVM fills odd gaps behind a text with half a `nop` of C.
        for address, line in program.lines.items():
            at = address - section.address
            if 0 <= at < section.size_bytes:
                assert theirs[section.name][at : at + 4] == section.data[at : at + 4], (
                    f"line {line}"
                )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_source_gives_the_bytes_that_llvm_gives(source: Path, tmp_path: Path) -> None:
    assert_same(source, tmp_path)


def written(form: Form, number: int) -> str:
    parts = []
    for slot in form.slots:
        text = (
            slot.name
            if is_fixed(slot.name)
            else WRITTEN.get(slot.name)
            or (str(number_for(form, slot.name, number)) if slot.name else "")
        )
        base = slot.base if is_fixed(slot.base) else WRITTEN.get(slot.base)
        parts.append(f"{text}({base})" if base else text)
    return f"{form.name} {', '.join(parts)}"


def number_for(form: Form, name: str, number: int) -> int:
    """The number itself, but in steps that can be encoded, and not one that is reserved."""
    if form.instruction is None or form.instruction.size_bytes == 4:
        return number
    operand = operand_of(form.instruction, name)
    if kind_of(form.instruction, name) is Kind.UPPER:
        return number or 1
    return number << operand.low or 1 << operand.low


def is_short(form: Form) -> bool:
    return form.instruction is not None and form.instruction.size_bytes == 2


@pytest.mark.parametrize("number", [0, 1, 21])
def test_every_form_gives_the_bytes_that_llvm_gives(number: int, tmp_path: Path) -> None:
    forms = [form for named in FORMS.values() for form in named if form.name not in NOT_TAKEN]
    short = [written(form, number) for form in forms if is_short(form)]
    long = [written(form, number) for form in forms if not is_short(form)]
    source = tmp_path / "forms.S"
    # LLVM takes 16-bit forms only where it may choose them itself.
    lines = ["_start:", "here:", *short, ".option norvc", ".balign 4", *long]
    source.write_text(".globl _start\n" + "\n".join(lines) + "\n")
    assert_same(source, tmp_path, everything=True)
