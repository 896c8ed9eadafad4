"""The component's script: put together from its files, and nothing in it parses HTML."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vmlab.ui import theme
from vmlab.ui.lesson.screen import LessonScreen
from vmlab.ui.lesson.sheet import PredictSheet, VerdictCard
from vmlab.ui.screens.compare import BoardScreen
from vmlab.ui.screens.screen import Screen

ESM = theme.HERE / "esm"
FILES = sorted(ESM.glob("*.js"))
COMPONENTS = (Screen, BoardScreen, LessonScreen, PredictSheet, VerdictCard)
every_script = pytest.mark.parametrize("cls", COMPONENTS, ids=lambda cls: cls.__name__)
WAYS_TO_PARSE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser"
    r"|createContextualFragment|setHTML|srcdoc"
)


@pytest.mark.parametrize("path", sorted(ESM.rglob("*.js")), ids=lambda path: path.stem)
def test_nothing_turns_text_into_markup(path: Path) -> None:
    assert WAYS_TO_PARSE.search(path.read_text("utf-8")) is None


def test_every_file_is_in_the_script_once() -> None:
    assert sorted(f"{name}.js" for name in theme._SCRIPTS) == [path.name for path in FILES]


@every_script
def test_a_script_is_one_module_whose_names_are_declared_once(cls: type[Screen]) -> None:
    script = cls._esm
    assert "import " not in re.sub(r"//.*", "", script)
    assert script.count("export ") == 1
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)), "two files declare one name"


@every_script
def test_the_script_is_valid(cls: type[Screen], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH; the browser tests run the script")
    file = tmp_path / "screen.mjs"
    file.write_text(cls._esm, "utf-8")
    subprocess.run([node, "--check", file], check=True)


def test_no_colour_is_said_outside_the_tokens() -> None:
    """Themes and owners are tokens; only the console has a screen of its own."""
    rules = (theme.HERE / "assets" / "workbench.css").read_text("utf-8")
    colours = set(re.findall(r"#[0-9a-f]{3,8}\b", rules))
    assert colours <= {"#14181d", "#dfe6ec", "#98a4b0"}
