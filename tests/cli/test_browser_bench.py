"""What the bench of the browser needs of the site, which it does not say by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench import browser
from vmlab.guests.benchmarks import sized

SCRIPT = Path(__file__).parents[2] / "web" / "site" / "worker.js"
SIZED = """
import sys
sys.modules["elftools"] = None  # the site has none
from vmlab.guests.benchmarks import sized
sys.stdout.buffer.write(sized("sieve", 3))
"""


def test_the_line_that_the_bench_stands_before_is_in_the_worker_s_script() -> None:
    assert SCRIPT.read_text(encoding="utf-8").count(browser._LINE) == 1


def test_the_worker_s_script_does_not_answer_the_bench_s_probe() -> None:
    """It has an answer to "ping": the bench once took that for its own."""
    script = SCRIPT.read_text(encoding="utf-8")
    assert '"ping"' in script
    assert '"probe"' not in script


def test_a_benchmark_gets_its_size_without_pyelftools() -> None:
    done = subprocess.run([sys.executable, "-c", SIZED], capture_output=True, check=True)
    assert done.stdout == sized("sieve", 3) != sized("sieve", 4)
