"""How a document's lines become one paragraph."""

from __future__ import annotations

import pytest

from vmlab.cli.sitebuilder.pages.markdown import render


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("由监控器完成；\n由 hart 完成。", "由监控器完成；由 hart 完成。"),
        ("陷入\n模拟", "陷入模拟"),
        ("见；\n[解释](a.md)", '见；<a href="a.md">解释</a>'),
        ("客户机用\nsret 返回", "客户机用\nsret 返回"),
        ("one line\nand another", "one line\nand another"),
    ],
)
def test_no_space_stands_where_a_line_of_chinese_ends(source: str, html: str) -> None:
    assert render(source).html == f"<p>{html}</p>\n"
