"""Keeps the tables of web/docs/counters.md what the code says and counts:
`python -m web.site.counters_doc`.

The guest of the example stands in the page itself, in assembly; the tables are from running it.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from vmlab.core.units import MIB
from vmlab.derive.refdoc import fill, markdown
from vmlab.vmm import techniques
from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.costs import PRESETS, PRICED, Preset, Price, cycles
from vmlab.vmm.common.counters import DEFINITIONS, Counters
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.subject import admitted, host_for
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.interpret.monitor import Interpreter

PAGE = Path(__file__).parent.parent / "docs" / "counters.md"
SHOWN = ("bare", "interpret", "trap_emulate", "trap_emulate_traced")
MOST_INSNS = 10_000


def example() -> Payload:
    """The guest in the page."""
    found = re.search(r"```asm\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None, "the page holds a guest in assembly"
    return assembled(found[1], "counters.md")


@cache
def counted(technique: str) -> Counters:
    """The counts of the example, run to its end."""
    board = guest_platform(MIB)
    subject = (
        admitted(Interpreter(host_for((board,), "t0"), count_ops=True), board, example())
        if technique == Interpreter.name
        else techniques.find(technique).alone(board, example(), "t0")
    )
    subject.run(MOST_INSNS)
    assert not subject.runnable
    return subject.counters


def definitions() -> str:
    """What each counter counts."""
    return markdown(
        ("Counter", "Counts"), [(f"`{name}`", DEFINITIONS[name]) for name in DEFINITIONS]
    )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def numbers() -> str:
    """The example's counters; those that are 0 or absent everywhere are left out."""
    columns = [counted(name).rows() for name in SHOWN]
    rows = [
        (f"`{name}`", *(_number(column[name]) for column in columns))
        for name in columns[0]
        if any(column[name] for column in columns)
    ]
    return markdown(("Counter", *(f"`{name}`" for name in SHOWN)), rows)


def modelled() -> str:
    """The example's modelled cycles."""
    rows = [
        (f"`{preset.name}`", *(f"{cycles(counted(name), preset).value:,}" for name in SHOWN))
        for preset in PRESETS.values()
    ]
    return markdown(("Preset", *(f"`{name}`, modelled" for name in SHOWN)), rows)


def prices(preset: Preset) -> str:
    """A preset's prices with their sources, a row each; first come exits."""
    shared: dict[Price, list[str]] = {}
    for reason in Reason:
        shared.setdefault(preset.exits[reason], []).append(reason.value)
    for name in PRICED:
        shared.setdefault(preset.counts[name], []).append(f"`{name}`")
    rows = [
        (
            ", ".join(names),
            f"{price.cycles:,}",
            f"derived: {price.source}" if price.derived else price.source,
        )
        for price, names in shared.items()
    ]
    return markdown(("Exit or count", "Cycles", "Source"), rows)


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    tables = {"definitions": definitions, "numbers": numbers, "modelled": modelled}
    for preset in PRESETS.values():
        tables[preset.name] = lambda preset=preset: prices(preset)
    return fill(page, tables)


def main() -> int:
    """Write the page, or with `--check` only say whether it is up to date."""
    old = PAGE.read_text("utf-8")
    new = filled(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print(f"{PAGE} is out of date; run python -m web.site.counters_doc", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
