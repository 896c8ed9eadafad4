"""The player on that lesson, in the site's worker."""

from __future__ import annotations

from pathlib import Path

from vmlab.ui.lesson import app


def browser_main() -> None:
    """What the page's worker calls."""
    app.browser_main(Path(__file__).parent)
