"""Firmware in the site: all of it with its licences, or none."""

from __future__ import annotations

from pathlib import Path

from vmlab.cli.sitebuilder import firmware
from vmlab.guests.firmware import Firmware


def unpacked(folder: Path) -> Path:
    found = Firmware.under(folder)
    for path in found.missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    notice = folder / "usr/share/doc/opensbi/copyright"
    notice.parent.mkdir(parents=True)
    notice.write_text("Copyright of somebody")
    return folder


def test_without_the_cache_nothing_is_offered(tmp_path: Path) -> None:
    assert firmware.files(tmp_path) == {}
    assert firmware.offers({}) == []


def test_every_offered_file_is_there_with_the_licences(tmp_path: Path) -> None:
    content = firmware.files(unpacked(tmp_path))
    folder = firmware.folder_of(content)
    for offer in firmware.offers(content):
        for part in filter(None, (offer["bios"], offer["kernel"])):
            assert part.removeprefix(folder + "/") in content
    notice = content[firmware.NOTICE].decode()
    assert "GNU General Public License" in notice and "Copyright of somebody" in notice
