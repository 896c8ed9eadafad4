"""The page about nano: its numbers are measured here, and its names are those of the sources."""

from __future__ import annotations

from pathlib import Path

from tests.guests_nano.test_benchmarks import instructions, one
from vmlab.guests import build
from vmlab.guests.nano import BENCHMARKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "web" / "docs" / "nano.md").read_text(encoding="utf-8")


def test_the_table_of_benchmarks_is_what_is_measured() -> None:
    rows = "".join(
        f"| `{name}` | {what} | {one(name, instructions)['retired']:.0f} |\n"
        for name, what in BENCHMARKS.items()
    )
    assert PAGE.endswith(f"| --- | --- | ---: |\n{rows}"), f"the table should be:\n{rows}"


def test_every_file_of_the_kernel_is_on_the_page() -> None:
    folder = build.SOURCES / "nano"
    for path in folder.iterdir():
        if path.suffix in {".c", ".S"}:
            assert f"`{path.name}`" in PAGE, path.name


def test_only_the_platform_knows_a_csr() -> None:
    """Another platform is another folder: no other source of the kernel may know how it is done."""
    folder = build.SOURCES / "nano"
    for path in [*folder.glob("*.c"), *folder.glob("*.S"), folder / "kernel.h", folder / "riscv.h"]:
        text = path.read_text(encoding="utf-8")
        code = "\n".join(line for line in text.splitlines() if "*" not in line[:3])
        for word in (
            "csrr",
            "csrw",
            "csr_",
            "sret",
            "sfence",
            "wfi",
            "ecall\n",
            "SATP_",
            "SSTATUS",
        ):
            assert word not in code, (path.name, word)
