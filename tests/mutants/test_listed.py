"""The list of mutants does not rot: each still fits its place, and no row of the guide is without."""

import ast

import pytest

from tests.architecture.code import ROOT
from tests.architecture.guide_rows import ROWS
from tests.mutants.guards import GUARDS
from tests.mutants.listed import MUTANTS
from tests.mutants.mutant import Mutant

_PRODUCT = ("src/dawam/", "examples/")
_TESTS = ("src/dawam/testing/", "examples/inventory/tests/")
_EACH = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.row}: {mutant.breaks}")


@_EACH
def test_its_text_stands_exactly_once_in_its_file(mutant: Mutant) -> None:
    sabotaged = mutant.sabotaged(ROOT)

    assert sabotaged != (ROOT / mutant.path).read_text(encoding="utf-8")
    if mutant.path.endswith(".py"):
        ast.parse(sabotaged)  # a bug, and no mistake in writing


@_EACH
def test_it_breaks_the_product_and_not_its_tests(mutant: Mutant) -> None:
    assert mutant.path.startswith(_PRODUCT)
    assert not mutant.path.startswith(_TESTS)


def test_each_row_has_two() -> None:
    rows = [mutant.row for mutant in MUTANTS]

    assert [f"{row}: {ROWS[row]}" for row in ROWS if rows.count(row) < 2] == []


def test_each_store_is_without_each_kind_of_guard_once() -> None:
    kinds = {(mutant.row, mutant.breaks.partition(":")[0]) for mutant in MUTANTS if mutant.row in GUARDS}

    wanted = {(store, kind) for store in ("memory", "sqlite", "postgres") for kind in ("fence", "lease", "hand-back")}
    assert wanted - kinds == set()


def test_no_two_are_the_same() -> None:
    assert len({(mutant.row, mutant.breaks) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_text_that_stands_there_no_more_is_named() -> None:
    mutant = Mutant("1", "nothing", "pyproject.toml", "no such text", "another")

    with pytest.raises(ValueError, match=r"pyproject\.toml has the text of the mutant “nothing” 0 times"):
        mutant.sabotaged(ROOT)
