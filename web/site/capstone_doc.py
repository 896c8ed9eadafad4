"""Keeps the tables of web/docs/capstone.md what is measured: `python -m web.site.capstone_doc`.

With `--check` it writes nothing and ends with 1 if the page is out of date.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median_low
from typing import Final

import vmlab
from vmlab.derive.refdoc import fill, markdown
from vmlab.guests import catalog, nano
from vmlab.session.session import Session
from vmlab.vmm.capstone.measure import ExitKind, ExitMeter, measure

PAGE: Final = Path(__file__).parent.parent / "docs" / "capstone.md"
RAM: Final = "16M"
WITHOUT_SSTC: Final = "rv64gch_zicntr"
PROGRAMS: Final = ("sys 100", "tick", "evil", "probe", "bench mmio_write 10")
"""Of nano: between them they make it exit in every way."""
TIMES: Final = 8
"""Operations between a benchmark's two runs. `idle` waits for as many ticks of the timer."""


def _opened(command: str, isa: str | None = None) -> Session:
    return vmlab.open("capstone", ram=RAM, append=command, isa=isa)


@cache
def costs() -> str:
    """Instructions that the hypervisor retires in an exit, by what the exit is for."""
    runs = [_opened(program) for program in PROGRAMS]
    runs.append(_opened("tick", WITHOUT_SSTC))
    found: dict[ExitKind, list[int]] = {kind: [] for kind in ExitKind}
    for session in runs:
        for kind, insns in measure(session).items():
            found[kind] += insns
    rows = (
        (str(kind), str(len(insns)), *(str(of(insns)) for of in (min, median_low, max)))
        for kind, insns in found.items()
    )
    return markdown(("Exit", "How many", "Fewest instructions", "Median", "Most"), rows)


def benchmark(name: str, times: int) -> tuple[Counter[ExitKind], int, int]:
    """Between the marks of a benchmark of nano's: exits by kind, instructions of the hypervisor,
    and all instructions."""
    places = {symbol: at for at, symbol in catalog.load("nano").symbols.items()}
    session = _opened(nano.bench_command(name, times))
    session.run(vmlab.Until.pc(places[nano.BEGIN_SYMBOL]))
    meter, began = ExitMeter(), session.position
    end = session.subscribe(ExitMeter.KINDS, meter)
    session.run(vmlab.Until.pc(places[nano.END_SYMBOL]))
    end()
    exits = Counter({kind: len(insns) for kind, insns in meter.insns.items()})
    return exits, sum(map(sum, meter.insns.values())), session.position - began


@cache
def operations() -> str:
    """What one operation of each benchmark costs under the hypervisor."""
    rows = []
    for name, operation in nano.BENCHMARKS.items():
        less, more = benchmark(name, TIMES), benchmark(name, 2 * TIMES)
        exits = more[0] - less[0]
        told = ", ".join(f"{_each(count)} {kind}" for kind, count in exits.items())
        inside, all_of_it = more[1] - less[1], more[2] - less[2]
        rows.append((f"`{name}`", operation, told or "none", _each(inside), _each(all_of_it)))
    return markdown(
        ("Benchmark", "One operation", "Exits", "Instructions in HS", "Instructions in all"), rows
    )


def _each(total: int) -> str:
    """So much an operation; a fraction where the operations differ."""
    return f"{round(total / TIMES, 1):g}" if total < 1000 * TIMES else f"{round(total / TIMES)}"


def filled(page: str) -> str:
    """The page with its tables as they are measured now."""
    return fill(page, {"costs": costs, "operations": operations})


def main() -> int:
    """Write the page, or check it."""
    old = PAGE.read_text("utf-8")
    new = filled(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print(f"{PAGE} is out of date; run python -m web.site.capstone_doc", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
