"""The site's player, without its page: steps in order, what they print, how they end, the check."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loops import drive
from tests.ui.lessons import EXERCISE, LESSON, playing, program, settle
from vmlab.core.errors import BadInput
from vmlab.course.text import Cell
from vmlab.ui import i18n
from vmlab.ui.fragment import parse
from vmlab.ui.lesson import checking
from vmlab.ui.lesson.execute import Ended, execute
from vmlab.ui.lesson.player import Player, Step
from vmlab.ui.lesson.printed import MOST_CHARS, Printed

LAST = max(one.number for one in (step.cell for step in Player(LESSON).steps.values()))
RUN = [1, 2, 4, 5]
"""The demo's steps; between them a question, and at the end the exercise."""


@pytest.fixture
def player() -> Iterator[Player]:
    with playing() as made:
        yield made
    i18n.use(i18n.ENGLISH)


def states(player: Player) -> dict[int, str]:
    return {at: one.state for at, one in player.steps.items() if one.runs}


def test_all_steps_run_in_order_and_the_pictures_change(player: Player) -> None:
    shown: list[tuple[str, ...]] = []
    player.watch(lambda: shown.append(player.desk.kinds))
    settle(player, lambda: player.run(LAST))
    assert states(player) == dict.fromkeys(RUN, "done")
    assert player.steps[2].printed.text == "mode U\n"
    assert player.steps[4].printed.text.endswith("The machine showed: a trap.\n")
    assert player.steps[5].printed.text == f"at {player.snapshot().position}\n"
    assert player.observed == {"up": "trap"}
    assert list(dict.fromkeys(shown)) == [(), ("ribbon", "csrs"), ("ribbon", "exits")]


def test_a_step_runs_once_unless_it_is_asked_for_again(player: Player) -> None:
    settle(player, lambda: player.run(2), lambda: player.run(4), lambda: player.run(4))
    before = player.steps[4].printed.text
    settle(player, lambda: player.run(4))
    assert player.steps[4].printed.text == before
    settle(player, lambda: player.again(4))
    assert player.steps[4].printed.text != before, "the machine went on to the next trap"


def test_again_runs_what_comes_before_it_first(player: Player) -> None:
    settle(player, lambda: player.again(4))
    assert states(player) == {1: "done", 2: "done", 4: "done", 5: "idle"}


def test_the_reader_moves_the_machine_and_the_next_step_finds_it_where_it_was(
    player: Player,
) -> None:
    settle(player, lambda: player.run(2))
    there = player.snapshot().position
    assert player.controller is not None
    player.controller.back()
    player.controller.back()
    settle(player, lambda: player.run(4))
    moved = player.steps[4].printed.text

    with playing() as other:
        settle(other, lambda: other.run(2))
        assert other.snapshot().position == there
        settle(other, lambda: other.run(4))
        assert other.steps[4].printed.text == moved


def test_the_link_opens_the_same_machine_at_the_same_position(player: Player) -> None:
    assert player.desk.link == ""
    settle(player, lambda: player.run(LAST))
    link = parse(player.desk.link)
    assert (link.guest, link.technique, link.append) == ("nano", "trap_emulate", "sys 3")
    assert link.position == player.snapshot().position


def test_restart_forgets_everything(player: Player) -> None:
    settle(player, lambda: player.run(LAST))
    settle(player, player.restart)
    assert states(player) == dict.fromkeys(RUN, "idle")
    assert player.controller is None and player.snapshot() is None
    settle(player, lambda: player.run(LAST))
    assert states(player) == dict.fromkeys(RUN, "done")


def replace(player: Player, number: int, source: str) -> None:
    player.steps[number] = Step(Cell(number, source))


def test_a_step_that_fails_says_why_and_stops_those_after_it(player: Player) -> None:
    replace(player, 2, "x = 1\nvmlab = 1 // 0")
    settle(player, lambda: player.run(LAST))
    step = player.steps[2].payload()
    assert (step["state"], step["line"]) == ("failed", 2)
    assert step["error"] == "ZeroDivisionError: integer division or modulo by zero"
    assert states(player)[4] == "idle"
    replace(player, 2, "import vmlab\nvmlab.open('nobody')")
    settle(player, lambda: player.run(2))
    assert "nobody" in player.steps[2].payload()["error"]
    assert "Traceback" not in str(player.steps[2].payload())


def test_a_stopped_step_throws_away_what_it_left_half_done(player: Player) -> None:
    settle(player, lambda: player.run(2))
    replace(player, 4, "print('so far')\nraise KeyboardInterrupt")
    settle(player, lambda: player.run(5))
    assert states(player) == {1: "idle", 2: "idle", 4: "stopped", 5: "idle"}
    assert player.steps[4].printed.text == "so far\n"
    assert player.controller is None
    replace(player, 4, "print('now')")
    settle(player, lambda: player.run(4))
    assert states(player) == {1: "done", 2: "done", 4: "done", 5: "idle"}


def test_an_interrupt_outside_of_a_step_leaves_everything_usable(player: Player) -> None:
    settle(player, lambda: player.run(2))
    player.interrupted()
    assert not player.running and states(player) == dict.fromkeys(RUN, "idle")
    settle(player, lambda: player.run(4))
    assert states(player)[4] == "done"


def test_what_was_said_is_said_in_the_language_of_now(player: Player) -> None:
    player.restore({"up": "jump"})
    settle(player, lambda: player.run(4))
    i18n.use("zh")
    assert "你的预测：跳转。机器给出的：陷入。" in player.steps[4].payload()["text"]
    i18n.use("en")
    assert "You said: a jump." in player.steps[4].payload()["text"]


# The check ----------------------------------------------------------------------------------


def rows(player: Player) -> dict[str, str]:
    return {row["property"]: row["state"] for row in player.trial.rows()}


def test_the_starter_fails_and_the_solution_passes_all_seeds(player: Player) -> None:
    assert set(rows(player).values()) == {"open"}
    settle(player, lambda: player.check(EXERCISE.starter))
    page = player.trial.as_page()
    assert page is not None
    assert (page["passed"], page["seed"], page["score"]) == (False, checking.SEEDS[0], 75.0)
    assert page["hint"]["concept"] == "trap" and page["hint"]["expected"].startswith("0x")
    assert [row["hint"] for row in page["rows"]] == ["again", "", "", ""]
    settle(player, lambda: player.check(program("solution.py")))
    page = player.trial.as_page()
    assert page is not None
    assert (page["passed"], page["seed"], page["hint"]) == (True, checking.SEEDS[-1], None)
    assert [one.passed for one in player.trial.attempts.attempts] == [False, True]


def test_findings_are_shown_as_they_come(player: Player) -> None:
    seen: list[tuple[str, ...]] = []
    player.watch(lambda: seen.append(tuple(rows(player).values())))
    settle(player, lambda: player.check(program("solution.py")))
    assert ("passed", "open", "open", "open") in seen


@pytest.mark.parametrize("endless", [
    "def resume(trap):\n    while True: pass",
    "def resume(trap):\n    return resume(trap) if trap.epc % 2 else max(iter(int, 1))",
    "while True: pass",
], ids=["function", "c", "module"])  # fmt: skip
def test_an_endless_program_is_stopped_and_the_next_is_checked(
    player: Player, endless: str
) -> None:
    if "iter" in endless:  # nobody can look at the clock inside of C: only a page ends that
        endless = endless.replace("max(iter(int, 1))", "max(0 for _ in iter(int, 1))")
    player.trial.seconds = 0.3
    settle(player, lambda: player.check(endless))
    page = player.trial.as_page()
    assert page is not None
    assert page["rows"][0]["hint"] == "stopped"
    assert "ran for 0.3 seconds and did not end" in page["hint"]["sentence"]
    assert list(rows(player).values()) == ["failed", "open", "open", "open"]
    settle(player, lambda: player.check(program("solution.py")))
    assert player.trial.verdict is not None and player.trial.verdict.passed


def test_stop_ends_a_check_at_its_next_finding(player: Player) -> None:
    async def stopped() -> None:
        player.check(program("solution.py"))
        while not player.trial.checking:
            await asyncio.sleep(0)
        player.stop()
        while player.running:
            await asyncio.sleep(0.001)

    drive(stopped())
    page = player.trial.as_page()
    assert page is not None and "you stopped it" in page["hint"]["sentence"]


def test_an_interrupt_ends_a_check(player: Player) -> None:
    settle(player, lambda: player.check("def resume(trap): raise KeyboardInterrupt"))
    page = player.trial.as_page()
    assert page is not None and "you stopped it" in page["hint"]["sentence"]


@pytest.mark.parametrize(("source", "line", "sentence"), [
    ("def resume(trap):\n    return 1 / 0", 2, "raised ZeroDivisionError in line 2"),
    ("def resume(trap)\n    return 1", 1, "raised SyntaxError in line 1"),
    ("def resume(trap): return 'up'", None, "must return int; yours returned str 'up'"),
    ("\nraise SystemExit", 2, "raised SystemExit in line 2"),
])  # fmt: skip
def test_what_goes_wrong_has_its_line(
    player: Player, source: str, line: int | None, sentence: str
) -> None:
    settle(player, lambda: player.check(source))
    page = player.trial.as_page()
    assert page is not None
    assert page["line"] == line and sentence in page["hint"]["sentence"]


def test_a_missing_name_is_a_sentence_and_no_attempt(player: Player) -> None:
    settle(player, lambda: player.check("def restart(): pass"))
    assert "define resume" in str(player.trial.said())
    assert player.trial.as_page() is None and not player.trial.attempts.attempts


def test_what_a_program_prints_is_shown_and_bounded(player: Player) -> None:
    noisy = program("solution.py").replace("    if trap", "    print('x' * 9_000)\n    if trap")
    settle(player, lambda: player.check(noisy))
    text = player.trial.printed.text
    assert MOST_CHARS < len(text) < MOST_CHARS + 100 and text.endswith("(more was printed)\n")


def test_verdicts_speak_the_language_of_now(player: Player) -> None:
    settle(player, lambda: player.check(EXERCISE.starter))
    i18n.use("zh")
    page = player.trial.as_page()
    assert page is not None
    assert "无休止地重复" in page["hint"]["sentence"]
    assert page["rows"][0]["says"] == EXERCISE.properties[0].says["zh"]
    player.trial.seconds = 0.2
    settle(player, lambda: player.check("def resume(trap):\n    while True: pass"))
    page = player.trial.as_page()
    assert page is not None and "0.2 秒" in page["hint"]["sentence"]


# A step by itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "text"), [
    ("print(1)\n2 + 3", "1\n5\n"),
    ("2 + 3;", ""),
    ("None", ""),
    ("x = 3", ""),
    ("import sys\nprint('low', file=sys.stderr)", "low\n"),
    ("'a'", "'a'\n"),
])  # fmt: skip
def test_a_step_shows_what_jupyter_would(source: str, text: str) -> None:
    printed = Printed()
    assert execute(source, "<step 1>", {}, printed).ended is Ended.DONE
    assert printed.text == text


@pytest.mark.parametrize(("source", "line", "error"), [
    ("x =", 1, "SyntaxError"),
    ("def f():\n    raise ValueError('no')\nf()", 2, "ValueError: no"),
    ("raise SystemExit(3)", 1, "SystemExit: 3"),
])  # fmt: skip
def test_a_step_names_its_own_line(source: str, line: int, error: str) -> None:
    found = execute(source, "<step 1>", {}, Printed())
    assert (found.ended, found.line) == (Ended.FAILED, line)
    assert found.error().startswith(error)


def test_our_own_errors_are_sentences() -> None:
    space: dict[str, Any] = {"BadInput": BadInput}
    found = execute("raise BadInput('expected x, found y')", "<step 1>", space, Printed())
    assert found.error() == "expected x, found y"
