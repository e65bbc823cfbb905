"""One store that all processes reach over a way on which requests and answers are slow, and may be lost."""

import inspect
import random
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from dawam.doorbells.base import Bell, Doorbell, Topic
from dawam.errors import StoreUnavailableError
from dawam.ids import HostId
from dawam.jobs.record import NewJob
from dawam.stores.base import HeartbeatLink, JobStore
from dawam.stores.memory import MemoryStore
from dawam.stores.values import HostCommand, queues_of, topics_of
from tests.simulation.loop import Killed, Process, VirtualLoop

Saw = Callable[[Process, str, tuple[Any, ...], Any], None]
"""Told of every verb at the moment at which the store has carried it out: by whom, which, of what, and its answer."""


@dataclass(slots=True, kw_only=True)
class Weather:
    """How the way to the store is now, in shares of one."""

    slowest: float = 0.01
    """Seconds that a request or an answer takes at most, but for one in twenty, which takes ten times as long."""
    lost_requests: float = 0.0
    lost_answers: float = 0.0
    lost_rings: float = 0.0
    doubled_rings: float = 0.0
    is_away: bool = False
    """The store answers nobody."""


class Bells:
    """The doorbell of all processes: rings travel, get lost, and come twice."""

    def __init__(self, loop: VirtualLoop, luck: random.Random, weather: Weather) -> None:
        self.loop, self._luck, self._weather = loop, luck, weather
        self.listeners: dict[int, tuple[Process, Topic, Callable[[], None], frozenset[str]]] = {}

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        for process, of, wake, served in self.listeners.values():
            if of is topic and (not queues or not served or not served.isdisjoint(queues)):
                count = 0 if self._luck.random() < self._weather.lost_rings else 1
                count += self._luck.random() < self._weather.doubled_rings
                for _ in range(count):
                    self.loop.inside(process, lambda wake=wake: self.loop.call_later(delay(self._luck), wake))

    def of(self, process: Process) -> Doorbell:
        return _Doorbell(self, process)


class _Doorbell:
    def __init__(self, bells: Bells, process: Process) -> None:
        self._bells, self._process = bells, process

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        if self._process.is_alive:
            self._bells.ring(topic, queues)

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        bell = _Bell(self._bells)
        self._bells.listeners[id(bell)] = self._process, topic, wake, frozenset(queues)
        return bell

    def close(self) -> None:
        """Every bell is closed by itself."""


class _Bell:
    def __init__(self, bells: Bells) -> None:
        self._bells = bells

    def close(self) -> None:
        self._bells.listeners.pop(id(self), None)


def delay(luck: random.Random, slowest: float = 0.01) -> float:
    return luck.uniform(0, slowest) * (10 if luck.random() < 0.05 else 1)


class Shore:
    """The store as one process sees it: a `JobStore` whose verbs are those of the real one, carried out there."""

    def __init__(
        self, real: MemoryStore, process: Process, *, bells: Bells, luck: random.Random, weather: Weather, saw: Saw
    ) -> None:
        self._real, self._process = real, process
        self._bells, self._luck, self._weather, self._saw = bells, luck, weather, saw
        self.doorbell = bells.of(process)

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._real, name)
        if not inspect.iscoroutinefunction(verb):
            return verb

        async def travelling(*words: Any, **named: Any) -> Any:
            return await self._travel(name, verb, words, named)

        return travelling

    async def open(self, *, migrate: bool = True) -> None:
        """There is nothing to connect."""

    async def close(self) -> None:
        """The store is there for the others."""

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        """As the real one it rings, whether the caller gets its answer or not."""
        created: list[bool] = await self._travel("add", self._real.add, (jobs,), {}, lambda: self._ring_for(jobs))
        return created

    def heartbeat_link(self, host: HostId) -> HeartbeatLink:
        return _Link(self, host)

    def extend(self, host: HostId, lease: timedelta) -> HostCommand | None:
        """At once: what could come between a heartbeat and its answer, a frozen process does as well."""
        if self._is_lost(self._weather.lost_requests):
            raise StoreUnavailableError("the heartbeat was lost")
        is_alive = self._real.heartbeat_link(host).extend(lease)
        self._saw(self._process, "extend", (host, lease), is_alive)
        if self._luck.random() < self._weather.lost_answers:
            raise StoreUnavailableError("the answer to the heartbeat was lost")
        return is_alive

    # -- the way there and back

    async def _travel(
        self,
        name: str,
        verb: Callable[..., Coroutine[Any, Any, Any]],
        words: tuple[Any, ...],
        named: dict[str, Any],
        then: Callable[[], None] = lambda: None,
    ) -> Any:
        loop = self._bells.loop
        if not self._process.is_alive:
            raise Killed
        answered = loop.create_future()

        def answer(outcome: Any, error: Exception | None) -> None:
            if not answered.done():
                answered.set_result(outcome) if error is None else answered.set_exception(error)

        def carry_out() -> None:
            if self._is_lost(self._weather.lost_requests):
                self._back(answer, None, StoreUnavailableError(f"{name} did not arrive"))
                return
            outcome, error = _at_once(verb(*words, **named))
            if error is None:
                self._saw(self._process, name, words, outcome)
                then()
                if self._luck.random() < self._weather.lost_answers:
                    outcome, error = None, StoreUnavailableError(f"the answer to {name} was lost")
            self._back(answer, outcome, error)

        # who was killed or stands still has sent it all the same; only in a rescue the host is asked in between
        traveller = self._process if name == "rescue" else None
        loop.inside(traveller, lambda: loop.call_later(self._delay(), carry_out))
        return await answered

    def _back(self, answer: Callable[[Any, Exception | None], None], outcome: Any, error: Exception | None) -> None:
        loop = self._bells.loop
        loop.inside(self._process, lambda: loop.call_later(self._delay(), answer, outcome, error))

    def _is_lost(self, share: float) -> bool:
        return self._weather.is_away or self._process.is_cut_off or self._luck.random() < share

    def _delay(self) -> float:
        return delay(self._luck, self._weather.slowest)

    def _ring_for(self, jobs: Sequence[NewJob]) -> None:
        for topic in sorted(topics_of(jobs)):
            self._bells.ring(topic, queues_of(jobs))


class _Link:
    def __init__(self, shore: Shore, host: HostId) -> None:
        self._shore, self._host = shore, host

    def extend(self, lease: timedelta) -> HostCommand | None:
        return self._shore.extend(self._host, lease)

    def close(self) -> None:
        """Nothing is held."""


def as_store(shore: Shore) -> JobStore:
    return cast("JobStore", shore)


def _at_once(verb: Coroutine[Any, Any, Any]) -> tuple[Any, Exception | None]:
    """The answer of a verb in memory, which waits for nothing."""
    try:
        verb.send(None)
    except StopIteration as answer:
        return answer.value, None
    except Exception as error:
        return None, error
    raise AssertionError("a verb in memory has waited for something")
