"""Every command has a `--help` that teaches: what it does, and examples that are commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from vmlab.cli.main import app

RUNNER = CliRunner()


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield path, command
        return
    for name, child in inner.items():
        yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(get_command(app)))


def test_all_commands_of_the_contract_are_there() -> None:
    assert {*COMMANDS} == {
        ("run",), ("gdb",), ("asm",), ("disasm",), ("guests",), ("bench",), ("site", "build"),
        ("serve",), ("classify",), ("compare",), ("laws",), ("grade",),
        ("lesson", "list"), ("lesson", "new"), ("lesson", "check"), ("lesson", "export"),
        ("vm", "run"), ("vm", "techniques"),
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_the_command_does_and_shows_examples(path: tuple[str, ...]) -> None:
    done = RUNNER.invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    _, found, examples = done.output.partition("Example")
    assert found
    assert f"vmlab {' '.join(path)}" in examples, done.output
    for parameter in COMMANDS[path].params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{parameter.name} has no help"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_examples_name_options_that_exist(path: tuple[str, ...]) -> None:
    parameters = COMMANDS[path].params
    known = {name for one in parameters for name in (*one.opts, *one.secondary_opts)}
    text = COMMANDS[path].help or ""
    for line in re.findall(r"^\s*(vmlab .+)$", text, re.MULTILINE):
        for part in re.split(r"&&|\|", line):
            words = shlex.split(part)
            if words[1 : 1 + len(path)] == list(path):
                assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("arguments", [["--version"], ["-h"], []])
def test_the_door_answers(arguments: list[str]) -> None:
    done = RUNNER.invoke(app, arguments)
    assert "vmlab" in done.output
