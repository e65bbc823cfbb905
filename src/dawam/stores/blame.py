"""Who is charged with the death of a process: one rule for every store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from dawam.ids import HostId
from dawam.stores.values import CRASH_LIMIT, SUSPECT_FROM

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Blame(Generic[K]):
    """The jobs that had started when their process died, by what it means for them."""

    charged: frozenset[K]
    """It counts as a crash of theirs."""
    doomed: frozenset[K]
    """It was one crash too many."""


def blame(crash_counts: Mapping[K, int]) -> Blame[K]:
    """Judges by how often each of them had crashed before.

    Nobody knows which job did it, so at first all are charged. Where suspects are among them, these are charged
    alone: whoever happens to run beside a poisonous job must not share its fate. Only a death as the sole suspect
    ends a job.
    """
    suspects = frozenset(key for key, count in crash_counts.items() if is_suspect(count))
    doomed = {key for key in suspects if crash_counts[key] + 1 >= CRASH_LIMIT} if len(suspects) == 1 else set[K]()
    return Blame(suspects or frozenset(crash_counts), frozenset(doomed))


def is_suspect(crash_count: int) -> bool:
    """Whether a job with so many crashes may have caused them."""
    return crash_count >= SUSPECT_FROM


def crash_message(host: HostId | str, *, is_last: bool) -> str:
    """What the record of a crash says."""
    message = f"the process of the host {host} died while the job ran"
    return f"{message}: one crash too many, with no other suspect" if is_last else message


def bystander_message(host: HostId | str) -> str:
    """What the record of a job says that ran beside a suspect."""
    return f"the process of the host {host} died while the job ran beside a suspect"
