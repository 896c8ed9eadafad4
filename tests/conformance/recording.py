"""Recorded runs of Spike: a program and its steps in one small file, for Pythons without Spike.

    python -m tests.conformance.recording [FAMILY...]      makes tests/data/spike anew

An xz-compressed text: one line of JSON (the image, what Spike it was, a digest of scratch at the
end), then one line a step: distance of pc from where the last instruction ended, instruction
word, mode, register, value, CSR writes, trap and tval; all in hexadecimal, absent parts empty.
"""

from __future__ import annotations

import base64
import hashlib
import json
import lzma
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.conformance import spike
from tests.conformance.catalogue import FAMILIES, generate
from tests.conformance.image import Image
from tests.conformance.lockstep import before_end
from tests.conformance.spike import Step

FOLDER: Final = Path(__file__).parent.parent / "data" / "spike"
SCHEMA: Final = "vmlab/spike-log/1"
SEED: Final = 1_000_002
"""Recorded programs are none of those that run beside a live Spike."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A program, what Spike did with it, and the digest of scratch memory at the end."""

    image: Image
    steps: list[Step]
    scratch_sha256: str
    spike: str


def digest(scratch: bytes) -> str:
    """What a recording keeps of scratch memory."""
    return hashlib.sha256(scratch).hexdigest()


def save(path: Path, image: Image, steps: Sequence[Step], scratch: bytes) -> None:
    """Write a recording."""
    head = {
        "schema": SCHEMA,
        "spike": version("spike"),
        "name": image.name,
        "entry": image.entry,
        "end": image.end,
        "tohost": image.tohost,
        "scratch": list(image.scratch),
        "scratch_sha256": digest(scratch),
        "platform": image.platform,
        "segments": [[at, base64.b85encode(data).decode()] for at, data in image.segments],
    }
    text = "\n".join([json.dumps(head), *_lines(steps)]) + "\n"
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def load(path: Path) -> Recording:
    """Read a recording; refuses another schema."""
    first, *lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    head = json.loads(first)
    assert head["schema"] == SCHEMA, f"{path.name}: expected {SCHEMA}, found {head['schema']}"
    low, high = head["scratch"]
    image = Image(
        head["name"],
        tuple((at, base64.b85decode(data)) for at, data in head["segments"]),
        head["entry"],
        head["end"],
        head["tohost"],
        (low, high),
        head["platform"],
    )
    return Recording(image, list(_steps(lines)), head["scratch_sha256"], head["spike"])


def _lines(steps: Sequence[Step]) -> Iterator[str]:
    expected = 0
    for step in steps:
        parts = [
            f"{step.pc - expected:x}" if step.pc != expected else "",
            "" if step.insn is None else f"{step.insn:x}",
            "" if step.mode < 0 else str(step.mode),
            f"{step.rd:x}={step.value:x}" if step.rd else "",
            ",".join(f"{name}={value:x}" for name, value in step.csrs),
            step.trap,
            "" if step.tval is None else f"{step.tval:x}",
        ]
        expected = step.pc + 4
        yield ";".join(parts).rstrip(";")


def _steps(lines: Sequence[str]) -> Iterator[Step]:
    expected = 0
    for line in lines:
        parts = line.split(";")
        pc, insn, mode, register, csrs, trap, tval = parts + [""] * (7 - len(parts))
        at = expected + int(pc, 16) if pc else expected
        rd, _, value = register.partition("=")
        written = tuple(csr.split("=") for csr in csrs.split(",")) if csrs else ()
        yield Step(
            at,
            int(insn, 16) if insn else None,
            int(mode) if mode else -1,
            int(rd, 16) if rd else 0,
            int(value, 16) if value else 0,
            tuple((name, int(new, 16)) for name, new in written),
            trap=trap,
            tval=int(tval, 16) if tval else None,
        )
        expected = at + 4


def main() -> None:
    """Run one program of each family, or of those named, in Spike and keep what it did."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for family in sys.argv[1:] or FAMILIES:
        image = generate(family, SEED)
        done = spike.run(image)
        steps = before_end(list(spike.read_log(done.log.splitlines())), image)
        path = FOLDER / f"{family}.xz"
        save(path, image, steps, done.scratch)
        sys.stdout.write(f"{path.name}: {len(steps)} steps, {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
