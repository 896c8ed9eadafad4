"""Where a page gets the drawing scripts from: the site itself, in the workbench and a notebook.

Panel reads that from the environment (the worker sets PANEL_CDN_ROOT before Python starts). Bokeh
has no setting for it.
"""

from __future__ import annotations

import os
from typing import Final

import bokeh.resources
from bokeh.resources import Urls
from panel.models.esm import ReactiveESM

ROOT: Final = "VMLAB_BOKEH_ROOT"
"""The variable that the worker sets: the folder of Bokeh's scripts."""
THERE: Final = ("bokeh", "bokeh-widgets", "bokeh-tables")
"""Those of its parts that are there: nothing here draws with WebGL or sets formulas."""


def from_site() -> None:
    """Name the site where Bokeh would name its content network. Does nothing outside the site."""
    root = os.environ.get(ROOT)
    if root is None:
        return
    folder = root.rstrip("/")

    def addresses(parts: list[str], kind: str) -> list[str]:
        return [f"{folder}/{part}.min.{kind}" for part in parts if part in THERE]

    bokeh.resources._cdn_base_url = lambda: folder
    bokeh.resources._get_cdn_urls = lambda *_: Urls(urls=addresses)
    # That script reads import maps in old browsers. The pages stand in for it: no widget has one.
    ReactiveESM.__javascript_raw__ = []
