"""Links and files that mean harm: a thousand of each kind of trick, the same ones at every run.

The native tests try all of the links; the browser test takes a sample, one of each trick.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from random import Random
from typing import Final
from urllib.parse import quote

MARKUP: Final = (
    "<img src=x onerror=vmlabHacked()>", "<script>vmlabHacked()</script>",
    "<svg onload=vmlabHacked()>",
    "\"><iframe srcdoc='<script>parent.vmlabHacked()</script>'>", "javascript:vmlabHacked()",
    "{{constructor.constructor('vmlabHacked()')()}}", "${vmlabHacked()}", "'-vmlabHacked()-'",
    "data:text/html,<script>vmlabHacked()</script>", "__proto__", "constructor", "{0.__class__}",
)  # fmt: skip
CHARACTERS: Final = (
    "\0", "\x1b[31m", "\u202e", "\u2066", "\ufeff", "\ud7ff", "\U0010ffff", "\r\n", "\u2028",
    "e\u0301" * 40, "\x7f",
)  # fmt: skip
NUMBERS: Final = (
    "-1", "1e9", "NaN", "Infinity", "0x10", "１２", "9" * 400, str(1 << 64), "1_000", "+5", " 5",
    "1" * 5000, "0.5", "", "0" * 30,
)  # fmt: skip
KEYS: Final = (
    "g",
    "isa",
    "sv",
    "ram",
    "t",
    "e",
    "n",
    "b",
    "v",
    "lang",
    "theme",
    "u",
    "asm",
    "misaligned",
)
BROKEN: Final = ("", "%", "zz", "c3", "ff%fe", "u202e")
TECHNIQUES: Final = ("nobody", "trap_emulate ", "../x", "TRAP")
MACHINES: Final = (
    "isa=rv128", "isa=x86", "sv=sv99", "e=t9", "misaligned=maybe", "ram=1T", "ram=1", "ram=-64M",
)  # fmt: skip
PATHS: Final = (
    "/etc/passwd",
    "../../tour",
    "/lib/python314.zip",
    "//evil.example/x",
    "C:\\x",
    "~",
    ".",
)


@cache
def bomb(size: int) -> str:
    """Few characters that unpack to many bytes, as `asm=` takes them."""
    deflate = zlib.compressobj(9, wbits=-15)
    packed = deflate.compress(bytes(size)) + deflate.flush()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def packed(source: str) -> str:
    """A source as a link has it, however wrong it is."""
    deflate = zlib.compressobj(9, wbits=-15)
    data = deflate.compress(source.encode("utf-8", "surrogatepass")) + deflate.flush()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SOURCES: Final = (
    ".space 0x4000000\n" * 40, ".fill 99999999, 8, 1\n", "(" * 5000, "a=b\nb=a\n .word a\n",
    ".align 60\n", "li a0, " + "9" * 4000, "j .\n" * 3, ".ascii \"" + "\\377" * 500 + "\"\n",
    "<script>vmlabHacked()</script>", "\0\0\0", "x:" * 3000, ".equ X, 1<<(1<<60)\n",
    ".include \"/etc/passwd\"\n", ".section .bss\n.space 0x4000000\n.text\nnop\n", "",
)  # fmt: skip


def _nested(rng: Random) -> str:
    text = rng.choice(MARKUP)
    for _ in range(rng.randrange(1, 12)):
        text = quote(text, safe="")
    return f"{rng.choice(KEYS)}={text}"


def _noise(rng: Random) -> str:
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0xD800)))) for _ in range(200))


TRICKS: Final[Mapping[str, Callable[[Random], str]]] = {
    "markup": lambda rng: f"u=1&{rng.choice(KEYS)}={quote(rng.choice(MARKUP))}",
    "markup, bare": lambda rng: f"u=1&{rng.choice(KEYS)}={rng.choice(MARKUP)}",
    "markup as a key": lambda rng: f"u=1&{quote(rng.choice(MARKUP))}=1",
    "nested percent": _nested,
    "broken percent": lambda rng: f"{rng.choice(KEYS)}=%{rng.choice(BROKEN)}",
    "characters": lambda rng: f"{rng.choice(KEYS)}=tour{quote(rng.choice(CHARACTERS))}x",
    "numbers": lambda rng: f"{rng.choice(('n', 'b', 'ram', 'u'))}={quote(rng.choice(NUMBERS))}",
    "huge": lambda rng: f"g={'A' * rng.randrange(16_000, 200_000)}",
    "many keys": lambda rng: "&".join(f"k{at}={at}" for at in range(rng.randrange(500, 3_000))),
    "many breakpoints": lambda rng: "b=" + ",".join(map(str, range(rng.randrange(65, 900)))),
    "repeated": lambda rng: "&".join(f"g={name}" for name in ("tour", rng.choice(PATHS))),
    "paths": lambda rng: f"g={quote(rng.choice(PATHS))}",
    "unknown technique": lambda rng: f"g=nano&t={rng.choice(TECHNIQUES)}",
    "unknown machine": lambda rng: rng.choice(MACHINES),
    "newer": lambda rng: f"u={rng.choice(('2', '99', '', 'x', '1.0'))}",
    "source bomb": lambda rng: f"asm={bomb(rng.choice((1 << 20, 1 << 24)))}",
    "source": lambda rng: f"g={quote(rng.choice(MARKUP))}&asm={packed(rng.choice(SOURCES))}",
    "source, damaged": lambda rng: f"asm={packed('nop')[: rng.randrange(4)]}{rng.choice('A=!*')}",
    "no link": _noise,
    "far away": lambda rng: f"n={rng.choice((1 << 40, (1 << 40) - 1))}&g={rng.choice(MARKUP)}",
}  # fmt: skip


def links(count: int) -> Iterator[tuple[str, str]]:
    """So many fragments with the names of their tricks, all tricks in turn."""
    for case in range(count):
        name = list(TRICKS)[case % len(TRICKS)]
        yield f"{name} {case}", "#" + TRICKS[name](Random(f"link/{case}"))


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return made.getvalue()


def files(good_elf: bytes, good_run: bytes) -> dict[str, bytes]:
    """Files by name, some of which are tricks themselves. The good ones are cut and changed."""
    manifest = {"schema": "vmlab/snapshot/99", "x": MARKUP[0]}
    return {
        "<img src=x onerror=vmlabHacked()>.elf": good_elf[:200],
        "empty.elf": b"",
        "page.elf": b"<!doctype html><script>vmlabHacked()</script>",
        "cut.elf": good_elf[: len(good_elf) // 2],
        "\u202egnp.elf": b"\x7fELF" + b"\xff" * 2_000,
        "cut.vmlab": good_run[: len(good_run) * 2 // 3],
        "bomb.vmlab": _zip(manifest__json=bytes(1 << 25)),
        "wrong.vmlab": _zip(manifest__json=MARKUP[1].encode()),
        "newer.vmlab": _zip(manifest__json=json.dumps(manifest).encode()),
        "escape.vmlab": _zip(**{"../../evil__py": b"import os", "manifest__json": b"{}"}),
        "flipped.vmlab": good_run[:300] + bytes([good_run[300] ^ 0xFF]) + good_run[301:],
        "noise.vmlab": Random(7).randbytes(3_000),
    }
