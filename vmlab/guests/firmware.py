"""Firmware that nobody here wrote: Debian's OpenSBI and U-Boot, unmodified, fetched once.

Their licences are theirs, so they are not part of vmlab: `fetch` downloads the packages with apt
into the cache (`VMLAB_CACHE`, else ~/.cache/vmlab) and unpacks them there; root is not needed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core import cachedir
from vmlab.core.errors import Unsupported

PACKAGES: Final = ("opensbi", "u-boot-qemu")
TIMEOUT_S: Final = 300
_OPENSBI: Final = "usr/lib/riscv64-linux-gnu/opensbi/generic"
_UBOOT: Final = "usr/lib/u-boot"


@dataclass(frozen=True, slots=True)
class Firmware:
    """Where the files are: raw images for `--bios` and `--kernel`."""

    opensbi_jump: Path
    """OpenSBI that goes on at 0x80200000."""
    opensbi_dynamic: Path
    """OpenSBI that is told at reset where to go on."""
    uboot_m: Path
    """U-Boot for M, the only firmware."""
    uboot_s: Path
    """U-Boot for S, under OpenSBI."""

    @classmethod
    def under(cls, folder: Path) -> Firmware:
        """The files of packages that were unpacked into a folder."""
        return cls(
            folder / _OPENSBI / "fw_jump.bin",
            folder / _OPENSBI / "fw_dynamic.bin",
            folder / _UBOOT / "qemu-riscv64" / "u-boot.bin",
            folder / _UBOOT / "qemu-riscv64_smode" / "u-boot.bin",
        )

    @property
    def missing(self) -> tuple[Path, ...]:
        """The files that are not there."""
        files = (self.opensbi_jump, self.opensbi_dynamic, self.uboot_m, self.uboot_s)
        return tuple(path for path in files if not path.is_file())


def cache_folder() -> Path:
    """Where fetched firmware is kept."""
    return cachedir.cache_folder() / "firmware"


def fetch() -> Firmware:
    """The firmware, from the cache or else from Debian's archive. Raises `Unsupported` with what
    is missing where that is impossible."""
    folder = cache_folder()
    found = Firmware.under(folder)
    if not found.missing:
        return found
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise Unsupported(
                f"expected {tool} to fetch {' and '.join(PACKAGES)}, found none; unpack these "
                f"Debian packages into {folder} by hand"
            )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        _run(["apt-get", "download", *PACKAGES], Path(name))
        for package in sorted(Path(name).glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(folder)], Path(name))
    if found.missing:
        raise Unsupported(f"expected {found.missing[0]} in the packages, found it nowhere")
    return found


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unsupported(f"expected `{' '.join(command)}` to work, found: {error}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unsupported(f"expected `{' '.join(command)}` to work, found: {last}")
