"""Two applications in one place, each with its store and its model, which are alike after every step."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import multiple

from dawam.ids import HostId
from dawam.jobs.outcome import Outcome, Settlement
from dawam.jobs.record import NewJob
from dawam.stores.base import JobStore
from dawam.stores.values import JobFilter, Retention
from dawam.testing.conformance.stores.bench import AT_ONCE, SECOND, Bench
from dawam.testing.conformance.stores.machines import model_reading
from dawam.testing.conformance.stores.machines.machine import Machine, beginning
from dawam.testing.conformance.stores.machines.model import Claim, Model
from dawam.testing.conformance.stores.machines.strategies import EVERYTHING, HOSTS, JOBS, drafts

_KEPT = {"shop": Retention(), "bakery": AT_ONCE}
_MOST_JOBS = 6
_numbers = count(1)
"""Every example has applications of its own: that is cheaper than a place of its own."""
_MOMENTS = ("created_from", "created_before", "finished_before")


@dataclass(frozen=True, slots=True)
class Shop:
    """One application."""

    store: JobStore
    model: Model


class Job(NamedTuple):
    """The id of a job that was added there."""

    at: str
    id: UUID


class Claimed(NamedTuple):
    """A claim that was made there."""

    at: str
    claim: Claim


class Host(NamedTuple):
    """The id of a host that was registered there."""

    at: str
    id: HostId


class Shops(Machine):
    """What the steps have in common. The shop keeps its finished jobs, and the bakery keeps none."""

    def __init__(self, bench: Bench, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(bench, loop)
        self.shops = dict[str, Shop]()
        self.wait_for(self._open(next(_numbers)))

    async def _open(self, number: int) -> None:
        for name, kept in _KEPT.items():
            store = await self.bench.open_store(application=f"{name}-{number}", retention=kept)
            self.shops[name] = Shop(store, Model(self.bench.clock, kept))

    async def close(self) -> None:
        for shop in self.shops.values():
            await shop.store.close()

    async def verify(self) -> None:
        for name, shop in self.shops.items():
            found = (await shop.store.look(JobFilter(), EVERYTHING)).jobs
            assert not list(model_reading.differences(shop.model, found)), f"in the {name}"

    @beginning(target=HOSTS)
    async def register_some(self) -> Any:
        return multiple(*[await self.come(name, 86_400) for name in self.shops for _ in range(2)])

    @beginning(target=JOBS, drafts=st.lists(drafts, min_size=1, max_size=4))
    async def add_some(self, drafts: list[dict[str, Any]]) -> Any:
        return multiple(*await self.add_to("shop", drafts), *await self.add_to("bakery", drafts[:1]))

    # -- words of the steps

    def shop_of(self, thing: Job | Claimed | Host, of: str) -> Shop:
        """The application from which it is, or the other one."""
        (other,) = self.shops.keys() - {thing.at}
        return self.shops[thing.at if of == "its own" else other]

    async def come(self, at: str, lease: int) -> Host:
        """A new host, with a lease of so many seconds."""
        shop, host = self.shops[at], self.new_host()
        await shop.store.register(host, lease * SECOND)
        shop.model.register(host.id, lease * SECOND)
        return Host(at, host.id)

    async def add_to(self, at: str, drafts: list[dict[str, Any]]) -> list[Job]:
        shop, jobs = self.shops[at], [self.job(draft) for draft in drafts]
        assert await shop.store.add(jobs) == shop.model.add(jobs)
        return [Job(at, job.id) for job in jobs]

    def job(self, draft: dict[str, Any]) -> NewJob:
        """A new job, usual but for what the draft says."""
        said: dict[str, Any] = {"queue": "mail", **draft}
        if "expires_in" in said:
            said["expires_at"] = self.bench.clock.now() + said.pop("expires_in") * SECOND
        return self.bench.new_job(**{**said, "due_in": said.get("due_in", 0) * SECOND})

    def outcome(self, name: str) -> Outcome:
        if name == "retrying at once":
            return self.bench.retrying(-SECOND)
        return self.bench.snoozed(-SECOND) if name == "snoozed at once" else self.bench.outcome(name)

    def end_of(self, claim: Claim, outcome: str, **more: Any) -> Settlement:
        now = self.bench.clock.now()
        return Settlement(*claim, self.outcome(outcome), started_at=now, ended_at=now, **more)

    def filter(self, fields: dict[str, Any]) -> JobFilter:
        now = self.bench.clock.now()
        said = {name: now - value * SECOND if name in _MOMENTS else value for name, value in fields.items()}
        if "host" in said:
            said["host"] = said["host"].id
        return JobFilter(**said)


def has_room(machine: Any) -> bool:
    """Of few jobs each goes through much."""
    return all(shop.model.unfinished_count < _MOST_JOBS for shop in machine.shops.values())


def retention(**kept_for: int | None) -> Retention:
    """Each kind of end with so many seconds."""
    return Retention(**{end: None if each is None else timedelta(seconds=each) for end, each in kept_for.items()})
