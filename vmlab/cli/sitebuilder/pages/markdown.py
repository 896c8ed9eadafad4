"""Markdown of ours as HTML: headings with anchors, code by its parts of speech, tables that scroll.

HTML inside the Markdown is not passed on; comments, which mark generated tables, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_MARK = re.compile("[\u3001-\u3011\uff00-\uffef]")  # full-width punctuation
_WIDE = re.compile("[\u3001-\u9fff\uff00-\uffef]")
LEXERS: Final = {"asm": "gas"}
"""Names of languages that Pygments calls otherwise."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading below the title."""

    level: int
    text: str
    """Without markup."""
    html: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of text under one heading, to be searched."""

    anchor: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A document, rendered."""

    title: str
    lead: str
    """Its first sentence."""
    html: str
    headings: tuple[Heading, ...]
    sections: tuple[Section, ...]

    @property
    def anchors(self) -> tuple[str, ...]:
        return tuple(one.anchor for one in self.headings)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link of the Markdown leads in the site."""

    href: str
    language: str = ""
    """Said if it is not the page's own."""


Follow = Callable[[str], Target | None]
"""What a link becomes; None: it leads nowhere, and its words stay as text."""


def parser() -> MarkdownIt:
    """The dialect: CommonMark and tables."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def tokens(source: str) -> list[Token]:
    """The text taken apart."""
    parsed = parser().parse(_COMMENT.sub("", source))
    for token in parsed:
        _join(token.children or [])
    return parsed


def _join(children: list[Token]) -> None:
    """Where a line of Chinese ends, a browser would set a space; there is none in Chinese."""
    for at, token in enumerate(children):
        if token.type != "softbreak":
            continue
        before = "".join(one.content for one in children[:at])[-1:]
        after = "".join(one.content for one in children[at + 1 :])[:1]
        if _MARK.match(before) or (_WIDE.match(before) and _WIDE.match(after)):
            token.type, token.content = "text", ""


def render(
    source: str,
    follow: Follow = Target,
    anchors: Sequence[str] = (),
    words: tuple[str, str] = ("Table", "Link to"),
) -> Text:
    """A document as HTML. `anchors` are those of the text that it translates, in order, so that a
    link to a section finds it in each language; `words` are a table's label and a heading's."""
    parsed = tokens(source)
    headings = _headings(parsed, anchors)
    markdown = parser()
    markdown.options["highlight"] = highlighted
    renderer = markdown.renderer
    assert isinstance(renderer, RendererHTML), "the parser was made for HTML"
    rules: Any = renderer.rules  # typed as the methods that it has at first
    where = iter(headings)
    last = [headings[0].text if headings else ""]

    def opened(row: Sequence[Token], at: int, *_: Any) -> str:
        if row[at].tag == "h1":
            return "<h1>"
        heading = next(where)
        last[0] = heading.text
        return f'<{row[at].tag} id="{heading.anchor}">'

    def closed(row: Sequence[Token], at: int, *_: Any) -> str:
        if row[at].tag == "h1":
            return "</h1>\n"
        anchor = _anchor_before(row, at, headings, parsed)
        label = escape(f"{words[1]} {last[0]}")
        return f' <a class="anchor" href="#{anchor}" aria-label="{label}">#</a></{row[at].tag}>\n'

    tables = [0]

    def table(*_: Any) -> str:
        tables[0] += 1
        label = escape(f"{words[0]} {tables[0]}, {last[0]}" if last[0] else words[0])
        return f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table>\n'

    rules["heading_open"], rules["heading_close"] = opened, closed
    rules["table_open"] = table
    rules["table_close"] = lambda *_: "</table></div>\n"
    rules["fence"] = rules["code_block"] = _code
    for token in parsed:
        _lead_on(token.children or [], follow)
        # A column that is set to the right has numbers; inline style is not allowed in a page.
        if "style" in token.attrs:
            right = token.attrs.pop("style") == "text-align:right"
            token.attrs |= {"class": "num"} if right else {}
    html = renderer.render(parsed, markdown.options, {})
    title = next((_plain(parsed[at + 1]) for at, one in enumerate(parsed) if one.tag == "h1"), "")
    paragraphs = (parsed[at + 1] for at, one in enumerate(parsed) if one.type == "paragraph_open")
    return Text(
        title,
        _first_sentence(next((_plain(one) for one in paragraphs), "")),
        html,
        headings,
        _sections(parsed, headings, title),
    )


def _anchor_before(
    row: Sequence[Token], at: int, headings: Sequence[Heading], parsed: Sequence[Token]
) -> str:
    """The anchor of the heading that ends at `at`."""
    count = sum(one.type == "heading_close" and one.tag != "h1" for one in parsed[:at])
    return headings[count].anchor


def anchor_of(title: str) -> str:
    """What a link to a heading is called."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"


def _headings(parsed: Sequence[Token], anchors: Sequence[str]) -> tuple[Heading, ...]:
    found: list[Heading] = []
    taken: set[str] = set()
    for at, token in enumerate(parsed):
        if token.type != "heading_open" or token.tag == "h1":
            continue
        text = _plain(parsed[at + 1])
        anchor = anchors[len(found)] if len(found) < len(anchors) else anchor_of(text)
        number, name = 2, anchor
        while name in taken:
            name, number = f"{anchor}-{number}", number + 1
        taken.add(name)
        html = parser().renderInline(parsed[at + 1].content)
        found.append(Heading(int(token.tag[1]), text, re.sub(r"</?a\b[^>]*>", "", html), name))
    return tuple(found)


def _sections(
    parsed: Sequence[Token], headings: Sequence[Heading], title: str
) -> tuple[Section, ...]:
    found: list[tuple[str, str, list[str]]] = [("", title, [])]
    where = iter(headings)
    for at, token in enumerate(parsed):
        if token.type == "heading_open" and token.tag != "h1":
            heading = next(where)
            found.append((heading.anchor, heading.text, []))
        elif token.type == "inline" and parsed[at - 1].type != "heading_open":
            found[-1][2].append(_plain(token))
        elif token.type in ("fence", "code_block"):
            found[-1][2].append(token.content)
    return tuple(Section(anchor, text, " ".join(" ".join(parts).split()))
                 for anchor, text, parts in found)  # fmt: skip


def _plain(token: Token) -> str:
    """The text of an inline token, without its markup."""
    return "".join(
        " " if one.type in ("softbreak", "hardbreak") else one.content
        for one in token.children or []
        if one.type in ("text", "code_inline", "softbreak", "hardbreak")
    )


def _first_sentence(text: str) -> str:
    found = re.match(r".*?(?:[.?!](?=\s|$)|[。？！])", text)
    return found[0] if found else text


def _lead_on(children: list[Token], follow: Follow) -> None:
    """Let the links of a line lead to where they are in the site."""
    kept: list[bool] = []
    for token in children:
        if token.type == "link_open":
            target = follow(str(token.attrs.get("href", "")))
            kept.append(target is not None)
            if target is None:
                token.type, token.tag, token.attrs = "link_open", "span", {}
                continue
            token.attrs["href"] = target.href
            if target.language:
                token.attrs["hreflang"] = target.language
        elif token.type == "link_close" and not kept.pop():
            token.tag = "span"


def _code(row: Sequence[Token], at: int, *_: Any) -> str:
    """A block of code: it scrolls, so it takes the focus."""
    language = row[at].info.strip().partition(" ")[0]
    inner = highlighted(row[at].content, language, "") or escape(row[at].content, quote=False)
    return f'<pre tabindex="0"><code>{inner}</code></pre>\n'


def highlighted(code: str, language: str, _attributes: str) -> str:
    """The code with its parts of speech as classes, if Pygments is there; else nothing."""
    if not language:
        return ""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound
    except ImportError:  # it comes with Typer, but is no need of ours
        return ""
    try:
        lexer = get_lexer_by_name(LEXERS.get(language, language))
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix="hl-")))
