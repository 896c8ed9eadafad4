"""A WebAssembly module as data, and its binary form (core specification, chapter 5.5).

One memory, imported; functions, imported and our own; at most one table, of functions that others
put there. No globals or start function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from vmlab.core.pieces import Pieces, at_once
from vmlab.derive.wasm.opcodes import Instr, Type, encode, encode_padded, has_offset, unsigned

MAGIC: Final = b"\x00asm\x01\x00\x00\x00"
"""How a binary starts: its kind and its version."""
ENVIRONMENT: Final = "env"
"""The module name of what the host provides."""
RELOCATION: Final = "vmlab.reloc"
"""The name of the section that says where a file's offsets are."""
BRANCH_HINTS: Final = "metadata.code.branch_hint"
"""The name of the section that says which way branches mostly go (branch hinting, in the
specification's appendix on code metadata)."""
_AT_A_TIME: Final = 100
"""Instructions that are encoded with no pause."""
MEMORY: Final = "memory"
"""The imported memory's name."""


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives; several results are allowed."""

    params: tuple[Type, ...]
    results: tuple[Type, ...]

    def encode(self) -> bytes:
        return b"\x60" + _types(self.params) + _types(self.results)


@dataclass(frozen=True)
class Local:
    """A parameter or a local. The name is for readers of the text form only."""

    name: str
    type: Type


@dataclass(frozen=True)
class Import:
    """A function that the host provides."""

    name: str
    signature: Signature
    module: str = ENVIRONMENT
    """Whose function it is."""


@dataclass(frozen=True)
class Table:
    """An exported table of functions. `call_indirect 0` calls one of them: the signature is the
    module's first."""

    name: str
    length: int
    signature: Signature


@dataclass
class Function:
    """A function of the module. `body` has no final `end`."""

    name: str
    params: tuple[Local, ...]
    results: tuple[Type, ...]
    locals: list[Local] = field(default_factory=list)
    body: list[Instr] = field(default_factory=list)
    exported: bool = True

    @property
    def signature(self) -> Signature:
        return Signature(tuple(param.type for param in self.params), self.results)

    def encode(
        self, positions: list[int] | None = None, hints: list[tuple[int, bool]] | None = None
    ) -> bytes:
        """The code section's entry. With `positions`, every offset takes five bytes, and where in
        the entry it stands is added to the list; `hints` gets where in it, its size left out, the
        branches with a hint stand."""
        return at_once(self.encoding(positions, hints))

    def encoding(
        self, positions: list[int] | None = None, hints: list[tuple[int, bool]] | None = None
    ) -> Pieces[bytes]:
        """`encode` in pieces of some instructions."""
        runs = [
            (kind, len(list(run))) for kind, run in groupby(local.type for local in self.locals)
        ]
        out = bytearray(_vector(unsigned(count) + bytes((kind.value,)) for kind, count in runs))
        # Most instructions come again and again: each is encoded once.
        found: list[int] = []
        plain: dict[Instr, bytes] = {}
        moved: dict[Instr, bytes] = {}
        hinted: dict[Instr, bytes] = {}
        for at, instr in enumerate(self.body, 1):
            if not at % _AT_A_TIME:
                yield
            if (code := plain.get(instr)) is not None:
                out += code
            elif (code := moved.get(instr)) is not None:
                found.append(len(out) + 2)  # after the opcode and the alignment
                out += code
            elif instr.likely is not None:
                if hints is not None:
                    hints.append((len(out), instr.likely))
                out += hinted.get(instr) or hinted.setdefault(instr, encode(instr))
            elif positions is not None and has_offset(instr):
                found.append(len(out) + 2)
                out += moved.setdefault(instr, encode_padded(instr))
            else:
                out += plain.setdefault(instr, encode(instr))
        out += encode(Instr("end"))
        size = unsigned(len(out))
        if positions is not None:
            positions += [len(size) + at for at in found]
        return size + out


@dataclass(frozen=True)
class Module:
    """Imported functions come first in the index space, then our own, in order."""

    imports: tuple[Import, ...]
    functions: tuple[Function, ...]
    table: Table | None = None

    def signatures(self) -> list[Signature]:
        """Every signature once, by first use; the table's stands before all."""
        used = [] if self.table is None else [self.table.signature]
        used += [entry.signature for entry in self.imports]
        used += [function.signature for function in self.functions]
        return list(dict.fromkeys(used))

    def names(self) -> list[str]:
        """Function names by index."""
        return [entry.name for entry in self.imports] + [entry.name for entry in self.functions]

    def encode(self) -> bytes:
        """The binary module, function names included so that profilers and traps can show them."""
        before, code, after = self._parts(*at_once(self._entries(None)))
        return before + code + after

    def _entries(self, positions: list[list[int]] | None) -> Pieces[tuple[list[bytes], bytes]]:
        """The code section's entries, and the section of hints, which stands before it. With
        `positions`, those of each entry are added."""
        entries, hinted = [], []
        for index, function in enumerate(self.functions, len(self.imports)):
            own: list[int] = []
            hints: list[tuple[int, bool]] = []
            entries.append(
                (yield from function.encoding(None if positions is None else own, hints))
            )
            if positions is not None:
                positions.append(own)
            if hints:
                said = _vector(unsigned(at) + bytes((1, likely)) for at, likely in hints)
                hinted.append(unsigned(index) + said)
        return entries, custom_section(BRANCH_HINTS, _vector(hinted)) if hinted else b""

    def encode_relocatable(self) -> tuple[bytes, list[int]]:
        """The binary module with offsets that can be moved, and where they stand in it.

        Offsets count modulo 2**32, so that they may be negative until the base of what they
        count from is added (`relocation`). The binary is a valid module as it is.
        """
        return at_once(self._relocatable())

    def _relocatable(self) -> Pieces[tuple[bytes, list[int]]]:
        positions: list[list[int]] = []
        entries, hints = yield from self._entries(positions)
        before, code, after = self._parts(entries, hints)
        # The entries are the end of the code section.
        start, found = len(before) + len(code) - sum(map(len, entries)), []
        for entry, own in zip(entries, positions, strict=True):
            found += [start + at for at in own]
            start += len(entry)
        return before + code + after, found

    def encode_file(self) -> bytes:
        """A file that `relocation` can move: the relocatable binary, and at its end a custom
        section with the positions of the offsets. Tools that do not know the section skip it: the
        file is a valid module, for an arena at 0."""
        return at_once(self.encoding_file())

    def encoding_file(self) -> Pieces[bytes]:
        """`encode_file` in pieces of some instructions."""
        binary, positions = yield from self._relocatable()
        yield
        distances = [at - before for at, before in zip(positions, [0, *positions], strict=False)]
        content = unsigned(len(distances)) + b"".join(map(unsigned, distances))
        return binary + custom_section(RELOCATION, content)

    def _parts(self, entries: Sequence[bytes], hints: bytes) -> tuple[bytes, bytes, bytes]:
        """The binary: what stands before the code section, that section, and the rest."""
        types = self.signatures()
        number = {signature: index for index, signature in enumerate(types)}
        # The memory has at least one page; whoever instantiates brings one that is large enough.
        imports = [_name(ENVIRONMENT) + _name(MEMORY) + b"\x02\x00" + unsigned(1)]
        for entry in self.imports:
            kind = b"\x00" + unsigned(number[entry.signature])
            imports.append(_name(entry.module) + _name(entry.name) + kind)
        first = len(self.imports)
        exports = [
            _name(function.name) + b"\x00" + unsigned(first + index)
            for index, function in enumerate(self.functions)
            if function.exported
        ]
        tables = []
        if self.table is not None:
            exports.insert(0, _name(self.table.name) + b"\x01\x00")
            tables = [_section(4, _vector([b"\x70\x00" + unsigned(self.table.length)]))]
        names = _vector(unsigned(index) + _name(name) for index, name in enumerate(self.names()))
        before = b"".join((
            MAGIC,
            _section(1, _vector(signature.encode() for signature in types)),
            _section(2, _vector(imports)),
            _section(3, _vector(unsigned(number[entry.signature]) for entry in self.functions)),
            *tables,
            _section(7, _vector(exports)),
            hints,
        ))  # fmt: skip
        after = custom_section("name", b"\x01" + unsigned(len(names)) + names)
        return before, _section(10, _vector(entries)), after


def _vector(items: Iterable[bytes]) -> bytes:
    parts = list(items)
    return unsigned(len(parts)) + b"".join(parts)


def _types(types: Sequence[Type]) -> bytes:
    return _vector(bytes((kind.value,)) for kind in types)


def _name(text: str) -> bytes:
    data = text.encode()
    return unsigned(len(data)) + data


def custom_section(name: str, content: bytes) -> bytes:
    """A section that engines skip and tools may know by its name."""
    return _section(0, _name(name) + content)


def _section(number: int, content: bytes) -> bytes:
    return bytes((number,)) + unsigned(len(content)) + content
