"""A program that diverges, made small: instructions become nops while the divergence remains.

Addresses stay as they are, so labels, tables and handlers need no care. Big runs go first
(episodes, in effect), then ever smaller ones, down to single instructions. A smaller program may
loop or end otherwise: only Spike's log up to the divergence counts, and the log is kept short.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.conformance import layout, spike
from tests.conformance.image import Image
from tests.conformance.lockstep import Divergence, Lockstep, Make
from tests.conformance.spike import Step
from vmlab.derive.decoder import decode, size_of
from vmlab.derive.disasm import disassemble

NOP: Final = {4: 0x0000_0013, 2: 0x0001}
LOG_BYTES_A_STEP: Final = 200
SPARE_STEPS: Final = 500
BUDGET_S: Final = 60.0


@dataclass(frozen=True)
class Kind:
    """What makes two divergences the same: what differs, after which instruction (when each was
    compared)."""

    what: str
    instruction: str

    @classmethod
    def of(cls, found: Divergence, singly: bool) -> Kind:
        what = "register" if re.match(r"[xf]\d", found.what) else found.what.split(" at ")[0]
        if what == "memory" or not singly:
            return cls(what, "")
        insn = None if found.last is None or found.last.insn is None else found.last.insn
        instruction = None if insn is None else decode(insn)
        return cls(what, instruction.name if instruction else "")


@dataclass(frozen=True)
class Small:
    """A shrunk program, the instructions that are left, and its divergence."""

    image: Image
    kept: tuple[int, ...]
    divergence: Divergence
    attempts: int

    def text(self) -> str:
        """The program as a listing, and both machines' states."""
        lines = [
            f"{len(self.kept)} instructions are enough ({self.attempts} programs tried):",
            *listing(self.image, self.kept),
            str(self.divergence),
        ]
        return "\n".join(lines)


def divergence_of(
    image: Image, steps: int, stride_seed: int | None, engine: str | Make = "t0"
) -> tuple[Divergence, list[Step]] | None:
    """How the machines differ within so many steps, and Spike's steps up to there; None if
    they agree."""
    try:
        done = spike.run(image, log_bytes=LOG_BYTES_A_STEP * (steps + SPARE_STEPS))
        # The last line may be cut, and with it what its step says.
        found = list(spike.read_log(done.log.splitlines()[:-1]))[:-1]
        at = next((at for at, step in enumerate(found) if step.pc == image.entry), len(found))
        last = next((at for at, step in enumerate(found) if step.pc == image.end), len(found))
        machine = Lockstep(image, engine)
        if stride_seed is None:
            machine.each(found[at:last])
        else:
            machine.strides(found[at:last], stride_seed)
        if done.scratch:
            machine.memory(done.scratch)
    except spike.SpikeError:
        return None
    except Divergence as difference:
        return difference, found[at : at + machine.reached + 1]
    return None


def shrink(image: Image, stride_seed: int | None = None, engine: str | Make = "t0") -> Small | None:
    """The smallest program found within BUDGET_S that diverges instruction by instruction, or in
    strides of a seed; None if the program does not diverge."""
    first = divergence_of(image, 1_000_000, stride_seed, engine)
    if first is None:
        return None
    steps = _executed(image, first[1])
    search = _Search(image, stride_seed, len(first[1]), first[0], engine)
    text = set(steps)
    search.drop(address for address in _all(image) if address not in text)
    size = len(steps)
    while size and not search.late:
        at = 0
        while at < len(search.kept(steps)) and not search.late:
            kept = search.kept(steps)
            if not search.drop(kept[at : at + size]):
                at += size
        size = min(size, len(search.kept(steps))) // 2
    return Small(search.image, tuple(search.kept(steps)), search.divergence, search.attempts)


class _Search:
    """The smallest image so far."""

    def __init__(
        self,
        image: Image,
        stride_seed: int | None,
        steps: int,
        divergence: Divergence,
        engine: str | Make,
    ) -> None:
        self._engine = engine
        self.image = image
        self.divergence = divergence
        self.attempts = 0
        self._stride_seed = stride_seed
        self._kind = Kind.of(divergence, stride_seed is None)
        self._steps = steps
        self._gone: set[int] = set()
        self._until = time.monotonic() + BUDGET_S

    @property
    def late(self) -> bool:
        """True when the time is over."""
        return time.monotonic() > self._until

    def kept(self, addresses: Sequence[int]) -> list[int]:
        """Those that have not been dropped."""
        return [address for address in addresses if address not in self._gone]

    def drop(self, addresses: Iterable[int]) -> bool:
        """Try without these instructions; True if the divergence remains."""
        chosen = set(addresses) - self._gone
        if not chosen:
            return False
        self.attempts += 1
        smaller = without(self.image, chosen)
        found = divergence_of(smaller, self._steps, self._stride_seed, self._engine)
        if found is None or Kind.of(found[0], self._stride_seed is None) != self._kind:
            return False
        self.image, self.divergence = smaller, found[0]
        self._steps = min(self._steps, len(found[1]))
        self._gone |= chosen
        return True


def _code(image: Image) -> bytes:
    return next(data for at, data in image.segments if at == layout.CODE)


def _all(image: Image) -> Iterable[int]:
    """Addresses of instructions, as they stand one behind the other."""
    code = _code(image)
    at = 0
    while at < len(code):
        yield layout.CODE + at
        at += size_of(int.from_bytes(code[at : at + 2], "little"))


def _executed(image: Image, steps: Sequence[Step]) -> list[int]:
    """Physical addresses of the program's own instructions that ran, in order."""
    length = len(_code(image))
    seen: dict[int, None] = {}
    for step in steps:
        for pa in (step.pc, step.pc - layout.U_ALIAS):
            if layout.CODE <= pa < layout.CODE + length:
                seen[pa] = None
    return sorted(seen)


def without(image: Image, addresses: set[int]) -> Image:
    """The image with nops at these addresses."""
    code = bytearray(_code(image))
    for address in addresses:
        at = address - layout.CODE
        size = size_of(int.from_bytes(code[at : at + 2], "little"))
        code[at : at + size] = NOP[size].to_bytes(size, "little")
    segments = tuple(
        (at, bytes(code) if at == layout.CODE else data) for at, data in image.segments
    )
    return replace(image, segments=segments)


def listing(image: Image, addresses: Sequence[int]) -> Iterable[str]:
    """Instructions by address; gaps are nops."""
    code = _code(image)
    for address in addresses:
        at = address - layout.CODE
        size = size_of(int.from_bytes(code[at : at + 2], "little"))
        word = int.from_bytes(code[at : at + size], "little")
        yield f"  {address:#x}  {word:0{2 * size}x}  {disassemble(word, address, {})}"


def explained(
    image: Image, found: Divergence, stride_seed: int | None, engine: str | Make = "t0"
) -> Divergence:
    """The divergence with the small program that shows it too, if there is one."""
    # A divergence in strides is mostly there instruction by instruction too, and better seen.
    small = shrink(image, None, engine)
    if small is None and stride_seed is not None:
        small = shrink(image, stride_seed, engine)
    if small is None:
        return found
    return Divergence(f"{found}\n\nMade small: {small.text()}", found.what, found.last)
