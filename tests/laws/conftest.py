"""What the tests of the laws share: how many random kernels, and the table that is printed."""

from __future__ import annotations

import os

LONG = os.environ.get("VMLAB_LONG") == "1"
PROGRAMS = 1_000 if LONG else 50
"""Random kernels for each technique."""
BESIDE = 250 if LONG else 6
"""Of those, how many run beside a neighbour, looked at at each entry and exit."""
