"""Ids: UUIDv7 for jobs, so that the order of ids is the order of creation within a process."""

import os
import platform
import struct
import threading
import time
from typing import NewType
from uuid import UUID, SafeUUID

HostId = NewType("HostId", str)
"""One running process that runs jobs: its machine's name, process id and a random tail, behind the name that people
gave it, if they did: `shop-12953-36ad838d`, `mail@shop-12953-36ad838d`."""

_NOISE = struct.Struct(">HQ")
_NOISE_AT_ONCE = 128
_RANDOM_BITS = 74
_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)


_blank, _set = UUID.__new__, object.__setattr__


def _uuid(value: int) -> UUID:
    """`UUID(int=value)` without its checks, which take longer than all else that makes an id."""
    made = _blank(UUID)
    _set(made, "int", value)
    _set(made, "is_safe", SafeUUID.unknown)
    return made


class _Sequence:
    """Makes UUIDv7 values (RFC 9562, section 5.7) that grow strictly within a process.

    Within one millisecond, and when the wall clock steps back, the random part is counted up by a random
    step (method 2 of section 6.2), so neighbours cannot be guessed and never collide.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._tail = 0
        self._noise: list[tuple[int, int]] = []
        """Of 80 bits each, fetched many at a time: a call of the system for each takes as long as all the rest."""

    def next(self) -> UUID:
        with self._lock:
            if not self._noise:
                self._noise = [*_NOISE.iter_unpack(os.urandom(_NOISE.size * _NOISE_AT_ONCE))]
            high, low = self._noise.pop()
            noise = high << 64 | low
            now = time.time_ns() // 1_000_000
            if now > self._millisecond:
                # the top bit stays free, so that counting up has room within the millisecond
                self._millisecond, self._tail = now, noise >> 7
            else:
                self._tail += 1 + (noise & 0xFFFFFFFF)
                if self._tail >> _RANDOM_BITS:
                    self._millisecond, self._tail = self._millisecond + 1, noise >> 7
            millisecond, tail = self._millisecond, self._tail
        return _uuid(millisecond << 80 | _VERSION_AND_VARIANT | tail >> 62 << 64 | tail & (1 << 62) - 1)


_sequence = _Sequence()


def _start_anew() -> None:
    global _sequence  # a child must not continue the parent's sequence, nor inherit a held lock
    _sequence = _Sequence()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def new_id() -> UUID:
    """A new job id, larger than every id made before it in this process. Thread-safe."""
    return _sequence.next()


def job_id(value: UUID | str) -> UUID:
    """The id of a job as people hand it over; a `ValueError` says what was expected."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise ValueError(
            f"{value!r} is no job id: a UUID was expected, as in '019a3c5e-7b1d-7c2a-9f00-1234567890ab' "
            "(enqueue returns it, and `dawam jobs list` shows it)"
        ) from None


def new_host_id(name: str | None = None) -> HostId:
    """A new host id, readable in a list: `machine-pid-random`, or `name@machine-pid-random`."""
    machine = platform.node()[:40].replace("@", "-")
    return HostId(f"{f'{name}@' if name else ''}{machine}-{os.getpid()}-{os.urandom(4).hex()}")


def host_name(host: HostId) -> str | None:
    """What people call this host; several may have one name."""
    name, at, _ = host.partition("@")
    return name if at else None
