"""The README's first command, in an empty directory, with a new environment.

The second command is the one that runs this test: `.ci/run` calls it in a fresh clone.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.wheel]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a clone would have: the files that git knows or would add, and nothing else."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def running(checkout: Path) -> Iterator[subprocess.Popen[str]]:
    """`make run` on a free port, ended as Ctrl-C ends it."""
    # Nothing of this test run's own environment may help.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VMLAB", "PYTEST", "MAKE", "MFLAGS", "VIRTUAL_ENV"))
    }
    environment["PIP_COMPILE"] = "no"  # 8,000 files, of which this imports some hundreds
    process = subprocess.Popen(
        ["make", "run", "PORT=0"],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever started the tests in the background made them, and all below, deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # Setting up takes a minute or three; a quarter of an hour is a hang.
    killer = threading.Timer(900, os.killpg, (process.pid, signal.SIGKILL))
    killer.start()
    try:
        yield process
    finally:
        killer.cancel()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)


def test_make_run_serves_the_site_from_an_empty_directory(
    running: subprocess.Popen[str], checkout: Path
) -> None:
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if address := re.search(r"http://127\.0\.0\.1:\d+", line):
            break
    else:
        pytest.fail("make run ended: " + "".join(said[-20:]))
    with urllib.request.urlopen(address[0] + "/", timeout=30) as page:
        assert page.status == 200
        assert b"vmlab" in page.read()
    assert (checkout / "build" / "site" / "index.html").is_file()

    vmlab = checkout / ".venv" / "bin" / "vmlab"
    done = subprocess.run([vmlab, "run", "tour"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert b"U: hello" in done.stdout
