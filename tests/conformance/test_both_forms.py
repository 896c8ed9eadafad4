"""Programs with the wasm form of every kernel and instruction beside the Python form.

`tests/differential` compares the forms on random states, one call each; here they run on states
that programs lead to, whose Python side is the one that agrees with Spike.
"""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("wasmtime")

from tests.conformance.both_forms import BothForms
from tests.conformance.catalogue import FAMILIES
from tests.conformance.lockstep import Lockstep
from tests.conformance.recording import FOLDER, load
from tests.conformance.volume import WASM_PROPERTY
from tests.conftest import LONG
from tests.differential.forms import Disagreement
from vmlab.isa.table import INSTRUCTIONS

STEPS = 100_000 if LONG else 8_000
"""Instructions a family."""


@pytest.mark.parametrize("family", FAMILIES)
def test_both_forms_do_the_same(family: str, record_property: Any) -> None:
    recording = load(FOLDER / f"{family}.xz")
    machine = Lockstep(recording.image, BothForms)
    assert isinstance(machine.engine, BothForms)
    done = machine.each(recording.steps[:STEPS])
    machine.engine.all_of_ram()
    names = {instruction.name for instruction in INSTRUCTIONS}
    ran = sum(count for name, count in machine.engine.compared.items() if name in names)
    assert ran > done / 2
    record_property(WASM_PROPERTY, [family, ran, machine.engine.compared.total() - ran])


def test_a_wrong_wasm_form_is_found() -> None:
    recording = load(FOLDER / "compute.xz")
    machine = Lockstep(recording.image, BothForms)
    assert isinstance(machine.engine, BothForms)
    memory = machine.engine._words
    compare = machine.engine._compare

    def wrong(name: str, args: tuple[int, ...], expected: Any, found: Any) -> None:
        if name == "xor":
            memory[args[0] or 1] ^= 1
        compare(name, args, expected, found)

    machine.engine._compare = wrong  # type: ignore[method-assign]
    with pytest.raises(Disagreement, match=r"xor\(.*\n.*\n  x\[\d+\]: 0x"):
        machine.each(recording.steps)
