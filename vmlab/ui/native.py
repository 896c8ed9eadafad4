"""The workbench in a native Python, for work on the screens: `panel serve vmlab/ui/native.py`."""

from __future__ import annotations

import panel

from vmlab.ui.app import page


def serve() -> None:
    """One session for each visit, with the window to itself."""
    panel.config.raw_css = ["html, body { margin: 0; --vm-height: 100dvh }"]
    page().screen.servable()


if __name__.startswith("bokeh_app"):
    serve()
