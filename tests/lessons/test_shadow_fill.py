"""E05: shadow tables of students, beside the guest on a machine of its own."""

from __future__ import annotations

from typing import ClassVar

from tests.lessons.common import Checks


class TestShadowFill(Checks):
    slug = "shadow_fill"
    seeds: ClassVar = (1, 2, 3, 4, 5)
