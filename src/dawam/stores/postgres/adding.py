"""`add`: takes new jobs; calls that come while one commit is under way share the next."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from dawam.clock import Clock, to_microseconds
from dawam.errors import RowRefusedError, StoreError, StoreUnavailableError
from dawam.ids import HostId
from dawam.jobs.record import NewJob
from dawam.stores.postgres.arrays import Blobs, Ids, Numbers, Texts
from dawam.stores.postgres.connection import AsyncConnection
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.rows import words

_Answer = tuple[Any, ...]
"""Of `add_jobs`: the ids that were new, or None for all of them, and whether to ring elsewhere."""
AsyncCursor = psycopg.AsyncCursor[tuple[Any, ...]]
_MOST_IN_ONE_COMMIT = 2_000
"""Jobs, unless one call alone brings more."""
_MOST_ON_THE_WAY = 8
"""Inserts of a stream that the server has not answered: whoever is quicker than it must not pile them up in memory."""
_UNKNOWN = "the application was closed before the server answered: nobody knows whether this was stored"
_WOKEN_AT_ONCE = 20
"""Callers whose answer came with others': what all of them do next, in one go, would keep the loop from the server."""
_MOMENT = 0.001
"""Seconds from one look to the next at the end, whether the last call is through."""


class Adder:
    """The line of those who enqueue.

    There is no timer: the first goes at once, by itself, and whoever comes before its commit is over shares the next.
    A row that the server refuses fails the call that brought it, and no other. After a lost answer the same is added
    once more: an id that is there already is left as it is.
    """

    def __init__(
        self,
        link: Link,
        streaming: Link,
        statements: Mapping[str, Statement],
        application: str,
        clock: Clock | None,
    ) -> None:
        """`streaming` is for streams, which may take long: nobody else waits for them. `clock`: see `PostgresStore`."""
        self._link, self._streaming = link, streaming
        self._add, self._add_one = statements["add_jobs"], statements["add_one"]
        self._take_back = statements["remove_added_twice"]
        self._application, self._clock = application, clock
        self.is_elsewhere = True
        """Whether hosts of other processes may want to hear of what was added last."""
        self._hosts = Texts()
        self._waiting: deque[_Call] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._is_writing = False

    def add_host(self, host: HostId) -> None:
        """This one is of this process, and needs no ring from elsewhere."""
        self._hosts.append(host)

    def remove_host(self, host: HostId) -> None:
        with suppress(ValueError):
            self._hosts.remove(host)

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        """See `dawam.stores.base.JobWriter`."""
        if self._is_writing or self._waiting:
            return await self._in_line(jobs)
        self._is_writing = True
        try:
            new = await self._added(jobs)
        finally:
            self._is_writing = False
            if self._waiting:
                self._serve_soon()
        return _answers(jobs, new)

    async def add_stream(self, batches: Iterable[Sequence[NewJob]]) -> list[bool]:
        """The same in one transaction of its own; the server inserts one batch while the next is being made."""
        made = list[Sequence[NewJob]]()

        def making() -> Iterator[Sequence[NewJob]]:
            try:
                for batch in batches:
                    made.append(batch)
                    yield batch
            except Exception as error:
                raise _NotMadeError(error) from error  # whatever it is, no connection was lost by it

        try:
            new = await self._streaming.run(lambda db: self._insert_all(db, making(), self._streaming))
        except _NotMadeError as failure:
            raise failure.error from failure.error.__cause__
        except StoreUnavailableError:
            made += batches
            await self._streaming.run(lambda db: self._insert_again(db, made, self._streaming))
            new = None
        return _answers([*chain.from_iterable(made)], new)

    async def _in_line(self, jobs: Sequence[NewJob]) -> list[bool]:
        call = _Call(jobs)
        self._waiting.append(call)
        if not self._is_writing:
            self._serve_soon()
        return await call.answer

    def _serve_soon(self) -> None:
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(), name="dawam enqueue")

    async def close(self) -> None:
        """Writes what was handed in. When it is cancelled, whoever still waits is told that nothing will come of it."""
        try:
            while self._waiting or self._is_writing:
                await (self._serving or asyncio.sleep(_MOMENT))
        finally:
            for call in self._waiting:
                call.fail(StoreUnavailableError("the application was closed before the server took this: not stored"))
            self._waiting.clear()

    async def _serve(self) -> None:
        """Writes until nobody waits any more."""
        self._is_writing = True
        try:
            while self._waiting:
                await self._write(self._next())
        finally:
            self._is_writing, self._serving = False, None

    def _next(self) -> "list[_Call]":
        """Who is served together: as they came, one at least."""
        calls, count = list[_Call](), 0
        while self._waiting and (not calls or count + len(self._waiting[0].jobs) <= _MOST_IN_ONE_COMMIT):
            calls.append(self._waiting.popleft())
            count += len(calls[-1].jobs)
        return calls

    async def _write(self, calls: "list[_Call]") -> None:
        try:
            new = await self._added([job for call in calls for job in call.jobs])
        except asyncio.CancelledError:
            for call in calls:
                call.fail(StoreUnavailableError(_UNKNOWN))
            raise
        except Exception as error:  # noqa: BLE001  (whoever waits gets it)
            if len(calls) == 1 or not _is_about_a_row(error):
                for call in calls:
                    call.fail(error)
                return
            half = len(calls) // 2
            self._waiting.extendleft(reversed(calls[half:]))
            await self._write(calls[:half])
        else:
            self._tell(deque(calls), new)

    def _tell(self, calls: "deque[_Call]", new: set[UUID] | None) -> None:
        """Wakes a few callers after the other: the server is at work on the next jobs of the first ones meanwhile."""
        for _ in range(min(_WOKEN_AT_ONCE, len(calls))):
            calls.popleft().answered(new)
        if calls:
            asyncio.get_running_loop().call_soon(self._tell, calls, new)

    async def _added(self, jobs: Sequence[NewJob]) -> set[UUID] | None:
        """The ids that were new; None: all of them."""
        try:
            if len(jobs) == 1:
                return await self._insert_one(jobs[0])
            groups = list(self._alike(jobs))
            if len(groups) == 1:
                ((answer, self.is_elsewhere),) = await self._link.fetch(self._add, groups[0])
                return _new([answer], [groups[0][_IDS]])
            return await self._link.run(lambda db: self._insert_all(db, [jobs], self._link))
        except StoreUnavailableError:
            # an answer was lost, or the connection had been; it is not known which, so what is there now was ours
            await self._link.run(lambda db: self._insert_again(db, [jobs], self._link))
            return None

    async def _insert_one(self, job: NewJob) -> set[UUID] | None:
        moments = (to_microseconds(job.created_at), to_microseconds(job.run_at))
        own = (job.id, job.args, *moments, self._hosts)
        rows = await self._link.fetch(self._add_one, [self._application, self._stamp(), *_shared(job), *own])
        if not rows:
            return set()
        ((self.is_elsewhere,),) = rows
        return None

    async def _insert_all(
        self, db: AsyncConnection, batches: Iterable[Sequence[NewJob]], link: Link
    ) -> set[UUID] | None:
        asked, answers, on_the_way = list[Ids](), list[_Answer](), deque[AsyncCursor]()
        async with db.pipeline(), link.transaction(db):
            for batch in batches:
                for group in self._alike(batch):
                    asked.append(group[_IDS])
                    on_the_way.append(await db.execute(self._add.query, group, binary=True))
                while len(on_the_way) > _MOST_ON_THE_WAY:
                    answers += await on_the_way.popleft().fetchall()
                    link.goes_on()
        for cursor in on_the_way:
            answers += await cursor.fetchall()
        if link is self._link and answers:  # a stream takes long: others know better by now
            self.is_elsewhere = answers[-1][1]
        return _new([new for new, _ in answers], asked)

    async def _insert_again(self, db: AsyncConnection, batches: Iterable[Sequence[NewJob]], link: Link) -> None:
        self.is_elsewhere = True
        async with link.transaction(db):
            for batch in batches:
                for group in self._alike(batch):
                    await db.execute(self._add.query, group)
                    await db.execute(self._take_back.query, [group[_IDS], self._application])
                    link.goes_on()

    def _alike(self, jobs: Sequence[NewJob]) -> Iterator[list[Any]]:
        return add_parameters(jobs, self._application, self._stamp(), self._hosts)

    def _stamp(self) -> int | None:
        return None if self._clock is None else to_microseconds(self._clock.now())


_IDS = 11
"""Where the ids stand among the parameters of `add_jobs`."""


def _is_about_a_row(error: Exception) -> bool:
    """Whether it failed for what one of the jobs says: whose it is has to be found out."""
    return isinstance(error, RowRefusedError) or not isinstance(error, StoreError | OSError)


def add_parameters(jobs: Iterable[NewJob], application: str, now: int | None, hosts: Texts) -> Iterator[list[Any]]:
    """The parameters of `add_jobs`, once for all jobs that differ only in their ids, args and moments."""
    alike: defaultdict[tuple[Any, ...], list[NewJob]] = defaultdict(list)
    for job in jobs:
        alike[_shared(job)].append(job)
    for shared, group in alike.items():
        yield [
            application,
            now,
            *shared,
            Ids([job.id for job in group]),
            Blobs([job.args for job in group]),
            Numbers([to_microseconds(job.created_at) for job in group]),
            Numbers([to_microseconds(job.run_at) for job in group]),
            hosts,
        ]


def _shared(job: NewJob) -> tuple[Any, ...]:
    """What many jobs have in common."""
    headers = msgspec.json.encode(dict(job.headers)).decode() if job.headers else ""
    tags = words(job.tags) if job.tags else ""
    kind = (job.queue, job.name, job.args_encoding, job.args_version, headers, tags, -int(job.priority))
    expires_at = None if job.expires_at is None else to_microseconds(job.expires_at)
    return *kind, expires_at, job.parent


def add_blocking(
    db: psycopg.Connection[tuple[Any, ...]], add: Statement, application: str, now: int | None, jobs: Sequence[NewJob]
) -> list[bool]:
    """The same inside somebody's transaction, in a thread."""
    groups = list(add_parameters(jobs, application, now, Texts()))
    answers = [db.execute(add.query, group, binary=True).fetchall()[0][0] for group in groups]
    return _answers(jobs, _new(answers, [group[_IDS] for group in groups]))


class _NotMadeError(Exception):
    """Whoever makes the jobs of a stream has failed, and the server has not."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(error)


class _Call:
    """One call of `add` that waits."""

    __slots__ = ("answer", "jobs")

    def __init__(self, jobs: Sequence[NewJob]) -> None:
        self.jobs = jobs
        self.answer: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()

    def answered(self, new: set[UUID] | None) -> None:
        if not self.answer.done():  # whoever called may have been cancelled
            self.answer.set_result(_answers(self.jobs, new))

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _answers(jobs: Sequence[NewJob], new: set[UUID] | None) -> list[bool]:
    """Whether each was created: of two with one id only the first. None: all of them."""
    if new is None:
        return [True] * len(jobs)
    answers = list[bool]()
    for job in jobs:
        answers.append(job.id in new)
        with suppress(KeyError):
            new.remove(job.id)
    return answers


def _new(answers: Sequence[Sequence[UUID] | None], asked: Sequence[Ids]) -> set[UUID] | None:
    """The ids that were new; None: all of them, as each answer says that is None."""
    if all(answer is None for answer in answers):
        return None
    return {each for answer, ids in zip(answers, asked, strict=True) for each in (ids if answer is None else answer)}
