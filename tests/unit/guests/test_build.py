"""The images come from their sources, byte for byte, wherever they are built."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.guests import build

pytest.importorskip("ziglang", reason="the guests' compiler is not installed")


def test_the_images_are_what_their_sources_give(capsys: pytest.CaptureFixture[str]) -> None:
    status = build.main(["--check"])
    assert status == 0, capsys.readouterr().err


def test_another_folder_and_time_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = build.RECIPES[1]
    elsewhere = tmp_path / "a folder with another name"
    for name in recipe.files:
        target = elsewhere / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((build.SOURCES / name).read_bytes())
    monkeypatch.setattr(build, "SOURCES", elsewhere)
    assert build.build(recipe) == (build.IMAGES / f"{recipe.name}.elf").read_bytes()


def test_a_changed_source_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = build.Recipe("echo", ("echo/echo.S",), "assembly.ld")
    for name in recipe.files:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (build.SOURCES / name).read_text(encoding="utf-8")
        target.write_text(text.replace("Bye", "Ciao"), encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    monkeypatch.setattr(build, "RECIPES", (recipe,))
    assert build.main(["--check"]) == 1
    assert "echo.elf differs" in capsys.readouterr().err


def test_a_source_with_an_error_is_reported_with_the_compilers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.S").write_text("        no_such_instruction\n", encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    monkeypatch.setattr(build, "RECIPES", (build.Recipe("bad", ("bad.S",), "assembly.ld"),))
    assert build.main([]) == 2
    assert "no_such_instruction" in capsys.readouterr().err
