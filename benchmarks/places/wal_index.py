"""Counts the commits of an SQLite file in WAL mode from outside, without opening it as a database."""

import struct
from pathlib import Path

_COUNTER = struct.Struct("=8xI")
"""The header of the WAL index: version, unused, then a counter that every transaction raises by one."""


def commit_count(database: Path) -> int:
    """How many commits the file has seen since its index was made; two readings tell how many lie between.

    Neither the size of the file nor that of its log would tell: a log that was checkpointed is written again from
    its beginning.
    """
    with Path(f"{database}-shm").open("rb") as index:
        (count,) = _COUNTER.unpack(index.read(_COUNTER.size))
    return int(count)
