"""Whether a picture of a screen still looks like the one that was approved.

Fonts differ from machine to machine and so does every edge, so no pixels are compared. A picture is
made small and grey, and cut into tiles; of each tile two things count: how light it is, and how
much is drawn in it (the spread of its greys). A panel that is missing or stands elsewhere changes
many tiles next to each other; another font changes each a little.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER = Path(__file__).parents[1] / "data" / "shots"
SMALLER = 4
"""How many times a reference is smaller than the screen."""
TILE = 10
"""The side of a tile in a reference, in pixels."""
BLOCK = 3
"""The side of a block of tiles: what differs by a line's height does not differ by a block."""

Grid = NDArray[np.float64]


def small(png: bytes) -> Image.Image:
    """A screenshot as it is kept: small and grey."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    size = (picture.width // SMALLER, picture.height // SMALLER)
    return picture.resize(size, Image.Resampling.BOX)


def _blocks(picture: Image.Image) -> tuple[Grid, Grid]:
    """How light each block is, and how much is drawn in it, 0 to 255."""
    greys = np.asarray(picture, dtype=np.float64)
    rows, columns = greys.shape[0] // TILE, greys.shape[1] // TILE
    tiles = greys[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE)
    found = []
    for map_ in (tiles.mean(axis=(1, 3)), tiles.std(axis=(1, 3))):
        windows = np.lib.stride_tricks.sliding_window_view(map_, (BLOCK, BLOCK))
        found.append(windows.mean(axis=(2, 3)))
    return found[0], found[1]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of the screen that looks different, in percent; 100 if the sizes do."""
    if one.size != other.size:
        return 100.0
    (light, ink), (other_light, other_ink) = _blocks(one), _blocks(other)
    most = np.maximum(np.maximum(ink, other_ink), LEAST_INK)
    changed = (abs(light - other_light) > LIGHTER) | (abs(ink - other_ink) / most > MORE_INK)
    return float(100 * changed.mean())


LIGHTER = 40.0
"""A block looks different if its mean grey moves by more, of 255."""
LEAST_INK = 10.0
"""Less ink than this is as good as none."""
MORE_INK = 0.6
"""A block looks different if it has lost or gained more than this share of its ink."""
MOST_PERCENT = 6.5
"""What may look different. With four other families of fonts it was 4.4 at most (a serif one: 7.1),
with one panel missing 9.3 and more; `test_screens` shows the second each time."""
