"""All mutants, row by row. To add one: put it where its row is, see it die by `make mutants ROWS=row`."""

from tests.architecture.guide_rows import ROWS
from tests.mutants.guards import GUARDS
from tests.mutants.mutant import Mutant
from tests.mutants.of_applications import APPLICATION_MUTANTS
from tests.mutants.of_guards import GUARD_MUTANTS
from tests.mutants.of_jobs import JOB_MUTANTS
from tests.mutants.of_use_cases import USE_CASE_MUTANTS
from tests.mutants.of_workers import WORKER_MUTANTS

_LISTS = (JOB_MUTANTS, WORKER_MUTANTS, APPLICATION_MUTANTS, USE_CASE_MUTANTS, GUARD_MUTANTS)
_ORDER = (*ROWS, *GUARDS)

MUTANTS: tuple[Mutant, ...] = tuple(
    sorted((mutant for mutants in _LISTS for mutant in mutants), key=lambda mutant: _ORDER.index(mutant.row))
)
