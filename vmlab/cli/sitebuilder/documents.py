"""Pages of text: Markdown from web/docs in the frame of web/site/document.html.

They need no Python in the browser, so they are there at once.
"""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt

from vmlab.cli.sitebuilder import header, nav

_HEADING = re.compile(r"<h([23])>(.*?)</h\1>")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)


def _anchor(title: str) -> str:
    """What a link to a heading is called."""
    words = re.sub(r"<[^>]*>|&\w+;", "", title).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def body(markdown: str) -> str:
    """HTML of a text of ours. Headings get anchors; wide tables scroll by themselves."""
    # Comments mark generated tables in the source; HTML itself is not passed on.
    source = re.sub(r"<!--.*?-->\n?", "", markdown)
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(source)
    html = _HEADING.sub(lambda at: f'<h{at[1]} id="{_anchor(at[2])}">{at[2]}</h{at[1]}>', html)
    return _TABLE.sub(
        lambda at: f'<div class="wide" tabindex="0" role="region" aria-label="Table">{at[0]}</div>',
        html,
    )


def render(web: Path, name: str, sheets: str) -> bytes:
    """The page `name`, whose source is web/docs/NAME.md."""
    source = (web / "docs" / f"{name}.md").read_text("utf-8")
    title = source.partition("\n")[0].removeprefix("# ")
    assets = re.search(r'href="(.*?)/[^/"]+\.css"', sheets)
    page = (web / "site" / "document.html").read_text("utf-8")
    page = page.replace("<!-- style sheets -->", sheets).replace("TITLE", title)
    page = page.replace("ASSETS", assets[1] if assets else "..")
    page = page.replace("<!-- parts -->", nav.links("../", f"docs/{name}.html"))
    page = page.replace(header.MARK, header.looks(web))
    return page.replace("<!-- text -->", body(source)).encode()
