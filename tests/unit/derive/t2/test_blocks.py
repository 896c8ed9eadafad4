"""What of a page is translated, and where a region is entered."""

from __future__ import annotations

from random import Random

import pytest

from tests.unit.derive.t2.pages import random_page
from tests.unit.derive.t2.stage import page_of, region_of
from vmlab.core.errors import BadInput
from vmlab.derive.t2.blocks import WORTH_ENTERING, Page
from vmlab.derive.t2.facts import Edge
from vmlab.derive.t2.region import WHOLE_ISA, translate
from vmlab.isa.extensions import isa_word

NOPS = "nop\n" * WORTH_ENTERING
CALL = f"""
    start:  addi a0, a0, 1
            jal ra, twice
            {NOPS}
            csrr a1, mcause
            {NOPS}
    again:  addi a0, a0, -1
            bnez a0, again
            j outside
    twice:  slli a0, a0, 1
            jr ra
            .balign 4096
    outside: nop
"""


def places(source: str, *names: str) -> list[int]:
    """The offsets of labels, found by what stands before them: each line is an instruction."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    found = []
    for name in names:
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{name}:"))
        found.append(4 * at)
    return found


def test_blocks_edges_and_labels_of_a_small_page() -> None:
    page = page_of(CALL)[:4096]
    region = region_of(page)
    again, twice = places(CALL, "again", "twice")
    after_call, after_csr = 8, 8 + 4 * WORTH_ENTERING + 4
    assert set(region.labels) == {0, after_call, after_csr}
    blocks = {block.offset: block for block in region.blocks}
    assert blocks[0].successors == (Edge("taken", twice),)
    assert blocks[after_call].successors == (Edge("leave", None),), "T1 reads the CSR"
    assert blocks[after_csr].successors == (Edge("fall", again),)
    assert blocks[again].successors == (Edge("fall", again + 8), Edge("back", again))
    assert blocks[again + 8].successors == (Edge("leave", None),), "another page"
    assert blocks[twice].successors == (Edge("indirect", None),)
    assert [block.depth for block in region.blocks].count(0) < len(region.blocks)
    csr = after_csr - 4
    assert not {csr >> 1, (csr >> 1) + 1} & region.covered
    assert region.instructions == sum(block.instructions for block in region.blocks)


def test_a_few_instructions_are_no_reason_to_come_back() -> None:
    few = "nop\n" * (WORTH_ENTERING - 1)
    page = page_of(f"addi a0, a0, 1\ncsrr a1, mcause\n{few} csrr a1, mcause\n{NOPS} ret\n")
    region = region_of(page)
    assert set(region.labels) == {0, 4 * (WORTH_ENTERING + 2)}


def test_a_breakpoint_is_left_to_t1() -> None:
    page = page_of(f"{NOPS}{NOPS}ret\n")
    stop = 4 * WORTH_ENTERING
    region = region_of(page, stops=[stop])
    assert stop >> 1 not in region.covered and stop not in region.labels
    assert translate(page, [stop], [stop]) is not None, "what is behind it may be worth it"
    assert translate(page_of("nop\nret\n"), [0], [0]) is None


def test_made_says_which_wasm_comes_from_which_instruction() -> None:
    rng = Random(5)
    region = region_of(random_page(rng, 1000), range(0, 1000, 50))
    body = region.function.body
    assert {made.offset >> 1 for made in region.made} <= region.covered
    assert len(region.made) == region.instructions
    last = 0
    for made in region.made:
        assert last <= made.first <= made.end <= len(body)
        last = made.end


def test_a_large_region_leaves_out_what_is_far_from_the_first_entries() -> None:
    page = page_of("nop\n" * 600 + "ret\n" + "nop\n" * 300 + "ret\n")
    near = Page(page, (), WHOLE_ISA).code([2404, 0], most=400)
    assert max(near.runs) >= 2404 and sum(len(run.sites) for run in near.runs.values()) == 400
    whole = region_of(page, [2404, 0])
    assert whole.instructions == 902


def test_the_same_content_gives_the_same_module() -> None:
    page = random_page(Random(3), 4096)
    one, other = (region_of(page, entries) for entries in ([0, 64, 128], {128, 0, 64}))
    assert one.module.encode_file() == other.module.encode_file()


def test_an_extension_that_is_off_is_left_to_t1() -> None:
    page = page_of("mul a0, a0, a1\nret\n")
    assert translate(page, [0], isa=isa_word("rv64im")) is not None
    assert translate(page, [0], isa=isa_word("rv64i")) is None


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(BadInput, match="4096 bytes, found 12"):
        translate(bytes(12), [0])
