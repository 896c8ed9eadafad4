"""What a program of a stranger may import: one list, asked before it runs and while it runs."""

from __future__ import annotations

from typing import Final

MODULES: Final = (
    "vmlab.lab",
    "dataclasses",
    "enum",
    "collections",
    "heapq",
    "typing",
    "math",
    "functools",
    "itertools",
)
ALSO: Final = ("__future__", "collections.abc")
"""Allowed too, and not worth a place in a sentence."""


def is_allowed(module: str) -> bool:
    """Whether a program may import the module of this name."""
    return module in MODULES or module in ALSO


def refusal(found: str) -> str:
    """The sentence about an import that is not allowed; `found` says which, and where."""
    return f"expected imports of {', '.join(MODULES[:-1])} or {MODULES[-1]}; found {found}"
