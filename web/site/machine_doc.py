"""Keeps the tables of web/docs/machine.md what the code says: `python -m web.site.machine_doc`.

With `--check` it writes nothing and ends with 1 if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vmlab.derive.refdoc import fill, markdown
from vmlab.machine.platform import CHOICES, Machine, Platform

PAGE = Path(__file__).parent.parent / "docs" / "machine.md"


def board() -> str:
    """The memory map, and what each device is compatible with."""
    rows = []
    for device in Machine(Platform(ram_bytes=1 << 20)).bus.devices:
        compatible = device.node().properties.get("compatible", "")
        names = [compatible] if isinstance(compatible, str) else compatible
        source = device.node().properties.get("interrupts", "")
        words = ", ".join(f"`{name}`" for name in names if name)
        rows.append(
            (f"{device.base:#x}", f"{device.size_bytes:#x}", device.name, words, f"{source}")
        )
    return markdown(("Base", "Bytes", "Device", "Compatible", "PLIC source"), rows)


def choices() -> str:
    """What a platform may choose, its default first."""
    default = Platform()
    rows = []
    for name, values in CHOICES.items():
        chosen = getattr(default, name)
        others = ", ".join(f"`{value}`" for value in values if value != chosen)
        rows.append((f"`{name}`", f"`{chosen}`", others))
    return markdown(("Choice", "Default", "Or"), rows)


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    return fill(page, {"board": board, "choices": choices})


def main() -> int:
    """Write the page, or check it."""
    old = PAGE.read_text("utf-8")
    new = filled(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print(f"{PAGE} is out of date; run python -m web.site.machine_doc", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
