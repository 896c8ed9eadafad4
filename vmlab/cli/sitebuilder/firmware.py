"""Firmware of others, for the page to offer: copied unmodified from the cache, if it is there.

Nothing is fetched here: who wants it in the site fetches it first (`vmlab.guests.firmware`). What
Debian says of the licences goes with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from vmlab.cli.sitebuilder.store import digest
from vmlab.guests.firmware import PACKAGES, Firmware, cache_folder

NOTICE: Final = "LICENCES.txt"
_NOTE: Final = """U-Boot and OpenSBI, unmodified, as Debian built them in its packages {packages}.
They are not part of vmlab. U-Boot is under the GNU General Public License, version 2 or later, and
other licences; OpenSBI is under the BSD 2-clause licence. Their sources are Debian's source
packages u-boot and opensbi. What the packages say of their copyright follows.
"""


def files(folder: Path | None = None) -> dict[str, bytes]:
    """What the page may load, by file name; empty if the cache has not all of it."""
    root = cache_folder() if folder is None else folder
    found = Firmware.under(root)
    if found.missing:
        return {}
    notice = _NOTE.format(packages=" and ".join(PACKAGES))
    for package in PACKAGES:
        copyright_file = root / "usr" / "share" / "doc" / package / "copyright"
        if copyright_file.is_file():
            notice += f"\n--- {package} ---\n{copyright_file.read_text('utf-8', 'replace')}"
    return {
        "opensbi.bin": found.opensbi_jump.read_bytes(),
        "u-boot-m.bin": found.uboot_m.read_bytes(),
        "u-boot-s.bin": found.uboot_s.read_bytes(),
        NOTICE: notice.encode(),
    }


def folder_of(content: dict[str, bytes]) -> str:
    """The folder of these files in the site: its name changes with them."""
    return f"firmware/{digest(part for pair in content.items() for part in pair)}"


def offers(content: dict[str, bytes]) -> list[dict[str, Any]]:
    """What the list of guests offers: a title, and the file of each part."""
    if not content:
        return []
    folder = folder_of(content)
    bios, kernel = f"{folder}/opensbi.bin", f"{folder}/u-boot-s.bin"
    return [
        {"title": "U-Boot (M-mode)", "bios": f"{folder}/u-boot-m.bin", "kernel": ""},
        {"title": "OpenSBI and U-Boot", "bios": bios, "kernel": kernel},
    ]
