"""What only the lessons' pages load: web/site/lesson, and from npm the maker of QR codes, pinned by
its digest. A code is made in the page, when a presentation asks for it: only there the address is
known that a class is to open, since the site lies in any folder of any host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store

QR: Final = (
    "lean-qr",
    "2.7.4",
    "e751d84a17c979a79d231828b9a3da0595614340d0d1138dec557ddc63deb10e",
)


def files(store: Store, web: Path) -> dict[str, bytes]:
    """The files by their name in the site, the library's licence among them."""
    folder = web / "site" / "lesson"
    own = sorted(file for file in folder.iterdir() if file.suffix in (".js", ".css"))
    made = {file.name: file.read_bytes() for file in own}
    library = fetch.npm_package(store, *QR)
    made["lean-qr.mjs"] = (library / "index.mjs").read_bytes()
    made["LICENSE-lean-qr.txt"] = (library / "LICENSE").read_bytes()
    return made
