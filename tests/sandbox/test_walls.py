"""The wall itself: what JavaScript may do in the process that a program runs in, which is nothing.

No courtesy of ours is in the way here: no guard of imports, nothing taken out of reach.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vmlab.course.sandbox.deno import command, environment, find_deno
from vmlab.course.sandbox.limits import Limits

SCRIPT = Path(__file__).parent / "walls.mjs"
REFUSED = re.compile(
    r"NotCapable: Requires (read|write|net|run|env|sys|ffi) access"
    r"|TypeError: .*Requires (read|import) access|npm specifiers were requested; but --no-npm"
    r"|Error: NotCapable|Error: denied$"
    # It may ask for what a page keeps, and there is no place where that could be.
    r"|NotADirectory: Not a directory|Error: Failed to create cache storage directory"
    r"|openKv is not a function$"
)
WHERE_ALLOWED = (
    "read a file", "import a file", "fetch a file", "write a file", "connect", "start a process",
    "the environment", "keep for the next",
)  # fmt: skip


@dataclass
class Scene:
    """What must stay untouched, and a folder to start in."""

    folder: Path
    canary: Path
    listener: socket.socket

    def run(self, words: list[str], *more: str, variables: dict[str, str]) -> dict[str, list[str]]:
        port = str(self.listener.getsockname()[1])
        done = subprocess.run(
            [*words, str(self.canary), port, *more], cwd=self.folder, env=variables,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
        return found

    def connections(self) -> int:
        count = 0
        try:
            while True:
                self.listener.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    folder, around = tmp_path / "distribution", tmp_path / "around"
    folder.mkdir()
    around.mkdir()
    shutil.copy(SCRIPT, folder / "walls.mjs")
    (folder / "runner.mjs").touch()
    canary = around / "key.json"
    canary.write_text('"private seeds"')
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield Scene(folder, canary, listener)


def test_nothing_is_allowed_but_reading_the_distribution(scene: Scene) -> None:
    words = command(find_deno(), Limits(), "walls.mjs")
    found = scene.run(words, variables=environment(scene.folder))
    assert len(found) > 80
    folder = {name: found.pop(name) for name in list(found) if "our folder" in name}
    assert {name: good for name, (good, _) in folder.items()} == {
        "read our folder, before": True,
        "read our folder, after": False,
    }
    wrong = {name: said for name, (good, said) in found.items() if good or not REFUSED.search(said)}
    assert wrong == {}
    assert scene.connections() == 0
    assert list(scene.canary.parent.iterdir()) == [scene.canary]
    assert scene.canary.read_text() == '"private seeds"'
    assert sorted(one.name for one in scene.folder.iterdir()) == ["runner.mjs", "walls.mjs"]


def test_the_same_attempts_succeed_where_all_is_allowed(scene: Scene, tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    words = [str(find_deno()), "run", "--quiet", "--no-config", "--allow-all", "walls.mjs"]
    found = scene.run(
        words, json.dumps(WHERE_ALLOWED), variables={"DENO_DIR": str(tmp_path / "deno")}
    )
    refused = {name: found[f"{name}, before"] for name in WHERE_ALLOWED
               if not found[f"{name}, before"][0]}  # fmt: skip
    assert refused == {}
    assert scene.connections() >= 1
    assert len(list(scene.canary.parent.iterdir())) == 2


@pytest.mark.skipif(os.name != "posix", reason="limits of the operating system are POSIX's")
def test_the_operating_system_holds_it_too(scene: Scene) -> None:
    """Were deno's permissions to fail, no byte gets into a file, and a loop has an end."""
    (scene.folder / "write.mjs").write_text(
        "try { Deno.writeTextFileSync(Deno.args[0], 'x') } catch (error) {"
        "  console.log(JSON.stringify({said: [error.message]})) }"
    )
    words = command(find_deno(), Limits(), "write.mjs")
    words = [word for word in words if not word.startswith(("--deny", "--allow"))]
    words.insert(words.index("write.mjs"), "--allow-all")
    target = str(scene.canary.parent / "new")
    done = subprocess.run(
        [*words, target], cwd=scene.folder, env=environment(scene.folder), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "File too large" in done.stdout, done
    (scene.folder / "loop.mjs").write_text("for (;;);")
    limits = Limits(start_s=0, total_s=-29.5)  # what comes to one second of processor time
    words = command(find_deno(), limits, "loop.mjs")
    done = subprocess.run(words, cwd=scene.folder, env=environment(scene.folder), check=False)
    assert done.returncode < 0
