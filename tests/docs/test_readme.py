"""What the README and the docs tell people to do works, and what they point to exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "web" / "docs").rglob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    """Every command line in the shell blocks, without its comment."""
    lines = "".join(blocks(text, "sh")).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


QUICKLY = {("vmlab", "bench"): ("--rounds", "1")}
"""A measurement is made once: its five rounds repeat what the first does, for a median that no test
looks at."""
README = PAGES[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_relative_link_leads_somewhere(page: Path) -> None:
    """In a translation also to what there is in English only: the site's links do so."""
    folders = [page.parent, *([page.parent.parent] if page.parent.name == "zh" else [])]
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            found = any((folder / target).exists() for folder in folders)
            assert found, f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_named_in_the_docs_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)[^`]*`", page.read_text(encoding="utf-8")))
    named |= {
        words[1] for words in commands(page.read_text(encoding="utf-8")) if words[0] == "make"
    }
    assert named <= targets


def test_the_commands_of_the_readme_run_in_its_order(tmp_path: Path) -> None:
    """In one folder, with the README's own `hello.S`."""
    (tmp_path / "hello.S").write_text(blocks(README, "asm")[0])
    ran, printed = [], {}
    for words in commands(README):
        if words[0] != "vmlab":
            continue
        done = subprocess.run(
            [sys.executable, "-m", *words, *QUICKLY.get(tuple(words), ())],
            cwd=tmp_path,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr.decode()}"
        ran.append(words[1])
        printed[words[-1]] = done.stdout
    assert {"guests", "run", "asm", "disasm"} <= set(ran)
    assert printed["hello.elf"] == b"h"


def test_the_python_of_the_readme_runs() -> None:
    code = "".join(blocks(README, "python"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "TrapTaken" in done.stdout
