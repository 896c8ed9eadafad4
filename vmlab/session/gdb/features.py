"""The target description: which registers GDB may ask for.

A feature's name tells GDB what its registers mean (GDB manual, G.5.12); numbers are `registers`'.
CSRs are plain integers, though a type with their fields could be told: GDB 13 takes no
`set $mstatus = 0x1800` for such a one. `monitor csr mstatus` shows the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from vmlab.session.gdb.registers import CPU, CSR, FPU, VIRTUAL, Register

_ORDER: Final = (CPU, FPU, CSR, VIRTUAL)


def target_xml(registers: Mapping[int, Register]) -> bytes:
    """The description of a hart with these registers."""
    ordered = sorted(registers.values(), key=lambda register: _ORDER.index(register.feature))
    features = groupby(ordered, lambda register: register.feature)
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
        '<target version="1.0">',
        "<architecture>riscv:rv64</architecture>",
        # Else a GDB built for Linux steps by breakpoints of its own, and loses itself at an xRET.
        "<osabi>none</osabi>",
    ]
    for feature, members in features:
        lines.append(f'<feature name="org.gnu.gdb.riscv.{feature}">')
        lines += [_row(register) for register in members]
        lines.append("</feature>")
    return "\n".join([*lines, "</target>", ""]).encode()


def _row(register: Register) -> str:
    save = "" if register.feature == CPU else ' save-restore="no"'
    return (
        f'<reg name="{register.name}" bitsize="64" regnum="{register.number}" '
        f'type="{register.kind}" group="{_group(register)}"{save}/>'
    )


def _group(register: Register) -> str:
    if register.feature == FPU:
        return "float"
    return "general" if register.feature == CPU else "system"
