"""Arrays as parameters of statements, written in the server's own binary form in a few steps for the whole array.

psycopg's lists take a step of Python for each element, several times for each job of a batch.
"""

import struct
from collections.abc import Sequence
from uuid import UUID

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_UUID, _UUIDS = 2950, 2951
_INT8, _INT8S = 20, 1016
_BYTEA, _BYTEAS = 17, 1001
_TEXT, _TEXTS = 25, 1009
_NULL = struct.pack(">i", -1)
_HEAD = struct.Struct(">iiIii")
"""Dimensions, whether there are NULLs, the type of an element; how many, and the number of the first."""
_ID_SIZE = struct.pack(">i", 16)
_NUMBER_SIZE = 8


class Ids(list[UUID]):
    """A `uuid[]`."""


class Numbers(list[int]):
    """A `bigint[]`."""


class Blobs(list[bytes]):
    """A `bytea[]`."""


class Texts(list[str | None]):
    """A `text[]`."""


class IdsDumper(Dumper):
    format, oid = Format.BINARY, _UUIDS

    def dump(self, obj: Sequence[UUID]) -> bytes:
        if not obj:
            return _empty(_UUID)
        return _head(_UUID, len(obj)) + _ID_SIZE + _ID_SIZE.join([each.bytes for each in obj])


class NumbersDumper(Dumper):
    format, oid = Format.BINARY, _INT8S

    def dump(self, obj: Sequence[int]) -> bytes:
        if not obj:
            return _empty(_INT8)
        cells = [_NUMBER_SIZE] * (2 * len(obj))
        cells[1::2] = obj
        return _head(_INT8, len(obj)) + struct.pack(">" + "iq" * len(obj), *cells)


class BlobsDumper(Dumper):
    format, oid = Format.BINARY, _BYTEAS

    def dump(self, obj: Sequence[bytes]) -> bytes:
        if not obj:
            return _empty(_BYTEA)
        cells: list[bytes] = [b""] * (2 * len(obj))
        cells[::2] = [struct.pack(">i", len(each)) for each in obj]
        cells[1::2] = obj
        return _head(_BYTEA, len(obj)) + b"".join(cells)


class TextsDumper(Dumper):
    format, oid = Format.BINARY, _TEXTS

    def dump(self, obj: Sequence[str | None]) -> bytes:
        """Unlike the others it may hold NULLs."""
        cells = [_NULL if each is None else _cell(each.encode()) for each in obj]
        return (_HEAD.pack(1, 1, _TEXT, len(cells), 1) if cells else _empty(_TEXT)) + b"".join(cells)


def register_arrays(context: AdaptContext) -> None:
    """Teaches a connection these four."""
    for kind, dumper in ((Ids, IdsDumper), (Numbers, NumbersDumper), (Blobs, BlobsDumper), (Texts, TextsDumper)):
        context.adapters.register_dumper(kind, dumper)


def _head(element: int, count: int) -> bytes:
    return _HEAD.pack(1, 0, element, count, 1)


def _cell(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _empty(element: int) -> bytes:
    return struct.pack(">iiI", 0, 0, element)
