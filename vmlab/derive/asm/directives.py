"""The directives: what a statement that starts with a dot does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.derive.asm.builder import KNOWN_SECTIONS, Builder, Details, Flags
from vmlab.derive.asm.expressions import Number, Reader
from vmlab.derive.asm.fragments import MOST_BYTES, Align, Data, Space, Text
from vmlab.derive.asm.problems import Wrong
from vmlab.derive.asm.tokens import T, Token


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a directive: its name, and the reader behind it."""

    builder: Builder
    name: Token
    reader: Reader


Directive = Callable[[Use], None]

DATA_BYTES: Final = {
    ".byte": 1, ".2byte": 2, ".half": 2, ".hword": 2, ".short": 2,
    ".4byte": 4, ".word": 4, ".long": 4, ".int": 4,
    ".8byte": 8, ".dword": 8, ".quad": 8,
}  # fmt: skip
"""Sizes of the items; none of them is aligned by itself."""

IGNORED: Final = {
    ".file": "the source's name is for debuggers",
    ".ident": "the compiler's name is for humans",
    ".loc": "line numbers are for debuggers",
    ".addrsig": "it is for linkers that fold functions",
    ".addrsig_sym": "it is for linkers that fold functions",
    ".attribute": "the extensions that are used are written into the ELF file anyway",
    ".extern": "a name that is not defined here is a mistake anyway: there is no linker",
    ".local": "names are local until .globl says otherwise",
    ".hidden": "there is no other object to hide from",
    ".protected": "there is no other object to protect from",
}
"""Directives that change nothing here, and why. `.cfi_...` is for debuggers too."""

REFUSED: Final = {
    ".macro": "macros are not built; write the instructions out",
    ".rept": "repetition is not built; .fill repeats data",
    ".if": "conditional assembly is not built",
    ".ifdef": "conditional assembly is not built",
    ".include": "a source is one file",
    ".incbin": "a source is one file",
    ".org": "use .space or .balign",
    ".comm": "use .bss, a label and .space",
    ".lcomm": "use .bss, a label and .space",
}


def run_directive(builder: Builder, name: Token, reader: Reader) -> None:
    """Do what a directive says. Raises `Wrong`."""
    action = DIRECTIVES.get(name.text)
    if action is not None:
        action(Use(builder, name, reader))
        reader.expect_end()
    elif name.text in REFUSED:
        raise Wrong(name.at, f"{name} cannot be used: {REFUSED[name.text]}")
    elif name.text not in IGNORED and not name.text.startswith(".cfi_"):
        raise Wrong(name.at, f"expected a directive, found {name}", name.text, DIRECTIVES)


# Sections -------------------------------------------------------------------------------------


def _known_section(use: Use) -> None:
    use.builder.enter(use.name.text, None)


def _section(use: Use) -> None:
    """.section NAME [, "flags" [, @progbits | @nobits]]"""
    if use.reader.now.kind not in (T.NAME, T.STRING):
        raise Wrong(use.reader.now.at, f"expected a section's name, found {use.reader.now}")
    section = use.reader.next()
    flags = None
    if use.reader.take_mark(","):
        letters = use.reader.expect(T.STRING, 'flags such as "ax"')
        kind = _section_kind(use.reader)
        is_bss = kind == "nobits" or (
            not kind and section.text.split(".")[1:2] in (["bss"], ["sbss"])
        )
        if unknown := letters.text.strip("awxMSG"):
            raise Wrong(letters.at, f"expected the flags a, w, x, found '{unknown}'")
        flags = Flags("a" in letters.text, "w" in letters.text, "x" in letters.text, is_bss)
    try:
        use.builder.enter(section.text, flags)
    except KeyError:
        known = ", ".join(KNOWN_SECTIONS)
        raise Wrong(
            section.at,
            f'expected flags for the section {section}, as in `.section {section.text}, "aw"` '
            f"(known without: {known})",
        ) from None
    except ValueError:
        raise Wrong(
            section.at, f"expected the flags that {section} had before, found others"
        ) from None


def _section_kind(reader: Reader) -> str:
    if not reader.take_mark(","):
        return ""
    if not reader.take_mark("@"):
        reader.expect_mark("%", " or '@' before the section's type")
    kind = reader.expect(T.NAME, "progbits or nobits")
    if kind.text not in ("progbits", "nobits", "note", "init_array", "fini_array"):
        raise Wrong(kind.at, f"expected progbits or nobits, found {kind}")
    while reader.take_mark(","):  # the size of a merged section's items
        reader.expression()
    return kind.text


# Data -----------------------------------------------------------------------------------------


def _data(use: Use) -> None:
    while True:
        value = use.reader.expression()
        use.builder.add(Data(use.name.at, DATA_BYTES[use.name.text], value))
        if not use.reader.take_mark(","):
            return


def _strings(use: Use) -> None:
    end = b"" if use.name.text == ".ascii" else b"\0"
    while True:
        text = use.reader.expect(T.STRING, "a string in double quotes")
        use.builder.add(Text(use.name.at, text.text.encode("latin-1") + end))
        if not use.reader.take_mark(","):
            return


def _space(use: Use) -> None:
    """.space COUNT [, BYTE]"""
    count = use.reader.expression()
    fill = use.reader.expression() if use.reader.take_mark(",") else Number(0, use.name.at)
    use.builder.add(Space(use.name.at, count, 1, fill))


def _fill(use: Use) -> None:
    """.fill COUNT [, SIZE [, VALUE]]"""
    count = use.reader.expression()
    size, value = 1, Number(0, use.name.at)
    if use.reader.take_mark(","):
        at = use.reader.now.at
        size = use.builder.constant(use.reader.expression())
        if not 1 <= size <= 8:
            raise Wrong(at, f"expected a size of 1..8 bytes, found {size}")
    item = use.reader.expression() if use.reader.take_mark(",") else value
    use.builder.add(Space(use.name.at, count, size, item))


def _align(use: Use) -> None:
    """.align and .p2align take the exponent, .balign the number of bytes; then fill and limit."""
    at = use.reader.now.at
    number = use.builder.constant(use.reader.expression())
    most_exponent = MOST_BYTES.bit_length() - 1
    if use.name.text == ".balign":
        if not (0 <= number <= MOST_BYTES and number & (number - 1) == 0):
            raise Wrong(at, f"expected a power of two of at most {MOST_BYTES:#x}, found {number}")
        alignment = number or 1
    else:
        if not 0 <= number <= most_exponent:
            raise Wrong(
                at,
                f"expected an exponent of 0..{most_exponent} "
                f"({use.name.text} 3 aligns to 8 bytes), found {number}",
            )
        alignment = 1 << number
    fill, most = None, alignment
    if use.reader.take_mark(","):
        if not use.reader.at_mark(","):
            fill = use.builder.constant(use.reader.expression())
        if use.reader.take_mark(","):
            most = use.builder.constant(use.reader.expression())
    is_code = use.builder.current.flags.is_executable
    use.builder.add(Align(use.name.at, alignment, fill, most, is_code))


# Symbols --------------------------------------------------------------------------------------


def _equ(use: Use) -> None:
    symbol = use.reader.expect(T.NAME, "a name")
    use.reader.expect_mark(",", f" after {symbol}")
    value = use.reader.expression()
    use.reader.expect_end()
    use.builder.value(symbol, value, use.reader.now.at)


def _global(use: Use) -> None:
    while True:
        symbol = use.reader.expect(T.NAME, "a name")
        use.builder.symbols.globals.setdefault(symbol.text, symbol.at)
        if not use.reader.take_mark(","):
            return


def _type(use: Use) -> None:
    """.type NAME, @function"""
    symbol = use.reader.expect(T.NAME, "a name")
    use.reader.expect_mark(",", f" after {symbol}")
    if not use.reader.take_mark("@"):
        use.reader.take_mark("%")
    kind = use.reader.expect(T.NAME, "@function or @object")
    if kind.text not in ("function", "object", "notype"):
        raise Wrong(kind.at, f"expected @function or @object, found {kind}")
    use.builder.details.setdefault(symbol.text, Details()).kind = kind.text


def _size(use: Use) -> None:
    """.size NAME, SIZE"""
    symbol = use.reader.expect(T.NAME, "a name")
    use.reader.expect_mark(",", f" after {symbol}")
    details = use.builder.details.setdefault(symbol.text, Details())
    details.size = use.reader.expression()
    details.place = use.builder.here(use.name.at)


def _option(use: Use) -> None:
    """.option: nothing is compressed or relaxed by itself, whether that is allowed or not."""
    option = use.reader.expect(T.NAME, "an option")
    match option.text:
        case "push":
            use.builder.option_depth += 1
        case "pop" if use.builder.option_depth == 0:
            raise Wrong(option.at, "expected `.option push` before `.option pop`")
        case "pop":
            use.builder.option_depth -= 1
        case "rvc" | "norvc" | "norelax" | "relax" | "nopic":
            return
        case _:
            known = "rvc, norvc, norelax, relax, nopic, push or pop"
            raise Wrong(option.at, f"expected {known}, found {option}")


DIRECTIVES: Final[dict[str, Directive]] = {
    ".section": _section,
    ".ascii": _strings,
    ".asciz": _strings,
    ".string": _strings,
    ".space": _space,
    ".skip": _space,
    ".zero": _space,
    ".fill": _fill,
    ".align": _align,
    ".p2align": _align,
    ".balign": _align,
    ".equ": _equ,
    ".set": _equ,
    ".globl": _global,
    ".global": _global,
    ".weak": _global,
    ".type": _type,
    ".size": _size,
    ".option": _option,
    **dict.fromkeys(DATA_BYTES, _data),
    **dict.fromkeys((".text", ".rodata", ".data", ".bss"), _known_section),
}
