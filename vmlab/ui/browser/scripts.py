"""Where a page gets the drawing scripts from: the site itself, in the workbench and a notebook.

Panel reads that from the environment (the worker sets PANEL_CDN_ROOT before Python starts). Bokeh
has no setting for it.
"""

from __future__ import annotations

import os

import bokeh.resources

ROOT = "VMLAB_BOKEH_ROOT"
"""The variable that the worker sets: the folder of Bokeh's scripts."""


def from_site() -> None:
    """Name the site where Bokeh would name its content network. Does nothing outside the site."""
    root = os.environ.get(ROOT)
    if root is not None:
        bokeh.resources._cdn_base_url = lambda: root.rstrip("/")
