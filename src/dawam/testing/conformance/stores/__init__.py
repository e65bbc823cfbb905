"""What every job store promises, as tests: one class for each verb, all of them together in `StoreConformance`.

A store is done when this passes::

    class TestMyStore(StoreConformance):
        async def new_place(self, folder: Path) -> None:
            self.path = folder / "jobs.db"

        def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
            return MyStore(self.path, application=application, clock=clock, retention=retention)

What a store cannot do it does not name among its `capabilities`; the tests of that are skipped, naming it. One that
takes part in callers' transactions says how such a one is made as well (`transaction`).

Two of the tests try verbs in any order (`machines`). A longer search is a profile of Hypothesis with more examples.
"""

from dawam.testing.conformance.stores.acting import Acting
from dawam.testing.conformance.stores.adding import Adding
from dawam.testing.conformance.stores.applications import Applications
from dawam.testing.conformance.stores.bench import Bench
from dawam.testing.conformance.stores.capabilities import Capabilities
from dawam.testing.conformance.stores.choosing import Choosing
from dawam.testing.conformance.stores.claiming import Claiming
from dawam.testing.conformance.stores.controlling import Controlling
from dawam.testing.conformance.stores.crashing import Crashing
from dawam.testing.conformance.stores.declaring import Declaring
from dawam.testing.conformance.stores.exactness import Exactness
from dawam.testing.conformance.stores.fencing import Fencing
from dawam.testing.conformance.stores.grouping import Grouping
from dawam.testing.conformance.stores.keeping import Keeping
from dawam.testing.conformance.stores.leasing import Leasing
from dawam.testing.conformance.stores.listing import Listing
from dawam.testing.conformance.stores.log_keeping import LogKeeping
from dawam.testing.conformance.stores.looking import Looking
from dawam.testing.conformance.stores.machines.job_machine import AnyOrder
from dawam.testing.conformance.stores.machines.worker_machine import WorkersInAnyOrder
from dawam.testing.conformance.stores.measuring import Measuring
from dawam.testing.conformance.stores.moves import Moves
from dawam.testing.conformance.stores.parking import Parking
from dawam.testing.conformance.stores.progressing import Progressing
from dawam.testing.conformance.stores.promoting import Promoting
from dawam.testing.conformance.stores.pruning import Pruning
from dawam.testing.conformance.stores.reading import Reading
from dawam.testing.conformance.stores.rescuing import Rescuing
from dawam.testing.conformance.stores.ringing import Ringing
from dawam.testing.conformance.stores.settling import Settling
from dawam.testing.conformance.stores.tick_rescuing import TickRescuing
from dawam.testing.conformance.stores.tick_settling import TickSettling
from dawam.testing.conformance.stores.ticking import Ticking
from dawam.testing.conformance.stores.transacting import Transacting
from dawam.testing.conformance.stores.worker_control import WorkerControl

__all__ = ["Bench", "StoreConformance"]


class StoreConformance(
    Adding,
    Claiming,
    Parking,
    Fencing,
    Settling,
    Leasing,
    Rescuing,
    Crashing,
    Promoting,
    Progressing,
    LogKeeping,
    Pruning,
    Reading,
    Listing,
    Looking,
    Choosing,
    Controlling,
    Applications,
    Exactness,
    Moves,
    AnyOrder,
    Ringing,
    Capabilities,
    Transacting,
    Keeping,
    Measuring,
    Grouping,
    Acting,
    Declaring,
    Ticking,
    TickSettling,
    TickRescuing,
    WorkerControl,
    WorkersInAnyOrder,
):
    """The whole suite. Derive from it, and say how a place and a store on it are made."""
