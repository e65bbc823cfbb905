"""What a host and a process that runs one job at a time tell each other, and the socket on which they do."""

import asyncio
import socket
import struct
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dawam.jobs.log import LogLine
from dawam.jobs.outcome import Cancelled, Failed, HandedBack, Outcome, Parked, Retrying, Snoozed, Succeeded
from dawam.jobs.record import ClaimedJob, NewJob

_HEAD = struct.Struct(">I")
_OUTCOMES: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Succeeded, Retrying, Snoozed, Failed, Cancelled, Parked, HandedBack)
}


class Origin(Struct, frozen=True, tag=True):
    """The first word: how the process finds the application of its host again."""

    main: dict[str, Any]
    """What Python's own `multiprocessing` does in a new process, so that modules are found and named as in the host."""
    module: str
    name: str
    command_line: dict[str, str]
    environment: str


class Run(Struct, frozen=True, tag=True):
    """Run this job, and say what came of it."""

    claimed: ClaimedJob


class Stop(Struct, frozen=True, tag=True):
    """Ask the job that runs to end."""

    job_id: UUID
    fence: int
    reason: str


class Ready(Struct, frozen=True, tag=True):
    """The application is open; jobs may come."""


class Progress(Struct, frozen=True, tag=True):
    """What the job has said of itself."""

    text: str


class Logged(Struct, frozen=True, tag=True):
    """What the job has logged since the last word of it."""

    missing: int
    lines: tuple[LogLine, ...]


class Answer(Struct, frozen=True, tag=True):
    """What came of a job, and what else it leaves behind."""

    kind: str
    """Which outcome."""
    told: msgspec.Raw
    progress: str | None
    follow_ups: tuple[NewJob, ...]
    completion: Succeeded | None
    memory: int
    """What the process holds now, in bytes."""

    @classmethod
    def of(
        cls,
        outcome: Outcome,
        *,
        progress: str | None,
        follow_ups: tuple[NewJob, ...],
        completion: Succeeded | None,
        memory: int,
    ) -> "Answer":
        told = msgspec.Raw(msgspec.json.encode(outcome))
        return cls(type(outcome).__name__, told, progress, follow_ups, completion, memory)

    @property
    def outcome(self) -> Outcome:
        found: Outcome = msgspec.json.decode(self.told, type=_OUTCOMES[self.kind])
        return found


Message = Origin | Run | Stop | Ready | Progress | Logged | Answer
_decode = msgspec.json.Decoder(Message).decode


class Channel:
    """Messages in order, each with its length before it. The end of the other side is an `EOFError`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @staticmethod
    def first(end: socket.socket) -> Message:
        """The first message, for who has no running loop yet."""
        (size,) = _HEAD.unpack(_exactly(end, _HEAD.size))
        message: Message = _decode(_exactly(end, size))
        return message

    @classmethod
    async def of(cls, end: socket.socket) -> "Channel":
        reader, writer = await asyncio.open_connection(sock=end)
        return cls(reader, writer)

    def send(self, message: Message) -> None:
        """Never waits: what one job has to say is little, and who does not read it is about to end."""
        data = msgspec.json.encode(message)
        self._writer.write(_HEAD.pack(len(data)) + data)

    async def receive(self) -> Message:
        try:
            (size,) = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
            message: Message = _decode(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, OSError) as error:
            raise EOFError from error
        return message

    def close(self) -> None:
        self._writer.close()


def _exactly(end: socket.socket, size: int) -> bytes:
    data = end.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise EOFError
    return data
