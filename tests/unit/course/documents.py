"""Documents of the formats, right ones and ones that somebody broke."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

AT = "2026-03-01T10:00:00Z"
LATER = "2026-03-01T11:30:00+01:00"  # 10:30 UTC

PROGRESS: dict[str, Any] = {
    "schema": "vmlab/progress/1",
    "lessons": {
        "shadow": {
            "answers": {"ppn": {"option": "gpa", "at": AT}},
            "observed": {"ppn": "gpa"},
            "done": [1, 2, 5],
            "exercise": {
                "slug": "shadow_fill",
                "source": "def fill(g, va, acc, ctx):\n    return None\n",
                "edited": AT,
                "attempts": [
                    {
                        "at": AT,
                        "seed": 7,
                        "passed": False,
                        "score": 50.0,
                        "failed": [{"property": "control", "hint": "user-bit"}],
                    }
                ],
            },
        },
        "who-is-running": {"answers": {}, "observed": {}, "done": []},
    },
}

_ODD = [None, True, 0, -1, 1.5, 1e9, 2**60, "", "x" * 300, "\u202e", [], {}, [{}], {"at": AT}]


def broken(document: Any, seed: int) -> Any:
    """The document with one or two values replaced, removed, or added."""
    rng = random.Random(seed)
    made = copy.deepcopy(document)
    for _ in range(rng.randint(1, 2)):
        holder, key = rng.choice(list(_places(made)))
        match rng.randrange(4):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice(["more", "at", "slug", "A B", "../x", ""])] = rng.choice(_ODD)
            case _:
                holder[key] = copy.deepcopy(rng.choice(_ODD))
        if not list(_places(made)):
            break
    return made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(inside):
        yield value, key
        if isinstance(one, dict | list):
            yield from _places(one)
