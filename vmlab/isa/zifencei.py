"""Zifencei: making stores visible to fetches (unprivileged manual, chapter 5)."""

from __future__ import annotations

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

zifencei = Extension("zifencei")


@zifencei("imm[11:0] rs1 001 rd 0001111", "")
def fence_i(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Order stores before later fetches. The fields are reserved and ignored."""
    k.hook("fence_i")
