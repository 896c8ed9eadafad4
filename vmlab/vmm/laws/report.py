"""A judgement as text, and as JSON (`laws/1`)."""

from __future__ import annotations

from typing import Final

from vmlab.vmm.laws.judge import Judgement

SCHEMA: Final = "vmlab/laws/1"


def as_json(found: Judgement) -> dict[str, object]:
    """The document of the contract."""
    return {
        "schema": SCHEMA,
        "technique": found.technique,
        "seed": found.seed,
        "programs": found.programs,
        "laws": {
            name: {
                "measured": law.measured.value,
                "expected": law.expected.value,
                "witness": law.witness,
            }
            for name, law in found.laws.items()
        },
    }


def as_text(found: Judgement) -> str:
    """A line for each law, and what speaks against it."""
    programs = f"{found.programs:,} random program{'s' * (found.programs > 1)}"
    lines = [f"{found.technique}: {programs} from seed {found.seed}"]
    for name, law in found.laws.items():
        declared = "as declared" if law.as_declared else f"DECLARED: {law.expected.value}"
        measured = f"on {law.judged:,} guests" if law.open is None else law.open
        lines.append(f"  {name:<12} {law.measured.value:<6} {declared:<16} {measured}")
        if law.witness is not None:
            lines += [f"    {line}" for line in law.witness.splitlines()]
    return "\n".join(lines)
