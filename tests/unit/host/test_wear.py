"""A process that holds too much, or threads that nobody can end, says so once and makes room for another."""

from typing import Any

import pytest

from dawam.events.lifecycle import HostWornOut, LifecycleEvents
from dawam.host.options import HostOptions
from dawam.host.wear import Wear
from dawam.ids import HostId

HOST = HostId("press-1-ab")
ONE_BYTE, PLENTY = 1, 1 << 50


class Bench:
    def __init__(self, options: HostOptions, *, has_parent: bool = True) -> None:
        self.said: list[Any] = []
        self.replaced_count = self.leaked = 0
        events = LifecycleEvents()
        events.subscribe(HostWornOut, self.said.append)
        self.wear = Wear(
            options=options,
            leaked_threads=lambda: self.leaked,
            replace=self._replace if has_parent else None,
            events=events,
            host=HOST,
        )

    def _replace(self) -> None:
        self.replaced_count += 1


def test_a_process_that_holds_more_than_it_may_is_replaced_and_says_so_once() -> None:
    bench = Bench(HostOptions(memory_limit=ONE_BYTE))

    bench.wear.look()
    bench.wear.look()

    [said] = bench.said
    assert "Host.MemoryLimit allows 0" in said.reason
    assert (said.host, said.is_replaced, bench.replaced_count) == (HOST, True, 1)


def test_where_nobody_would_start_another_one_it_goes_on() -> None:
    bench = Bench(HostOptions(memory_limit=ONE_BYTE), has_parent=False)

    bench.wear.look()

    assert [said.is_replaced for said in bench.said] == [False]


def test_one_within_its_limits_says_nothing() -> None:
    bench = Bench(HostOptions(memory_limit=PLENTY, thread_count=3, leaked_thread_limit=2))
    bench.leaked = 1

    bench.wear.look()

    assert bench.said == []


@pytest.mark.parametrize(("limit", "leaked"), [(2, 2), (None, 3)])
def test_threads_that_go_on_after_they_were_asked_to_stop_wear_it_out(limit: int | None, leaked: int) -> None:
    bench = Bench(HostOptions(thread_count=3, leaked_thread_limit=limit))
    bench.leaked = leaked

    bench.wear.look()

    assert bench.said[0].reason.startswith(f"{leaked} of its 3 threads are held")
    assert bench.replaced_count == 1
