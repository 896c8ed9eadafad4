"""The terminal of the workbench's console: xterm.js from npm, pinned by its digest.

It is not part of a first visit: the page asks for it when a console has something to show.
"""

from __future__ import annotations

from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store

XTERM = (
    "@xterm/xterm",
    "6.0.0",
    "908e66e04af6c8dc6b00dd3b54de088e2e81e5ed866284fd6c2fb3c2d1c7a3f6",
)
FIT = (
    "@xterm/addon-fit",
    "0.11.0",
    "26003b4517a132b64e4ff228fd88a5fda3fff5e606c76093f6dcff772e9ecec0",
)
_MAP = b"//# sourceMappingURL="


def files(store: Store) -> dict[str, bytes]:
    """The files by their name in the site, both licences among them."""
    xterm, fit = fetch.npm_package(store, *XTERM), fetch.npm_package(store, *FIT)
    found = {
        "xterm.mjs": xterm / "lib" / "xterm.mjs",
        "addon-fit.mjs": fit / "lib" / "addon-fit.mjs",
        "xterm.css": xterm / "css" / "xterm.css",
        "LICENSE-xterm.txt": xterm / "LICENSE",
        "LICENSE-addon-fit.txt": fit / "LICENSE",
    }
    # The maps to the sources are not served: without the hint no tool asks for them.
    return {name: path.read_bytes().partition(_MAP)[0] for name, path in found.items()}
