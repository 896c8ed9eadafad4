"""The arrangement of the panels: its data, and the script that checks what it is asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import CATALOGUE
from vmlab.cli.sitebuilder.fetch import node
from vmlab.cli.sitebuilder.store import Store
from vmlab.ui import arrangement, theme
from vmlab.ui.app import _address
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import parse
from vmlab.ui.screens.workbench import Workbench

TRY = Path(__file__).with_name("try_layout.mjs")
GOOD = {
    "v": 1, "view": None, "sizes": {"left": 0.5, "middle": 0.5, "bottom": 0.2}, "closed": ["map"],
    "places": {"left": [{"kinds": ["traps", "code"], "front": "code", "size": 0.3}], "right": []},
}  # fmt: skip
IGNORED = [
    "", "{", "null", "[]", '"x"', "7", '{"v":2}', '{"v":1}', '{"v":1,"places":[]}',
    '{"v":1,"places":{"left":{}}}', '{"v":1,"places":{"left":[5]}}',
    '{"v":1,"places":{"left":[null]}}',
    '{"v":1,"places":' + "[" * 3000 + "]" * 3000 + "}", "x" * 5000,
]  # fmt: skip
MENDED = [
    '{"v":1,"places":{"left":[{"kinds":["code","code","<img src=x onerror=alert(1)>",5,null]}],'
    '"__proto__":[["map"]]},"sizes":{"left":1e999,"middle":-4,"bottom":"9"},"closed":"map","view":"<b>"}',
    '{"v":1,"places":{"left":[["code"]],"right":[["code"],["ribbon"]]},"closed":["code","nowhere"]}',
]


@pytest.fixture(scope="module")
def panels() -> list[str]:
    from tests.ui.fakes import FakeSession, open_fake
    from vmlab.session.files import loading

    made = Controller(FakeSession(), opener=open_fake, loader=loading, trap=lambda: None)
    kinds = Workbench(made, CATALOGUE).screen.kinds
    made.close()
    return [kind for kind in kinds if kind not in (*arrangement.CHROME, "ribbon")]


@pytest.fixture(scope="module")
def tried(panels: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("layout")
    module = folder / "layout.mjs"
    module.write_bytes((theme.HERE / "esm" / "layout.js").read_bytes())
    given = {
        # A panel that no arrangement names, as one that is new would be.
        "words": arrangement.words([*panels, "brand_new"]),
        "stored": [json.dumps(GOOD), *IGNORED, *MENDED],
    }
    done = subprocess.run(
        [node(Store()), TRY, module.as_uri()],
        input=json.dumps(given), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_panel_has_a_place_in_every_arrangement(
    tried: dict[str, Any], panels: list[str]
) -> None:
    everything = sorted([*panels, "brand_new"])
    assert tried["usual"] == {"wide": everything, "narrow": everything}
    for name, (wide, narrow, in_front) in tried["presets"].items():
        assert (wide, narrow, in_front) == (everything, everything, True), name


def test_presets_and_defaults_name_panels_that_there_are(panels: list[str]) -> None:
    named = [*arrangement.DEFAULTS.values(), *(one.places for one in arrangement.PRESETS.values())]
    for places in named:
        kinds = [kind for slots in places.values() for slot in slots for kind in slot]
        assert set(kinds) <= set(panels)
        assert len(kinds) == len(set(kinds))


def test_a_layout_that_was_kept_comes_back(tried: dict[str, Any], panels: list[str]) -> None:
    found = tried["stored"][0]
    assert found["kinds"] == sorted([*panels, "brand_new"])
    assert found["sizes"] == GOOD["sizes"]
    assert found["view"] is None


def test_a_broken_one_is_ignored_and_a_hostile_one_names_only_panels(
    tried: dict[str, Any], panels: list[str]
) -> None:
    ignored = tried["stored"][1 : 1 + len(IGNORED)]
    assert ignored == [None] * len(IGNORED)
    for found in tried["stored"][1 + len(IGNORED) :]:
        assert found["kinds"] == sorted([*panels, "brand_new"])
        assert all(0.1 <= share <= 0.9 for share in found["sizes"].values())
        assert found["view"] == ""


def test_two_thousand_moves_lose_no_panel(tried: dict[str, Any]) -> None:
    assert tried["moves"] is True


def test_an_address_asks_for_a_preset_and_unknown_ones_are_ignored() -> None:
    assert parse("#u=1&v=traps").view == "traps"
    for strange in ("#v=<b>", "#v=", "#v=__proto__", "#u=1"):
        assert parse(strange).view is None


def test_a_preset_that_is_chosen_stands_in_the_address(workbench: Workbench) -> None:
    send = workbench.screen._handle_msg
    send({"to": "screen", "command": "view", "name": "pages"})
    assert workbench.view == "pages"
    assert "v=pages" in _address(workbench.controller, view=workbench.view)
    send({"to": "screen", "command": "view", "name": ["x"]})
    assert workbench.view == ""


def test_a_lesson_can_ask_for_a_preset(controller: Controller) -> None:
    setup = json.loads(Workbench(controller, CATALOGUE, view="debugging").screen.setup)
    assert setup["screen"]["view"] == "debugging"
    assert (
        json.loads(Workbench(controller, CATALOGUE, view="no").screen.setup)["screen"]["view"] == ""
    )


def test_the_files_of_the_terminal_carry_their_licences(tmp_path: Path) -> None:
    from vmlab.cli.sitebuilder import terminal

    files = terminal.files(Store())
    assert b"MIT" in files["xterm.mjs"][:400]
    for name in ("LICENSE-xterm.txt", "LICENSE-addon-fit.txt"):
        assert b"Permission is hereby granted" in files[name]
    assert not any(b"sourceMappingURL" in data for data in files.values())
