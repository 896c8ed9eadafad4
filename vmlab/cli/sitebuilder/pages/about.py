"""The page that says what this site is made of: versions, licences, sizes, and how to cite it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import vmlab
from vmlab.cli.sitebuilder import nav
from vmlab.cli.sitebuilder.pages.licences import beside, bundled, components
from vmlab.cli.sitebuilder.pages.shell import Shell
from vmlab.cli.sitebuilder.store import Store

HERE: Final = "about/"
CITATION: Final = "CITATION.cff"


@dataclass(frozen=True, slots=True)
class Served:
    """A file of the site, as this page counts it."""

    path: str
    size_bytes: int
    transferred_bytes: int
    """Compressed, where the build compressed it."""

    @property
    def part(self) -> str:
        """What it belongs to: its folder, or which archive it is."""
        first = self.path.partition("/")[0]
        if first == "archives":
            return self.path.rpartition("/")[2].partition("-")[0]
        return first if "/" in self.path else "index.html"


def citation(web: Path) -> dict[str, str]:
    """The lines of CITATION.cff that a citation is made of."""
    text = beside(web, CITATION).read_text("utf-8")
    said = dict(re.findall(r'^([a-z-]+): "?([^"\n]+)"?$', text, re.MULTILINE))
    names = re.findall(r'^ +- (?:name|family-names): "?([^"\n]+)"?$', text, re.MULTILINE)
    return {**said, "authors": ", ".join(names)}


def bibtex(said: dict[str, str]) -> str:
    """The same as an entry for BibTeX."""
    year = said["date-released"][:4]
    return (
        f"@software{{vmlab{year},\n"
        f"  title   = {{{said['title']}}},\n"
        f"  author  = {{{{{said['authors']}}}}},\n"
        f"  version = {{{said['version']}}},\n"
        f"  year    = {{{year}}},\n"
        f"  license = {{{said['license']}}}\n"
        "}\n"
    )


def parts(served: Sequence[Served]) -> list[tuple[str, int, int, int]]:
    """Name, files, bytes and transferred bytes of each part of the site, the largest first."""
    found: dict[str, list[int]] = {}
    for one in served:
        row = found.setdefault(one.part, [0, 0, 0])
        row[0] += 1
        row[1] += one.size_bytes
        row[2] += one.transferred_bytes
    return sorted(
        ((name, row[0], row[1], row[2]) for name, row in found.items()), key=lambda row: -row[3]
    )


def files(
    web: Path, shell: Shell, store: Store, served: Sequence[Served], build: str, notice: str
) -> dict[str, bytes]:
    """Every page and text by its place in the site. `served` is all else that is in the site,
    `build` its digest, `notice` the place of the firmware's notice (empty: none is served)."""
    rows = components(store, web)
    made = {f"{HERE}licences/{one.file}": one.text.encode() for one in rows}
    made[HERE + CITATION] = beside(web, CITATION).read_bytes()
    said = citation(web)
    sizes = parts(served)
    for language in nav.LANGUAGES:
        place, page = shell.page(
            "about.html",
            language,
            f"{HERE}index.html",
            HERE,
            version=vmlab.__version__,
            build=build,
            components=rows,
            bundled=bundled(store, web),
            sizes=sizes,
            total=[sum(row[at] for row in sizes) for at in (1, 2, 3)],
            notice=notice,
            said=said,
            bibtex=bibtex(said),
            citation=CITATION,
        )
        made[place] = page
    return made
