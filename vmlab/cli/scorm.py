"""A lesson as a SCORM 1.2 package: the site in a zip, with a page that tells an LMS the score.

SCORM is how learning management systems (Moodle, Canvas, ILIAS, ...) run other people's lessons: a
package is unpacked, its page shown in a frame, and the page finds an object `API` in a frame
around it (ADL, SCORM 1.2 Run-Time Environment, 2001). All of the site is in the package, so its
links work and nothing is asked of any other host; JupyterLite is left out.
"""

from __future__ import annotations

import tempfile
import zipfile
from html import escape
from pathlib import Path
from typing import Final

from vmlab import __version__
from vmlab.cli.sitebuilder.site import build, web_folder
from vmlab.core.errors import BadInput
from vmlab.course.lesson import Lesson

LEFT_OUT: Final = ("jupyter/",)
ENTRY: Final = "index.html"
SITE: Final = "site/"
EPOCH: Final = (2026, 1, 1, 0, 0, 0)
"""The date of all members: the same lesson gives the same package."""

# No masteryscore: with one, an LMS calls whoever leaves with less "failed". The page decides.
MANIFEST: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="vmlab-{slug}-{language}" version="1"
    xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="vmlab">
    <organization identifier="vmlab">
      <title>{title}</title>
      <item identifier="lesson" identifierref="page">
        <title>{title}</title>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="{entry}">
{files}
    </resource>
  </resources>
</manifest>
"""


def package(lesson: Lesson, out: Path, language: str, site: Path | None = None) -> Path:
    """Write the package; returns its path. `site` is a site that was built already."""
    if out.exists() or out.suffix != ".zip":
        raise BadInput(f"expected the name of a new .zip file, found {out}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = site or Path(scratch) / "site"
        if site is None:
            build(folder, lessons=lesson.folder.parent)
        page = f"{'zh/' if language == 'zh' else ''}lessons/{lesson.slug}/index.html"
        if not (folder / page).is_file():
            raise BadInput(f"expected a built site with {page}, found none in {folder}")
        _write(lesson, out, language, folder, page)
    return out


def _write(lesson: Lesson, out: Path, language: str, folder: Path, page: str) -> None:
    files = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".gz"
    )
    files = [name for name in files if not name.startswith(LEFT_OUT)]
    own = web_folder() / "site" / "scorm"
    entry = (own / ENTRY).read_text("utf-8").replace("PAGE", f"{SITE}{page}")
    entry = entry.replace("SLUG", lesson.slug)
    entry = entry.replace("TITLE", escape(lesson.title[language])).replace("LANG", language)
    manifest = MANIFEST.format(
        slug=lesson.slug,
        language=language,
        title=escape(lesson.title[language]),
        entry=ENTRY,
        files="\n".join(
            f'      <file href="{escape(name)}"/>'
            for name in (ENTRY, "scorm.js", *(f"{SITE}{one}" for one in files))
        ),
    )
    made = {
        "imsmanifest.xml": manifest.encode(),
        ENTRY: entry.encode(),
        "scorm.js": (own / "scorm.js").read_bytes(),
        "vmlab-version.txt": f"{__version__}\n".encode(),
    }
    scratch = out.with_name(out.name + ".new")
    try:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in made.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
            for name in files:
                info = zipfile.ZipInfo(f"{SITE}{name}", EPOCH)
                archive.writestr(info, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
        scratch.rename(out)
    finally:
        scratch.unlink(missing_ok=True)
