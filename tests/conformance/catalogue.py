"""Every family of generated programs, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.conformance import families, float_families, guest_families, system_families
from tests.conformance.image import Image

FAMILIES: Final[dict[str, Callable[[int, int], Image]]] = {
    function.__name__: function
    for function in (
        families.compute,
        families.ordinary,
        float_families.floating,
        float_families.floating_unit,
        system_families.csr_numbers,
        system_families.csr_values,
        system_families.modes,
        system_families.paging,
        system_families.pmp,
        system_families.pmp_locked,
        system_families.privileged,
        guest_families.guest_csrs,
        guest_families.guest_modes,
        guest_families.guest_paging,
        guest_families.guest_memory,
    )
}


def generate(family: str, seed: int, size: int = 1) -> Image:
    """The program of a family with this seed; the same bytes each time."""
    return FAMILIES[family](seed, size)
