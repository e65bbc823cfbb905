"""Rows of more jobs than anybody would wait for, as a shop of some size leaves them behind in a week."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.outcome import ErrorDetails

APPLICATION = "default"
QUEUES = ("default", "mail", "reports", "imports", "payments")
NAMES = tuple(
    f"shop.{verb}_{noun}"
    for verb in ("send", "make", "check", "read")
    for noun in ["invoice", "order", "stock", "mail"]
)
ERRORS = tuple(
    ErrorDetails(
        f"{kind}Error",
        f"the {kind.lower()} of step {number} did not answer",
        "Traceback (most recent call last):\n" + f'  File "/srv/shop/steps.py", line {number}, in step\n' * 8,
        f"{number:016x}",
    )
    for number, kind in enumerate(("Timeout", "Connection", "Value", "Lookup", "Permission") * 10, 1)
)
RARE = "4711"
"""The customer of one failed job and of one that waits, far from where lists begin."""
_WEEK = 7 * 24 * 3600 * 1_000_000
_MILLISECOND, _SECOND, _HOUR = 1_000, 1_000_000, 3_600_000_000
_CUSTOMERS = 1_000_000

LIVE_COLUMNS = (
    "id", "application", "place", "queue", "name", "args", "args_encoding", "args_version", "rank", "attempt_count",
    "created_at", "first_due_at", "counted_from", "run_at", "last_error", "fingerprint",
)  # fmt: skip
FINISHED_COLUMNS = (
    "id", "application", "state", "queue", "name", "args", "args_encoding", "args_version", "headers", "tags", "rank",
    "fence", "settled_fence", "attempt_count", "crash_count", "lost_count", "snooze_count", "created_at",
    "first_due_at", "counted_from", "run_at", "host", "claimed_at", "finished_at", "last_error", "result",
    "fingerprint",
)  # fmt: skip
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many jobs there are, and what time it is."""

    waiting: int
    failed: int
    succeeded: int
    now: datetime

    def live(self) -> Iterator[Row]:
        """Nine of ten are due, some are scheduled, a few of those to be tried again; in the order of their ids."""
        dice, now = random.Random(1), to_microseconds(self.now)
        for number in range(self.waiting):
            created = now - _HOUR + number * _HOUR // self.waiting
            later, queue, name = number % 10 == 0, *_kind(dice)
            attempts = 1 if later and number % 50 == 0 else 0
            error = ERRORS[number % len(ERRORS)] if attempts else None
            run_at = now + dice.randrange(24 * _HOUR) if later else created
            customer = RARE if number == self.waiting // 2 else str(5_000 + number % _CUSTOMERS)
            yield (
                _id(created, dice), APPLICATION, "scheduled" if later else "ready", queue, name,
                _args(customer, number), "json", 1, -dice.choice((20, 10, 10, 10, 10, 0)), attempts, created, run_at,
                created, run_at, _text(error), error and error.fingerprint,
            )  # fmt: skip

    def finished(self) -> Iterator[Row]:
        """Over a week, in the order of their ids; the failed ones evenly among the others."""
        dice, now, count = random.Random(2), to_microseconds(self.now), self.failed + self.succeeded
        failed = 0
        for number in range(count):
            finished = now - _WEEK + number * _WEEK // count
            claimed = finished - dice.randrange(5 * _MILLISECOND, 2 * _SECOND)
            created, (queue, name) = claimed - dice.randrange(_SECOND), _kind(dice)
            is_failed = number * self.failed // count >= failed and failed < self.failed
            failed += is_failed
            error = ERRORS[failed % len(ERRORS)] if is_failed else None
            customer = RARE if is_failed and failed == self.failed // 2 else str(5_000 + number % _CUSTOMERS)
            yield (
                _id(created, dice), APPLICATION, "failed" if is_failed else "succeeded", queue, name,
                _args(customer, number), "json", 1, "", "", -10, 1, 1, 1, 0, 0, 0, created, created, created, created,
                "shop-1-abcd", claimed, finished, _text(error), None if is_failed else '{"sent":1}',
                error and error.fingerprint,
            )  # fmt: skip


def _kind(dice: random.Random) -> tuple[str, str]:
    name = dice.choice(NAMES)
    return queue_of(name), name


def queue_of(name: str) -> str:
    """Where jobs of this name wait: always the same, in every process."""
    return QUEUES[sum(name.encode()) % len(QUEUES)]


def _args(customer: str, number: int) -> bytes:
    return b'{"customer":{"id":%s,"name":"user-%d"},"number":%d,"ratio":0.5,"flag":true}' % (
        customer.encode(), number, number,
    )  # fmt: skip


def _text(error: ErrorDetails | None) -> str | None:
    return None if error is None else f"{error.type}: {error.message}"


def _id(created: int, dice: random.Random) -> UUID:
    """A UUIDv7 of that moment."""
    noise = dice.getrandbits(74)
    return UUID(int=(created // 1000 << 80) | (7 << 76) | (noise >> 62 << 64) | (0b10 << 62) | noise & (1 << 62) - 1)
