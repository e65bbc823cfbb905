"""Spans of the index cut up so that the server's walk along it ends by itself, and as the parameters of a claim."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dawam.stores.postgres.arrays import Ids, Numbers
from dawam.stores.postgres.bounds import FIRST_OF_A_RANK, MOST, Span


def strides(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans cut up where the rank changes.

    PostgreSQL ends its walk along an index when a condition on one column fails, if all columns before it are held to
    one value; not at the end of a comparison of rows, where it goes on to the end of the index, a million jobs away. So
    a stride lies within one rank, or holds all whose rank lies between two, or is one job.
    """
    for begin, (end_rank, end_attempts) in spans:
        rank, attempts = begin[:2]
        if rank > end_rank:
            yield begin, (end_rank, end_attempts)
        if rank < end_rank:
            if attempts < MOST:
                yield begin, (rank, MOST)
            if rank + 1 < end_rank:
                yield begin, (end_rank, 0)
            begin = (end_rank, *FIRST_OF_A_RANK)
        if end_attempts >= begin[1] and end_attempts >= 0:
            yield begin, (end_rank, end_attempts)


def stride_arrays(cut: Sequence[Span]) -> list[Any]:
    """Strides as the parameters of claims: four arrays of what their keys are made of, and two of their ends."""
    ranks, attempts, moments, ids = zip(*(begin for begin, _ in cut), strict=True)
    ends = zip(*(end for _, end in cut), strict=True)
    return [Numbers(ranks), Numbers(attempts), Numbers(moments), Ids(ids), *map(Numbers, ends)]
