"""Branch hints: they stand where the branches stand, before and after a module is moved."""

from __future__ import annotations

from random import Random

from tests.unit.derive.t2.pages import random_page
from tests.unit.derive.t2.stage import region_of
from tests.unit.derive.test_wasm_relocation import number, sections
from vmlab.derive.t2.facts import Region
from vmlab.derive.wasm.module import BRANCH_HINTS
from vmlab.derive.wasm.opcodes import OPCODES
from vmlab.derive.wasm.relocation import relocate, unpack

BRANCHES = {OPCODES[name][0]: name for name in ("if", "br_if")}


def hints(binary: bytes) -> list[tuple[str, bool]]:
    """What is said of each hinted branch, in the order of the section, read from the bytes."""
    kinds = [kind for kind, _ in sections(binary)]
    code = next(content for kind, content in sections(binary) if kind == 10)
    name = bytes((len(BRANCH_HINTS),)) + BRANCH_HINTS.encode()
    at_section, said = next(
        (place, content)
        for place, (kind, content) in enumerate(sections(binary))
        if kind == 0 and content.startswith(name)
    )
    assert at_section < kinds.index(10), "hints stand before the code"
    imported = _functions_imported(binary)
    bodies = _bodies(code)
    found = []
    count, at = number(said, len(name))
    for _ in range(count):
        function, at = number(said, at)
        branches, at = number(said, at)
        last = -1
        for _ in range(branches):
            offset, at = number(said, at)
            size, likely = said[at], said[at + 1]
            at += 2
            assert size == 1 and offset > last
            last = offset
            found.append((BRANCHES[bodies[function - imported][offset]], bool(likely)))
    assert at == len(said)
    return found


def _bodies(code: bytes) -> list[bytes]:
    count, at = number(code, 0)
    found = []
    for _ in range(count):
        size, at = number(code, at)
        found.append(code[at : at + size])
        at += size
    return found


def _functions_imported(binary: bytes) -> int:
    content = next(content for kind, content in sections(binary) if kind == 2)
    return number(content, 0)[0] - 1  # all but the memory


def _wanted(region: Region) -> list[tuple[str, bool]]:
    return [
        (instr.name, instr.likely)
        for function in region.module.functions
        for instr in function.body
        if instr.likely is not None
    ]


def test_hints_say_what_the_instructions_say() -> None:
    region = region_of(random_page(Random(8), 2000), range(0, 2000, 100))
    wanted = _wanted(region)
    assert {name for name, _ in wanted} == set(BRANCHES.values())
    assert hints(region.module.encode()) == wanted
    assert hints(relocate(*unpack(region.module.encode_file()), 0x1000_0000)) == wanted
