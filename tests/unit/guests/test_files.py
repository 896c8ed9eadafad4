"""A file that is not what its user thought costs no more than a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.guests import files
from vmlab.guests.files import read_bounded


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE_BYTES", 4096)
    with pytest.raises(BadInput, match=r"expected firmware of at most .* found more"):
        read_bounded(Path("/dev/zero"), "firmware")


def test_a_file_of_the_largest_size_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE_BYTES", 4096)
    (tmp_path / "page").write_bytes(bytes(4096))
    assert read_bounded(tmp_path / "page", "firmware") == bytes(4096)


@pytest.mark.parametrize("path", ["", "none", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    with pytest.raises(BadInput, match="expected a recording at"):
        read_bounded(Path(path), "a recording")
