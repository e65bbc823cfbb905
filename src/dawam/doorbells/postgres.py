"""A doorbell between machines: LISTEN and NOTIFY of the PostgreSQL server that keeps the jobs anyway.

A ring is one NOTIFY outside anybody's transaction, at once for the first and then once per `_PAUSE` for all that came
meanwhile: every NOTIFY takes a lock of the whole database server for the moment of its commit. Behind a pooler in
transaction mode none arrives, which is noticed, because whoever listens rings for itself as well.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, suppress
from typing import Protocol

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.local import LocalDoorbell

_PAUSE = 0.02
"""Seconds between two NOTIFYs of one process."""
_WANTED_FOR = 60.0
"""Seconds for which a process that waits for results is rung for them after it has said so."""
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0
_UNHEARD_AFTER = 5.0
"""Seconds after which a ring of our own that has not come back never will."""
_AGAIN = "!"
"""Behind a topic: jobs became ready that were in the line before, so they may sort before what was claimed since."""
_UNHEARD = (
    "wake-ups do not come through from PostgreSQL: a pooler in transaction mode seems to stand between. Jobs are found "
    "by polling (Host.Poll), so nothing is lost, but they start later. Connect without the pooler, or say notify=off in "
    "Store.Url to be told no more (docs/howto/postgresql.md)"
)
_logger = logging.getLogger("dawam.store")
_ANYBODY = "?"
"""Before a topic: somebody waits for rings about it."""
ECHO = "echo"
"""What comes back to whoever sent it."""


class Wire(Protocol):
    """What carries rings between processes."""

    async def send(self, words: str) -> None:
        """Tells every listener."""
        ...

    def hear(self) -> AsyncGenerator[str, None]:
        """What others sent since it was asked for, and every `ECHO`, until the connection is lost, which it raises.

        An empty word comes first, as soon as nothing is missed any more.
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

    def ring(self, topic: Topic) -> None:
        if topic is Topic.READY:  # all but `add` come here, and what they bring was in the line before
            self._on_again()
            self.ring_here(topic)
            self._tell(topic + _AGAIN)
        else:
            self.ring_here(topic)
            self.ring_elsewhere(topic)

    def ring_here(self, topic: Topic) -> None:
        """Wakes the listeners of this process only."""
        self._local.ring(topic)

    def ring_elsewhere(self, topic: Topic) -> None:
        """Wakes the listeners of other processes."""
        self._tell(topic)

    def listen(self, topic: Topic, wake: Callable[[], None]) -> Bell:
        bell = self._local.listen(topic, wake)
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
        failure_count, is_anew = 0, False
        while True:
            try:
                async with aclosing(wire.hear()) as heard:
                    await anext(heard)
                    failure_count, was_connected = 0, is_anew
                    is_anew = True
                    await self._listen_to(heard, is_anew=was_connected)
            except Exception:  # noqa: BLE001  (the server may be away; polling does the rest)
                failure_count += 1
            await asyncio.sleep(min(_FIRST_WAIT * 2 ** min(failure_count, 10), _LONGEST_WAIT))

    async def _listen_to(self, heard: AsyncIterator[str], *, is_anew: bool) -> None:
        """From the moment from which nothing is missed, until the connection is lost."""
        checking = asyncio.create_task(self._check(), name="dawam doorbell check")
        try:
            if is_anew:
                for topic in Topic:  # whatever was missed meanwhile
                    self._local.ring(topic)
            async for words in heard:
                self._heard(words.split())
        finally:
            checking.cancel()

    def _heard(self, words: list[str]) -> None:
        for word in words:
            if word == ECHO:
                self._was_heard.set()
            elif word == _ANYBODY + Topic.FINISHED:
                self._wanted_until[Topic.FINISHED] = _now() + _WANTED_FOR
            elif word in _KNOWN:
                if word.endswith(_AGAIN):
                    self._on_again()
                self._local.ring(Topic(word.removesuffix(_AGAIN)))

    async def _check(self) -> None:
        """Whether a ring of our own comes back; and says again, while somebody does, who waits for results."""
        self._was_heard.clear()
        self._tell(ECHO)
        try:
            async with asyncio.timeout(_UNHEARD_AFTER):
                await self._was_heard.wait()
        except TimeoutError:
            if self._hears is not False:
                self._hears = False
                _logger.warning(_UNHEARD)
        else:
            self._hears = True
            self._is_hearing.set()
        while True:
            if self._listener_counts[Topic.FINISHED] > 0:
                self._tell(_ANYBODY + Topic.FINISHED)
            await asyncio.sleep(_WANTED_FOR / 2)


def spoken(topics: Iterable[Topic]) -> str:
    """What is sent about jobs of somebody's own transaction: when it commits, later ones may have been claimed."""
    return " ".join(sorted(topic + _AGAIN if topic is Topic.READY else topic for topic in topics))


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
