"""The README tells the truth: its blocks run as they stand, and both languages show the same ones."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Reader, blocks

README, ARABIC = ROOT / "README.md", ROOT / "README.ar.md"


def test_the_blocks_of_the_readme_run_and_print_what_it_shows(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow(README) == 2


def test_the_arabic_readme_shows_the_same_blocks_and_links() -> None:
    assert [block.text for block in blocks(ARABIC)] == [block.text for block in blocks(README)]
    links = [
        sorted(set(re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))) - {"README.md", "README.ar.md"})
        for page in (README, ARABIC)
    ]
    assert links[0] == links[1]


def test_the_first_program_is_the_example_and_the_one_that_dawam_new_writes() -> None:
    [hello] = [block.text for block in blocks(README) if block.file == "hello.py"]
    written = (files("dawam.cli") / "templates" / "hello.py.txt").read_text(encoding="utf-8")
    assert hello.partition("\n")[2] == written
    assert (ROOT / "examples" / "hello.py").read_text(encoding="utf-8").endswith(f"\n{written}")


@pytest.mark.parametrize("page", [README, ARABIC], ids=lambda page: page.name)
def test_every_make_target_that_is_shown_exists(page: Path) -> None:
    shown = set(re.findall(r"^make (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert shown
    assert shown <= targets
