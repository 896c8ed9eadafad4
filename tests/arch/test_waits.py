"""How tests wait for a browser."""

from __future__ import annotations

import re
from pathlib import Path

CALL = re.compile(r"\.wait_for_function\(\s*(f?\"+(?!\(|async )[^\"]*)")


def test_what_is_waited_for_in_a_page_is_a_function(root: Path) -> None:
    """Playwright looks at once, and there may evaluate any text; when it looks again, the page's
    policy lets it call functions only. So an expression is right on a quick machine alone."""
    found = [
        f"{file.name}: {call[1]}"
        for file in sorted((root / "tests" / "browser").glob("*.py"))
        for call in CALL.finditer(file.read_text("utf-8"))
    ]
    assert not found
    assert CALL.search('page.wait_for_function("document.title")')
