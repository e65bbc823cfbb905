"""A file is either whole or not there."""

from pathlib import Path

import pytest

from examples.inventory.whole_file import sweep, whole_file


def test_what_was_written_gets_its_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "report.txt"

    with whole_file(path) as part:
        part.write_text("whole")
        assert not path.exists()

    assert path.read_text() == "whole"
    assert [found.name for found in path.parent.iterdir()] == ["report.txt"]


def test_what_fails_in_the_middle_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old")

    def fail() -> None:
        with whole_file(path) as part:
            part.write_text("ha")
            raise OSError("no space left on the disk")

    with pytest.raises(OSError, match="no space"):
        fail()

    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["report.txt"]


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("whole")
    (tmp_path / ".report.txt.4711.part").write_text("ha")

    sweep(tmp_path)

    assert [found.name for found in tmp_path.iterdir()] == ["report.txt"]
