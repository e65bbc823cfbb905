"""Lanes: queues that are claimed together, what is held of them, whose turn it is, and how many more are claimed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dawam import Priority
from dawam.host.lanes import Lanes
from dawam.host.options import HostOptions
from dawam.jobs.record import ClaimedJob
from tests.support.claims import claimed

ALL = ("default", "mail", "reports")
LONG, SHORT = 10.0, 0.001


@dataclass
class Mill:
    """A host whose store hands out what waits, and whose jobs end when the test says so."""

    lanes: Lanes
    slots: int
    waiting: Counter[str] = field(default_factory=Counter[str])
    """How many jobs wait in the store, by queue."""
    running: list[ClaimedJob] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    @property
    def held(self) -> Counter[str]:
        """What was claimed and has not ended, by queue."""
        return Counter(job.queue for job in [*self.running, *self.lanes.ahead()])

    @property
    def running_by_queue(self) -> Counter[str]:
        return Counter(job.queue for job in self.running)

    def fill(self) -> None:
        """Claims until nobody has room, or nothing waits; what fits starts."""
        hungry = list(self.lanes.current())
        while rooms := self.lanes.rooms(hungry):
            for lane, room in rooms:
                jobs = self._claim(lane.queues, room)
                if len(jobs) < room:
                    hungry.remove(lane)
                if jobs:
                    self.lanes.add(jobs, 0.0)
                self.start()

    def start(self) -> None:
        while len(self.running) < self.slots and (started := self.lanes.start()):
            self.running.append(started)
            self.started.append(started.queue)

    def end(self, queue: str, after: float = LONG) -> None:
        """The oldest running job of this queue ends; what waits ahead takes its slot."""
        self.running.remove(next(job for job in self.running if job.queue == queue))
        self.lanes.ended(queue, after)
        self.start()

    def limit(self, **limits: int) -> None:
        """People allow so many from now on; what is too much goes back to the store."""
        self.lanes.limit(limits)
        self.waiting.update(job.queue for job in self.lanes.take_excess())

    def _claim(self, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        found: list[str] = []
        for queue in queues:
            found += [queue] * min(self.waiting[queue], limit - len(found))
        self.waiting.subtract(found)
        return [claimed(queue=queue) for queue in found]


def mill(slots: int = 40, queues: tuple[str, ...] = ALL, prefetch: int = 0, **options: Any) -> Mill:
    said = HostOptions(concurrency=slots, prefetch=prefetch, **options)
    host = Mill(Lanes(said, lambda: queues, lambda: [job.queue for job in host.running]), slots)
    return host


def grouped(**options: Any) -> list[tuple[str, ...]]:
    return [lane.queues for lane in mill(**options).lanes.current()]


def test_without_weights_and_limits_all_queues_are_claimed_together() -> None:
    assert grouped() == [ALL]


def test_a_weight_gives_every_queue_a_lane_of_its_own() -> None:
    assert grouped(queue_weights={"mail": 2}) == [("default",), ("mail",), ("reports",)]


def test_a_limit_parts_its_queue_from_the_others() -> None:
    assert grouped(queue_limits={"mail": 2}) == [("default", "reports"), ("mail",)]
    assert grouped(queue_limits=dict.fromkeys(ALL, 2)) == [("default",), ("mail",), ("reports",)]


def test_what_is_said_of_queues_that_are_served_elsewhere_changes_nothing() -> None:
    assert grouped(queues=("mail",), queue_weights={"default": 3}, queue_limits={"reports": 2}) == [("mail",)]


def test_a_queue_that_a_new_handler_brings_is_served_from_then_on() -> None:
    served = ("default",)
    together = Lanes(HostOptions(), lambda: served, lambda: ())
    weighted = Lanes(HostOptions(queue_weights={"default": 3}), lambda: served, lambda: ())

    served = ("default", "import")

    assert [lane.queues for lane in together.current()] == [("default", "import")]
    assert [lane.queues for lane in weighted.current()] == [("default",), ("import",)]


def test_while_all_queues_have_work_slots_are_held_by_weight() -> None:
    host = mill(queue_weights={"default": 6, "mail": 3})
    host.waiting.update(default=100, mail=100, reports=100)
    host.fill()
    assert host.running_by_queue == {"default": 24, "mail": 12, "reports": 4}


def test_what_one_queue_does_not_use_the_others_do() -> None:
    host = mill(queue_weights={"default": 3})
    host.waiting.update(mail=100, reports=2)
    host.fill()
    assert host.running_by_queue == {"mail": 38, "reports": 2}


def test_a_queue_that_gets_work_later_gets_its_share_as_slots_come_free() -> None:
    host = mill(queue_weights={"default": 3}, queues=("default", "mail"))
    host.waiting.update(mail=100)
    host.fill()
    host.waiting.update(default=100)
    host.fill()
    assert host.held == {"mail": 40}  # all of them long: nothing is claimed that would only wait
    for _ in range(40):
        host.end("mail")
        host.fill()
    assert host.running_by_queue == {"default": 30, "mail": 10}


def test_long_jobs_of_one_queue_never_take_the_slots_of_another() -> None:
    """Not even when many short ones of the other have ended since."""
    host = mill(queue_weights={"default": 1, "reports": 1}, queues=("default", "reports"), prefetch=1_000)
    host.waiting.update(default=5_000, reports=100)
    host.fill()
    for _ in range(2_000):
        host.end("default", SHORT)
        host.fill()
    assert host.running_by_queue == {"default": 20, "reports": 20}
    assert host.held["reports"] == 20  # none of them is claimed ahead
    assert host.held["default"] > 100


def test_not_even_when_its_jobs_were_short_so_far_and_some_are_claimed_ahead() -> None:
    host = mill(slots=4, queues=("default", "mail"), queue_weights={"mail": 1}, prefetch=100)
    host.waiting.update(default=2_000, mail=2_000)
    for _ in range(200):
        host.fill()
        host.end(host.running[0].queue, SHORT)
    host.fill()
    assert host.held["mail"] > 4

    for _ in range(30):
        host.end("default", SHORT)

    assert host.running_by_queue == {"default": 2, "mail": 2}


def test_all_lanes_together_claim_no_more_ahead_than_one_would() -> None:
    host = mill(slots=4, queue_weights={"default": 2}, prefetch=100)
    host.waiting.update(dict.fromkeys(ALL, 2_000))
    for _ in range(300):
        host.fill()
        host.end(host.running[0].queue, SHORT)
    host.fill()
    assert 90 <= len(host.lanes.ahead()) <= 100


def test_the_queues_beside_a_limited_one_have_a_share_each() -> None:
    host = mill(slots=30, queue_limits={"reports": 20})
    host.waiting.update(dict.fromkeys(ALL, 100))
    host.fill()
    assert host.running_by_queue["reports"] == 10


def test_a_limit_holds_for_what_runs_and_what_is_claimed_ahead() -> None:
    host = mill(queue_limits={"reports": 2}, prefetch=1_000)
    host.waiting.update(reports=100, mail=10)
    host.fill()
    for _ in range(50):
        host.end("reports", SHORT)
        host.fill()
        assert host.held["reports"] == 2
    assert host.held["mail"] == 10


def test_beside_a_limited_queue_the_others_keep_one_order_of_claims() -> None:
    host = mill(slots=1, queue_limits={"reports": 1})
    lane = host.lanes.of("mail")
    lane.add([claimed("mail", queue="mail"), claimed("later", queue="default")], 0.0)
    lane.add([claimed("urgent", queue="default", priority=Priority.HIGH)], 0.0)
    host.start()
    while host.running:
        host.end(host.running[0].queue)
    assert host.lanes.of("default") is lane
    assert host.started == ["default", "mail", "default"]


@pytest.mark.parametrize("after", [LONG, SHORT], ids=["long jobs", "short jobs"])
def test_with_one_slot_the_queues_take_turns_by_weight(after: float) -> None:
    host = mill(slots=1, prefetch=100, queue_weights={"default": 3, "mail": 2})
    host.waiting.update(dict.fromkeys(ALL, 1_000))
    for _ in range(600):
        host.fill()
        host.end(host.running[0].queue, after)
    for start in range(0, 600, 60):
        counts = Counter(host.started[start : start + 60])
        assert all(abs(counts[queue] - 10 * weight) <= 1 for queue, weight in zip(ALL, (3, 2, 1), strict=True))


def test_who_had_no_work_for_a_while_is_owed_nothing_for_it() -> None:
    host = mill(slots=1, queues=("default", "mail"), queue_weights={"default": 1, "mail": 1})
    host.waiting.update(default=100)
    for _ in range(50):
        host.fill()
        host.end("default")
    host.started.clear()
    host.waiting.update(mail=100)
    for _ in range(10):
        host.fill()
        host.end(host.running[0].queue)
    assert Counter(host.started[:10]) == {"default": 5, "mail": 5}


def test_when_jobs_wait_too_long_for_a_slot_nothing_is_claimed_ahead_in_any_lane() -> None:
    host = mill(slots=2, queues=("default", "mail"), queue_weights={"mail": 1}, prefetch=100)
    host.waiting.update(default=500, mail=500)
    for _ in range(100):
        host.fill()
        host.end("default" if host.running_by_queue["default"] else "mail", SHORT)
    assert host.lanes.has_ahead

    assert host.lanes.take_stale(0.0) == []
    stale = host.lanes.take_stale(1.0)
    host.fill()

    assert len(stale) > 2
    assert not host.lanes.has_ahead


def test_what_was_claimed_ahead_can_be_taken_away_from_all_lanes() -> None:
    host = mill(slots=1, queue_weights={"mail": 1})
    jobs = [claimed(queue=queue) for queue in ALL]
    for job in jobs:
        host.lanes.of(job.queue).add([job], 0.0)
    assert {job.id for job in host.lanes.ahead()} == {job.id for job in jobs}
    assert {job.id for job in host.lanes.take_ahead()} == {job.id for job in jobs}
    assert (host.lanes.ahead(), host.lanes.start()) == ([], None)


def test_a_limit_that_comes_later_counts_what_runs_and_gives_back_what_was_claimed_ahead() -> None:
    host = mill(slots=4, queues=("default", "mail"), prefetch=100)
    host.waiting.update(default=50, mail=50)
    for _ in range(50):  # so that it is known to be short, and more is claimed ahead
        host.fill()
        host.end("default" if host.running_by_queue["default"] else "mail", SHORT)
    host.waiting.update(default=50, mail=50)
    host.fill()
    assert host.held["mail"] > 4

    running = host.running_by_queue["mail"]
    host.limit(mail=2)

    assert [lane.queues for lane in host.lanes.current()] == [("default",), ("mail",)]
    assert host.held["mail"] == max(2, running)
    for _ in range(20):
        host.fill()
        assert host.held["mail"] <= max(2, running)
        host.end(host.running[0].queue, SHORT)


def test_a_limit_that_is_lifted_brings_its_queue_together_with_the_others_again() -> None:
    host = mill(slots=10, queues=("default", "mail"))
    host.waiting.update(mail=100)
    host.limit(mail=2)
    host.fill()
    assert host.running_by_queue == {"mail": 2}

    host.limit()
    host.fill()

    assert [lane.queues for lane in host.lanes.current()] == [("default", "mail")]
    assert host.running_by_queue == {"mail": 10}
    assert host.lanes.of("mail").running_count == 10


def test_a_limit_of_a_person_takes_the_place_of_that_of_the_settings() -> None:
    host = mill(slots=10, queues=("default", "mail"), queue_limits={"mail": 3})
    host.waiting.update(mail=100)
    for limits, expected in (({"mail": 5}, 5), ({"mail": 8}, 8), ({"default": 1}, 8)):
        host.limit(**limits)
        host.fill()
        assert host.running_by_queue == {"mail": expected}
    for _ in range(8):
        host.end("mail")
        host.fill()
    assert host.running_by_queue == {"mail": 3}


def test_limits_that_are_as_they_were_are_nothing_new() -> None:
    lanes = mill(queue_limits={"mail": 3}).lanes
    assert not lanes.limit({})
    assert not lanes.limit({"mail": 3})
    assert lanes.limit({"mail": 4})
    assert not lanes.limit({"mail": 4})
    assert lanes.limit({})


def test_what_was_claimed_together_before_a_limit_came_is_parted() -> None:
    host = mill(slots=1)
    host.limit(mail=1)
    jobs = [claimed(queue=queue) for queue in ("default", "mail", "mail", "reports")]
    host.lanes.add(jobs, 0.0)
    assert [job.queue for job in host.lanes.take_excess()] == ["mail"]
    assert Counter(job.queue for job in host.lanes.ahead()) == {"default": 1, "mail": 1, "reports": 1}


@settings(deadline=None, max_examples=50)
@given(
    slots=st.integers(1, 12),
    prefetch=st.sampled_from([0, 5, 100]),
    weights=st.sampled_from([{}, {"mail": 3}]),
    limits=st.lists(st.dictionaries(st.sampled_from(ALL), st.integers(1, 15)), min_size=1, max_size=8),
    seed=st.integers(0, 1_000),
)
def test_whatever_people_allow_nothing_is_lost_and_nothing_starts_that_is_too_much(
    slots: int, prefetch: int, weights: dict[str, int], limits: list[dict[str, int]], seed: int
) -> None:
    host, random = mill(slots, prefetch=prefetch, queue_weights=weights), Random(seed)
    host.waiting.update(dict.fromkeys(ALL, 100))
    for allowed in (*limits, {}):
        before = host.running_by_queue
        host.limit(**allowed)
        for _ in range(random.randint(1, 20)):
            host.fill()
            counts = {lane.queues: lane.running_count for lane in host.lanes.current()}
            assert sum(counts.values()) == len(host.running)
            assert all(host.held[queue] <= max(limit, before[queue]) for queue, limit in allowed.items())
            usable = sum(min(host.held[each] + host.waiting[each], allowed.get(each, slots)) for each in ALL)
            assert len(host.running) >= min(slots, usable)
            if host.running:
                host.end(random.choice(host.running).queue, random.choice([LONG, SHORT]))
    while host.running or host.waiting.total():
        host.fill()
        host.end(host.running[0].queue)
    assert len(host.started) == 300


@dataclass(frozen=True)
class Day:
    """Options, and what happens: jobs come, and jobs end."""

    slots: int
    prefetch: int
    weights: dict[str, int]
    limits: dict[str, int]
    events: list[tuple[str, int]]
    seed: int


DAYS = st.builds(
    Day,
    slots=st.integers(1, 12),
    prefetch=st.sampled_from([0, 5, 100]),
    weights=st.dictionaries(st.sampled_from(ALL), st.integers(1, 9)),
    limits=st.dictionaries(st.sampled_from(ALL), st.integers(1, 15)),
    events=st.lists(st.tuples(st.sampled_from(ALL), st.integers(1, 30)), min_size=1, max_size=15),
    seed=st.integers(0, 1_000),
)


@settings(deadline=None, max_examples=50)
@given(DAYS)
def test_whatever_happens_limits_hold_and_every_slot_is_used_while_there_is_work(day: Day) -> None:
    host = mill(day.slots, prefetch=day.prefetch, queue_weights=day.weights, queue_limits=day.limits)
    random, total = Random(day.seed), 0
    for queue, count in day.events:
        host.waiting[queue] += count
        total += count
        for _ in range(random.randint(0, 20)):
            host.fill()
            assert all(host.held[limited] <= limit for limited, limit in day.limits.items())
            usable = sum(min(host.held[each] + host.waiting[each], day.limits.get(each, day.slots)) for each in ALL)
            assert len(host.running) == min(day.slots, usable)
            if host.running:
                host.end(random.choice(host.running).queue, random.choice([LONG, SHORT]))
    while host.running or host.waiting.total():
        host.fill()
        host.end(host.running[0].queue)
    assert len(host.started) == total


@settings(deadline=None, max_examples=50)
@given(DAYS)
def test_nobody_starves_however_the_others_keep_the_slots_busy(day: Day) -> None:
    """All queues always have work: between two starts of one there are as many others as the weights explain."""
    weights = {queue: day.weights.get(queue, 1) for queue in ALL}
    host = mill(day.slots, prefetch=day.prefetch, queue_weights=weights)
    host.waiting.update(dict.fromkeys(ALL, 100_000))
    random = Random(day.seed)
    host.fill()
    host.started.clear()
    for _ in range(200):
        host.end(host.running[0].queue, random.choice([LONG, SHORT]))
        host.fill()
    for queue in ALL:
        longest_wait = max(map(len, "".join("x" if each == queue else "." for each in host.started).split("x")))
        assert longest_wait <= 3 * sum(weights.values()) + day.slots, (queue, weights)
