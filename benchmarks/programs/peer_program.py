"""What the driver asks of an asynchronous peer, each in a process of its own.

install                           make the peer's tables in a new database
work                              run jobs until stopped
fill, enqueue, latency, offer     as every program that enqueues: see `producing.py`

The peers are imported by name, because each is installed in an environment of its own, where no type checker looks.
"""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from benchmarks.programs.producing import Producer, obey


class Peer(Protocol):
    """One library, as its documentation uses it."""

    async def install(self) -> None:
        """Makes its tables."""
        ...

    def work(self) -> None:
        """Runs jobs until a signal ends it."""
        ...

    def producer(self) -> AbstractAsyncContextManager[Producer]:
        """Enqueues while the context lasts."""
        ...


async def _produce(peer: Peer, *words: str) -> None:
    async with peer.producer() as producer:
        await obey(producer, *words)


def main(peer: Peer) -> None:
    """Does what the command line says."""
    match sys.argv[1:]:
        case ["install"]:
            asyncio.run(peer.install())
        case ["work"]:
            peer.work()
        case [command, *rest]:
            asyncio.run(_produce(peer, command, *rest))
        case _:
            raise SystemExit(__doc__)
