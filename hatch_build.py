"""Prints T1's module into the wheel, so that nobody who installs vmlab waits for it, and brings the
documents along, without their screenshots: the site's builder makes pages of them.

Hatchling runs this at each build. An editable install has none: there the description changes, and
`vmlab.engine.modulecache` prints the module at the first use.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Adds files to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Print the module from the sources that are being built."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from vmlab.engine import modulecache
        finally:
            sys.path.remove(self.root)
        package = Path(self.root) / "vmlab"
        digest = modulecache.source_digest(package)
        assert digest is not None, package
        web = Path(self.root) / "web" / "docs"
        self._folder = tempfile.TemporaryDirectory()
        made = Path(self._folder.name) / modulecache.file_name(digest)
        made.write_bytes(modulecache.print_file())
        build_data["force_include"][str(made)] = f"vmlab/{modulecache.PREBUILT}/{made.name}"
        for file in (path for kind in ("md", "toml") for path in web.rglob(f"*.{kind}")):
            place = file.relative_to(web.parent).as_posix()
            build_data["force_include"][str(file)] = f"vmlab/_web/{place}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel has it now."""
        if version != "editable":
            self._folder.cleanup()
