"""A doorbell between machines: LISTEN and NOTIFY of the PostgreSQL server that keeps the jobs anyway.

A ring is one NOTIFY outside anybody's transaction, at once for the first and then once per `_PAUSE` for all that came
meanwhile: every NOTIFY takes a lock of the whole database server for the moment of its commit. Behind a pooler in
transaction mode none arrives, which is noticed, because whoever listens rings for itself as well.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable
from contextlib import aclosing, suppress
from typing import Protocol

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.local import LocalDoorbell
from dawam.doorbells.queue_bits import bits_text, queue_bits, read_bits

_PAUSE = 0.005
"""Seconds between two NOTIFYs of one process."""
_WANTED_FOR = 60.0
"""Seconds for which a process that waits for results is rung for them after it has said so."""
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 3.0
_UNHEARD_AFTER = 5.0
"""Seconds after which a ring of our own that has not come back never will."""
_AGAIN = "!"
"""Behind a topic: jobs became ready that were in the line before, so they may sort before what was claimed since."""
_FOR = "/"
"""Behind a topic, and before the bits of the queues that the ring is for, where it is not for all."""
_UNHEARD = (
    "wake-ups do not come through from PostgreSQL: a pooler in transaction mode seems to stand between. Jobs are found "
    "by polling (Host.Poll), so nothing is lost, but they start later. Connect without the pooler, or say session=off "
    "in Store.Url to be told no more (docs/howto/postgresql.md)"
)
_NOT_HEARD = (
    "wake-ups of other processes are not heard where no connection keeps a session: jobs are found by polling "
    "(Host.Poll), so they start later (docs/howto/postgresql.md)"
)
_logger = logging.getLogger("dawam.store")
_ANYBODY = "?"
"""Before a topic: somebody waits for rings about it."""
ECHO = "echo"
"""What comes back to whoever sent it."""


class NotHeardError(Exception):
    """Nothing would come through on this wire, and it has said so itself."""


class Wire(Protocol):
    """What carries rings between processes."""

    async def send(self, words: str) -> None:
        """Tells every listener."""
        ...

    def hear(self) -> AsyncGenerator[str, None]:
        """What others sent since it was asked for, and every `ECHO`, until the connection is lost, which it raises.

        An empty word comes first, as soon as nothing is missed any more. Raises `NotHeardError` where there is no use
        in listening at all.
        """
        ...


class PostgresDoorbell:
    """Rings in this process directly, and in others through the server.

    It hears nothing before somebody listens, and says nothing about results before somebody waits for them.
    """

    def __init__(self, wire: Wire | None, on_again: Callable[[], None]) -> None:
        """Without a wire it rings in this process only. `on_again`: jobs are ready that were in the line before."""
        self._wire, self._on_again = wire, on_again
        self._local = LocalDoorbell()
        self._listener_counts: Counter[Topic] = Counter()
        self._home: asyncio.AbstractEventLoop | None = None
        self._unsent: set[str] = set()
        self._sending: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._ending: list[asyncio.Task[None]] = []
        self._wanted_until: dict[Topic, float] = {}
        self._was_heard = asyncio.Event()
        self._hears: bool | None = None
        self._is_hearing = asyncio.Event()

    def open(self) -> None:
        """To be called on the loop on which the server is spoken to."""
        self._home = asyncio.get_running_loop()

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        if topic is Topic.READY:  # all but `add` come here, and what they bring was in the line before
            self._on_again()
            self.ring_here(topic, queues)
            self._tell(topic + _AGAIN + _for(queues))
        else:
            self.ring_here(topic, queues)
            self.ring_elsewhere(topic, queues)

    def ring_here(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Wakes the listeners of this process only."""
        self._local.ring(topic, queues)

    def ring_all_here(self) -> None:
        """Something may have happened that nobody heard of."""
        for topic in Topic:
            self._local.ring(topic)

    def ring_elsewhere(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Wakes the listeners of other processes."""
        self._tell(topic + _for(queues))

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        bell = self._local.listen(topic, wake, queues)
        self._listener_counts[topic] += 1
        if self._wire is not None and asyncio.get_running_loop() is self._home:
            if self._hearing is None:
                self._hearing = asyncio.create_task(self._hear(self._wire), name="dawam doorbell")
            if topic is Topic.FINISHED and self._listener_counts[topic] == 1:
                self._tell(_ANYBODY + topic)
        return _Listening(bell, lambda: self._left(topic))

    def close(self) -> None:
        self._local.close()
        for task in (self._hearing, self._sending):
            if task is not None:
                task.cancel()
                self._ending.append(task)
        self._hearing = self._sending = self._home = None

    @property
    def hears(self) -> bool | None:
        """Whether rings of others come through; None while nobody has listened, or it is not known yet."""
        return self._hears

    async def begun_to_hear(self) -> None:
        """Waits until they do."""
        await self._is_hearing.wait()

    async def all_said(self) -> None:
        """Waits until others have been told of all that was rung for: else their first look might be the next poll."""
        if self._sending is not None:
            await asyncio.wait([self._sending])

    async def ended(self) -> None:
        """Waits until what a `close` stopped is over, and its connection is closed."""
        ending, self._ending = self._ending, []
        if ending:
            await asyncio.wait(ending)

    def _left(self, topic: Topic) -> None:
        self._listener_counts[topic] -= 1

    # -- sending

    def _tell(self, words: str) -> None:
        home = self._home
        if self._wire is None or home is None:
            return
        if _running_loop() is home:
            self._send_soon(words)
        else:
            with suppress(RuntimeError):  # the loop was closed
                home.call_soon_threadsafe(self._send_soon, words)

    def _send_soon(self, words: str) -> None:
        if words == Topic.FINISHED and self._wanted_until.get(Topic.FINISHED, 0.0) < _now():
            return  # nobody elsewhere waits for a result
        self._unsent.add(words)
        if self._sending is None and self._wire is not None:
            self._sending = asyncio.create_task(self._send(self._wire), name="dawam rings")

    async def _send(self, wire: Wire) -> None:
        while self._unsent:
            unsent, self._unsent = self._unsent, set()
            with suppress(Exception):  # a lost ring costs one poll interval
                await wire.send(" ".join(sorted(unsent)))
            await asyncio.sleep(_PAUSE)
        self._sending = None

    # -- hearing

    async def _hear(self, wire: Wire) -> None:
        failure_count = 0
        while True:
            try:
                async with aclosing(wire.hear()) as heard:
                    await anext(heard)
                    failure_count = 0
                    await self._listen_to(wire, heard)
            except NotHeardError:
                self._hears = False
                _logger.info(_NOT_HEARD)
                return
            except Exception:  # noqa: BLE001  (the server may be away; polling does the rest)
                failure_count += 1
            wait = min(_FIRST_WAIT * 2 ** min(failure_count, 10), _LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  (spreads load, guards nothing)

    async def _listen_to(self, wire: Wire, heard: AsyncIterator[str]) -> None:
        """From the moment from which nothing is missed, until the connection is lost."""
        checking = asyncio.create_task(self._check(wire), name="dawam doorbell check")
        try:
            self.ring_all_here()
            async for words in heard:
                self._heard(words.split())
        finally:
            checking.cancel()

    def _heard(self, words: list[str]) -> None:
        for word, _, queues in (words_for.partition(_FOR) for words_for in words):
            if word == ECHO:
                self._was_heard.set()
            elif word == _ANYBODY + Topic.FINISHED:
                self._wanted_until[Topic.FINISHED] = _now() + _WANTED_FOR
            elif word in _KNOWN:
                if word.endswith(_AGAIN):
                    self._on_again()
                self._local.ring_for(Topic(word.removesuffix(_AGAIN)), read_bits(queues))

    async def _check(self, wire: Wire) -> None:
        """Whether a ring of our own comes back; and says again, while somebody does, who waits for results."""
        if await self._comes_back(wire):
            self._hears = True
            self._is_hearing.set()
        elif self._hears is not False:
            self._hears = False
            _logger.warning(_UNHEARD)
        while True:
            if self._listener_counts[Topic.FINISHED] > 0:
                self._tell(_ANYBODY + Topic.FINISHED)
            await asyncio.sleep(_WANTED_FOR / 2)

    async def _comes_back(self, wire: Wire) -> bool:
        self._was_heard.clear()
        while True:
            try:
                await wire.send(ECHO)
            except Exception:  # noqa: BLE001  (a ring that was not sent says nothing about those that are)
                await asyncio.sleep(_UNHEARD_AFTER)
            else:
                break
        with suppress(TimeoutError):
            async with asyncio.timeout(_UNHEARD_AFTER):
                await self._was_heard.wait()
        return self._was_heard.is_set()


def spoken(topics: Iterable[Topic], queues: Collection[str]) -> str:
    """What is sent about jobs of somebody's own transaction: when it commits, later ones may have been claimed."""
    return " ".join(sorted(topic + _AGAIN + _for(queues) if topic is Topic.READY else topic for topic in topics))


def _for(queues: Collection[str]) -> str:
    return _FOR + bits_text(queue_bits(queues)) if queues else ""


_KNOWN = frozenset({*Topic, *(topic + _AGAIN for topic in Topic)})


class _Listening:
    """One listener; closing it twice is fine."""

    def __init__(self, bell: Bell, left: Callable[[], None]) -> None:
        self._bell, self._left = bell, left
        self._is_open = True

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._bell.close()
            self._left()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
