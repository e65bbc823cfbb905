"""The desk of an application: all that people read of it, and do to it by hand."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace

from dawam.action_history import ActionHistory
from dawam.clock import Clock
from dawam.control import JobControl
from dawam.host_control import HostControl
from dawam.inspector import JobInspector
from dawam.job_errors import JobErrors
from dawam.job_measures import JobMeasures
from dawam.job_search import JobSearch
from dawam.stores.base import JobStore
from dawam.worker_control import WorkerControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Each of these can be injected by itself."""

    inspector: JobInspector
    search: JobSearch
    measures: JobMeasures
    errors: JobErrors
    actions: ActionHistory
    control: JobControl
    hosts: HostControl
    workers: WorkerControl

    @classmethod
    def of(cls, store: JobStore, known_names: Callable[[], Collection[str]] | None, clock: Clock) -> "Desk":
        return cls(
            inspector=JobInspector(store, known_names),
            search=JobSearch(store),
            measures=JobMeasures(store),
            errors=JobErrors(store),
            actions=ActionHistory(store, clock),
            control=JobControl(store, store.doorbell),
            hosts=HostControl(store, store.doorbell, clock),
            workers=WorkerControl(store, store.doorbell, clock),
        )

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "Desk":
        """The same, on the word of this person: what they do is written down."""
        return replace(
            self,
            errors=self.errors.by(by, via=via, reason=reason),
            actions=self.actions.by(by, via=via, reason=reason),
            control=self.control.by(by, via=via, reason=reason),
            hosts=self.hosts.by(by, via=via, reason=reason),
            workers=self.workers.by(by, via=via, reason=reason),
        )

    @property
    def parts(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))
