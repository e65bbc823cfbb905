"""Handlers come and go, in any thread, and whoever wants to know is told."""

from concurrent.futures import ThreadPoolExecutor

from dawam.jobs.handler_registry import HandlerRegistry
from dawam.jobs.handlers import DynamicJobContext, HandlerJob
from dawam.jobs.options import JobOptions


async def run(context: DynamicJobContext) -> None: ...


IMPORT = HandlerJob("shop.import", run)


def test_whoever_watches_is_told_of_new_names_until_they_look_away() -> None:
    handlers, told = HandlerRegistry(), list[set[str]]()
    end = handlers.watch(lambda: told.append(set(handlers.names)))
    handlers.set(IMPORT, JobOptions())
    handlers.drop("shop.import")
    end()
    handlers.set(IMPORT, JobOptions())
    assert told == [{"shop.import"}]


def test_the_queue_of_a_handler_that_was_dropped_is_remembered() -> None:
    handlers = HandlerRegistry()
    handlers.set(IMPORT, JobOptions(queue="slow"))
    assert handlers.drop("shop.import")
    assert not handlers.drop("shop.import")
    assert (list(handlers.names), handlers.queues) == ([], {"slow"})


def test_none_is_lost_when_many_threads_set_and_drop() -> None:
    handlers = HandlerRegistry()
    names = [f"import {number}" for number in range(400)]

    def come(name: str) -> None:
        handlers.set(HandlerJob(name, run), JobOptions())

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(come, names))
        assert set(handlers.names) == set(names)
        assert all(threads.map(handlers.drop, names))
    assert list(handlers.names) == []
