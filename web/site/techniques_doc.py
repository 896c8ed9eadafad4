"""Keeps the table of web/docs/techniques.md what the code says: `python -m
web.site.techniques_doc`. With `--check` it writes nothing and ends with 1 if the page is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vmlab.derive.refdoc import fill, markdown
from vmlab.vmm.techniques import TECHNIQUES

PAGE = Path(__file__).parent.parent / "docs" / "techniques.md"


def techniques() -> str:
    """A row a technique: what it does, and the laws that it promises to keep."""
    rows = [
        (
            f"`{row.name}`",
            row.title,
            row.mechanism,
            *(law.value for law in (row.promise.equivalence, row.promise.control,
                                    row.promise.efficiency)),
        )
        for row in TECHNIQUES.values()
    ]  # fmt: skip
    return markdown(
        ("Technique", "What it is", "How", "Equivalence", "Control", "Efficiency"), rows
    )


def filled(page: str) -> str:
    """The page with its table as it is now."""
    return fill(page, {"techniques": techniques})


def main() -> int:
    """Write the page, or check it."""
    old = PAGE.read_text("utf-8")
    new = filled(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print(f"{PAGE} is out of date; run python -m web.site.techniques_doc", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
