"""The engines in headless Chromium, in the site's own worker, beside Spike and QEMU on this host.

The worker's script is served with one line more, which lets this file run Python where the machine
lives; everything else is the page as it is. Each workload is timed there and then by the
peers that are installed here, so that a ratio compares runs of the same minute.
"""

from __future__ import annotations

import base64
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, Route, Worker, sync_playwright

import vmlab
from tests.browser.conftest import FLAGS, START_MS, chromium, open_ready, served
from tests.browser.test_workbench import DROP
from vmlab import bench
from vmlab.cli.sitebuilder.site import build
from vmlab.core.errors import Unsupported
from vmlab.guests import firmware
from vmlab.guests.benchmarks import sized
from vmlab.guests.catalog import BENCHMARKS
from vmlab.session.until import Until

ROUNDS: Final = 3
FLOORS: Final = {
    ("t1", "spike"): (0.25, 0.15),
    ("t2", "qemu"): (0.5, 0.2),
}
"""What an engine in Chromium shall reach of a peer that runs natively: in user work, and in the
work of a supervisor."""
BOOTS: Final = 3

_LINE: Final = "  boot = importBoot("
_HANDLE: Final = "  self.pythonOfTheBench = python;\n"
RUN: Final = "(code) => self.pythonOfTheBench.runPythonAsync(code)"
ROWS: Final = """
import json
from dataclasses import asdict
from vmlab import bench
json.dumps([asdict(row) for row in bench.rows([{workload!r}], rounds={rounds})])
"""
BOOT: Final = """
import base64, json, time
import vmlab
from vmlab.session.until import Until
{prompt}
json.dumps(to_prompt(base64.b64decode({data!r})))
"""
PROMPT: Final = '''
def to_prompt(bios):
    """Seconds from a machine that stands at reset to U-Boot's prompt, and how many instructions."""
    session = vmlab.open(bios=bios)
    began = time.perf_counter()
    session.run(until=Until.console("Hit any key"), limit=100_000_000)
    session.send(b" ")
    stop = session.run(until=Until.console("=> $"), limit=100_000_000)
    assert stop.reason.value == "console", stop
    return time.perf_counter() - began, session.position, session.engine.name
'''
# The page sends the worker a message every 50 ms, as a click would be, and waits for the answer.
KEEP: Final = """
const Plain = Worker;
window.Worker = class extends Plain { constructor(...all) { super(...all); window.kept = this; } };
"""
ANSWER: Final = """() => self.addEventListener("message", ({ data }) => {
  if (data.type === "probe") postMessage({ type: "echo", sent: data.sent });
})"""
ASK: Final = """async (many) => {
  const waits = [];
  const heard = ({ data }) => {
    if (data.type === "echo") waits.push(performance.now() - data.sent);
  };
  kept.addEventListener("message", heard);
  for (let n = 0; n < many; n++) {
    kept.postMessage({ type: "probe", sent: performance.now() });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  kept.removeEventListener("message", heard);
  return waits;
}"""
ASKED: Final = 100


def figures() -> Iterator[str]:
    """Ratios to Spike by workload, U-Boot's way to its prompt, the worker's longest block."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "site"
        pieces = build(folder)
        peers, absent = bench.peers_here(Path(scratch))
        with served(folder, pieces) as site:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(START_MS)
            page.add_init_script(KEEP)
            page.route("**/worker.js", with_a_handle)
            open_ready(page, site.url)
            worker = page.workers[0]
            yield f"Chromium {browser.version}"
            yield from (f"{one.name} is absent: {one.reason}" for one in absent)
            for workload in BENCHMARKS:
                yield _workload(worker, workload, peers)
            yield from _boots(worker)
            worker.evaluate(ANSWER)
            for name in ("sieve", "supervisor"):
                yield _longest_wait(page, name)
            browser.close()


def with_a_handle(route: Route) -> None:
    """Serve the worker with one line more: it keeps its Python where `RUN` finds it."""
    answer = route.fetch()
    text = answer.text()
    assert text.count(_LINE) == 1, "worker.js imports the Python module somewhere else now"
    route.fulfill(response=answer, body=text.replace(_LINE, _HANDLE + _LINE))


def _workload(worker: Worker, workload: str, peers: list[bench.Peer]) -> str:
    code = ROWS.format(workload=workload, rounds=ROUNDS)
    here = {row["engine"]: row["mips"] for row in json.loads(worker.evaluate(RUN, code))}
    told = ", ".join(f"{name} {mips:.4g}" for name, mips in here.items())
    native = {
        row.engine: row.mips for row in bench.rows([workload], ["auto"], peers=peers, rounds=ROUNDS)
    }
    told += "; native " + ", ".join(f"{name} {mips:.4g}" for name, mips in native.items()) + " MIPS"
    for (ours, peer), floors in FLOORS.items():
        if ours in here and peer in native:
            floor = floors[workload == "supervisor"]
            told += f"; {ours}/{peer} {here[ours] / native[peer]:.3f} (floor {floor})"
    return f"{workload:<14} {told}"


def _boots(worker: Worker) -> Iterator[str]:
    """U-Boot in M to its prompt, native and in Chromium in turns."""
    try:
        data = firmware.fetch().uboot_m.read_bytes()
    except Unsupported as reason:
        yield f"U-Boot is absent: {reason}"
        return
    names: dict[str, Any] = {"vmlab": vmlab, "Until": Until, "time": time}
    exec(PROMPT, names)
    code = BOOT.format(prompt=PROMPT, data=base64.b64encode(data).decode())
    native, browser = [], []
    for _ in range(BOOTS):
        native.append(names["to_prompt"](data))
        browser.append(tuple(json.loads(worker.evaluate(RUN, code))))
    for name, runs in (("native", native), ("Chromium", browser)):
        walls = [run[0] for run in runs]
        yield (
            f"U-Boot in M to its prompt, {name}: first {walls[0]:.2f} s, median "
            f"{statistics.median(walls):.2f} s ({runs[0][1]:,} instructions, {runs[0][2]})"
        )


def _longest_wait(page: Page, name: str) -> str:
    """The workbench runs a guest at full speed, with its pictures drawn."""
    image = sized(name, 1 << 30)
    page.evaluate(DROP, [f"{name}.elf", base64.b64encode(image).decode()])
    page.locator(".spd input").fill("6")
    page.locator("h2").first.click()
    page.wait_for_timeout(1500)
    page.keyboard.press("r")
    page.wait_for_timeout(1000)
    before = page.locator(".cnt b").text_content()
    waits = sorted(page.evaluate(ASK, ASKED))
    after = page.locator(".cnt b").text_content()
    page.keyboard.press("r")
    page.wait_for_timeout(500)
    assert before != after, "it did not run"
    middle, most = statistics.median(waits), waits[-1]
    return (
        f"a message to the worker while {name} runs at full speed waits {middle:.0f} ms, at most "
        f"{most:.0f} ms ({len(waits)} of {ASKED} answered; limit 50 ms)"
    )
