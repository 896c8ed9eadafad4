"""The wasm printer prints what the golden files say."""

from __future__ import annotations

from tests.golden.regions import PAGES
from tests.golden.wasm_golden import FOLDER, KERNELS, NAMES, T1_KERNELS, texts


def test_printed_wasm_is_as_in_the_golden_files() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.wat")}
    wanted = texts()
    assert len(wanted) == len(KERNELS) + len(NAMES) + len(T1_KERNELS) + 1 + len(PAGES)
    changed = sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n))
    assert not changed, (
        f"the printer prints {changed} differently: if that is meant, run "
        "`python -m tests.golden.wasm_golden` and look at the diff"
    )
