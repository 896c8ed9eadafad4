"""A listing of code: addresses, words, text, with the symbols as headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vmlab.core.bits import align_up
from vmlab.derive.decoder import decode, size_of
from vmlab.derive.disasm import NO_SYMBOLS, data_word, disassemble

_WORD_BYTES = 4
_HALF_BYTES = 2


def listing(
    segments: Iterable[tuple[int, bytes]], symbols: Mapping[int, str] = NO_SYMBOLS
) -> Iterator[str]:
    """The lines of a listing of segments, (address, bytes) each.

    A heading `0000000080000000 <main>:` stands where a symbol does; bytes that do not make an
    instruction or a word, at a segment's ends or before a symbol at an odd place, are shown as
    `.byte`.
    """
    for start, data in segments:
        address, end = start, start + len(data)
        places = sorted(place for place in symbols if start <= place < end)
        at_place = 0
        while address < end:
            while at_place < len(places) and places[at_place] < address:
                at_place += 1
            if at_place < len(places) and places[at_place] == address:
                yield ""
                yield f"{address:016x} <{symbols[address]}>:"
                at_place += 1
            stop = places[at_place] if at_place < len(places) else end
            stop = min(stop, _end(address, data[address - start :][:_WORD_BYTES]))
            chunk = data[address - start : stop - start]
            yield _line(address, chunk, symbols)
            address = stop


def _end(address: int, data: bytes) -> int:
    """Where the instruction that starts here ends, or the word that is none."""
    half = int.from_bytes(data[:_HALF_BYTES], "little")
    if address % _HALF_BYTES == 0 and (size_of(half) == _WORD_BYTES or decode(half)):
        return address + size_of(half)
    return align_up(address + 1, _WORD_BYTES)


def _line(address: int, chunk: bytes, symbols: Mapping[int, str]) -> str:
    word = int.from_bytes(chunk, "little")
    whole = len(chunk) in (_HALF_BYTES, _WORD_BYTES) and size_of(word) == len(chunk)
    if len(chunk) == _WORD_BYTES or (whole and decode(word)):
        text = disassemble(word, address, symbols) if whole else data_word(word)
        return f"    {address:8x}:  {chunk[::-1].hex():<8}  {text}"
    items = ", ".join(f"{byte:#04x}" for byte in chunk)
    return f"    {address:8x}:  {chunk[::-1].hex():<8}  .byte {items}"
