"""`make bench`: runs every module here that has `figures` and prints what it measured."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main(wanted: list[str]) -> None:
    """Print the figures of the modules named in `wanted`, of all when none is named."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        asked = name in wanted or not (wanted or getattr(module, "ON_REQUEST", False))
        if hasattr(module, "figures") and asked:
            print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
            for figure in module.figures():
                print(f"  {figure}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
