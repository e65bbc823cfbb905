"""How mutants are tried, on a product of one line with a test for each of two rows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.code import ROOT
from tests.mutants.mutant import Mutant
from tests.mutants.scratch import Scratch, copy_of
from tests.mutants.trial import Trial

SOUND = "def price(count: int) -> int:\n    return count * 2\n"
TESTS = """
import pytest
import shop


@pytest.mark.guide(1)
def test_two_cost_four() -> None:
    assert shop.price(2) == 4


@pytest.mark.guide(2)
def test_nothing_costs_nothing() -> None:
    assert shop.price(0) == 0
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "shop.py").write_text(SOUND)
    (tmp_path / "test_shop.py").write_text(TESTS)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Scratch(tmp_path, Path(sys.executable))


def trial(shop: Scratch, **more: float) -> Trial:
    return Trial({"1": ["test_shop.py"], "2": ["test_shop.py"]}, shop.root / "baseline.json", **more)


def dearer(row: str) -> Mutant:
    """What two cost has changed, and what nothing costs has not."""
    return Mutant(row, "three is charged for two", "shop.py", "count * 2", "count * 3")


def test_a_mutant_dies_by_a_test_of_its_row_or_survives_and_leaves_no_trace(shop: Scratch) -> None:
    trying = trial(shop)
    assert trying.baseline(shop, ["1", "2"], processes=1).green

    assert trying.of(dearer("1"), shop).killed_by == "test_shop.py::test_two_cost_four"
    assert trying.of(dearer("2"), shop).killed_by is None

    assert (shop.root / "shop.py").read_text() == SOUND
    assert list(shop.root.glob("__pycache__/shop.*")) == [], "compiled code of one text must not stand for the other"


def test_a_product_that_is_broken_already_proves_nothing(shop: Scratch) -> None:
    (shop.root / "shop.py").write_text(SOUND.replace("2", "3"))

    baseline = trial(shop).baseline(shop, ["1", "2"], processes=1)

    assert (baseline.green, baseline.failed) == (False, ["test_shop.py::test_two_cost_four"])


def test_a_mutant_that_cannot_even_be_imported_was_noticed_by_no_test(shop: Scratch) -> None:
    (shop.root / "baseline.json").write_text("{}")

    verdict = trial(shop).of(Mutant("1", "a word is missing", "shop.py", "return", "retrun"), shop)

    assert verdict.killed_by is None
    assert "SyntaxError" in verdict.output


def test_a_mutant_that_hangs_is_dead(shop: Scratch) -> None:
    (shop.root / "baseline.json").write_text("{}")

    verdict = trial(shop, patience=0.0).of(dearer("1"), shop)

    assert verdict.killed_by == "no end within 0 s"
    assert (shop.root / "shop.py").read_text() == SOUND


def test_a_copy_imports_its_own_product_even_without_any_variable(tmp_path: Path) -> None:
    scratch = copy_of(ROOT, tmp_path / "copy")

    program = "import dawam.cli.main as main; print(main.__file__)"
    told = subprocess.run([scratch.python, "-c", program], env={}, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()) == scratch.root / "src" / "dawam" / "cli" / "main.py"
