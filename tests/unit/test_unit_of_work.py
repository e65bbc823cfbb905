"""A unit of work: what waits for its end, who joins it, and what a failure takes back."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from dawam.unit_of_work import ActiveUnit, UnitOfWork, current_unit_of_work


class Transaction:
    """A transaction that writes down what happens to it."""

    def __init__(self, diary: list[str]) -> None:
        self.diary = diary


class Units(UnitOfWork[Transaction]):
    def __init__(self, diary: list[str], fails_to_commit: bool = False) -> None:
        self.diary = diary
        self.fails_to_commit = fails_to_commit

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        self.diary.append("begin")
        try:
            yield Transaction(self.diary)
            self._commit()
        except BaseException:
            self.diary.append("rollback")
            raise

    def _commit(self) -> None:
        if self.fails_to_commit:
            raise OSError("disk full")
        self.diary.append("commit")

    async def flush(self, transaction: Transaction) -> None:
        self.diary.append("flush")


@pytest.fixture
def diary() -> list[str]:
    return []


@pytest.fixture
def units(diary: list[str]) -> Units:
    return Units(diary)


def writes(diary: list[str], what: str) -> Callable[[], Awaitable[None]]:
    async def write() -> None:
        diary.append(what)

    return write


def the_unit() -> ActiveUnit:
    unit = current_unit_of_work()
    assert unit is not None
    return unit


async def test_what_waits_for_the_end_is_called_in_order_between_flush_and_commit(
    units: Units, diary: list[str]
) -> None:
    async with units.begin():
        unit = the_unit()
        unit.after_commit(writes(diary, "after"))
        unit.on_completing(writes(diary, "first"))
        unit.on_completing(writes(diary, "second"))
        diary.append("work")
    assert diary == ["begin", "work", "flush", "first", "second", "commit", "after"]


async def test_a_callback_may_add_another_which_comes_last(units: Units, diary: list[str]) -> None:
    async with units.begin():
        unit = the_unit()

        async def first() -> None:
            unit.on_completing(writes(diary, "added"))

        unit.on_completing(first)
        unit.on_completing(writes(diary, "second"))
    assert diary[-3:] == ["second", "added", "commit"]


async def test_an_error_in_the_block_rolls_back_and_nothing_that_waited_is_called(
    units: Units, diary: list[str]
) -> None:
    async def sell() -> None:
        async with units.begin():
            the_unit().on_completing(writes(diary, "completing"))
            the_unit().after_commit(writes(diary, "after"))
            raise ValueError("no stock")

    with pytest.raises(ValueError, match="no stock"):
        await sell()
    assert diary == ["begin", "rollback"]
    assert current_unit_of_work() is None


async def test_an_error_before_the_commit_rolls_back(units: Units, diary: list[str]) -> None:
    async def refuse() -> None:
        raise ValueError("not today")

    async def sell() -> None:
        async with units.begin():
            the_unit().on_completing(refuse)
            the_unit().after_commit(writes(diary, "after"))

    with pytest.raises(ValueError, match="not today"):
        await sell()
    assert diary == ["begin", "flush", "rollback"]


async def test_a_commit_that_fails_calls_nobody_back(diary: list[str]) -> None:
    async def sell() -> None:
        async with Units(diary, fails_to_commit=True).begin():
            the_unit().after_commit(writes(diary, "after"))

    with pytest.raises(OSError, match="disk full"):
        await sell()
    assert diary == ["begin", "flush", "rollback"]


async def test_a_failure_after_the_commit_is_logged_and_the_others_are_called(
    units: Units, diary: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ValueError("the bell is broken")

    with caplog.at_level(logging.ERROR, "dawam.unit_of_work"):
        async with units.begin():
            unit = the_unit()
            unit.after_commit(fail)
            unit.after_commit(writes(diary, "after"))
    assert diary[-2:] == ["commit", "after"]
    assert "the unit stays committed" in caplog.text
    assert "the bell is broken" in caplog.text


async def test_a_nested_unit_joins_the_outer_one(units: Units, diary: list[str]) -> None:
    async with units.begin() as outer:
        async with units.begin() as inner:
            assert inner is outer
        assert diary == ["begin"]
        assert current_unit_of_work() is not None
    assert diary == ["begin", "flush", "commit"]


async def test_a_nested_unit_of_another_database_is_its_own(diary: list[str]) -> None:
    one, other = Units(diary), Units(diary)
    async with one.begin() as outer:
        async with other.begin() as inner:
            assert inner is not outer
        assert diary == ["begin", "begin", "flush", "commit"]
        unit = the_unit()
        assert unit.transaction is outer


async def test_a_task_that_outlives_the_unit_is_no_longer_in_it(units: Units) -> None:
    ended = asyncio.Event()

    async def linger() -> bool:
        await ended.wait()
        return current_unit_of_work() is None

    async with units.begin():
        task = asyncio.create_task(linger())
    ended.set()
    assert await task


async def test_after_the_commit_there_is_no_unit_to_join(units: Units) -> None:
    seen: list[object] = []

    async def look() -> None:
        seen.append(current_unit_of_work())

    async with units.begin():
        unit = the_unit()
        unit.after_commit(look)
    assert seen == [None]


async def test_a_unit_may_end_in_another_context_than_the_one_in_which_it_began(units: Units, diary: list[str]) -> None:
    unit = units.begin()
    await asyncio.create_task(unit.__aenter__())
    await asyncio.create_task(unit.__aexit__(None, None, None))
    assert diary == ["begin", "flush", "commit"]
