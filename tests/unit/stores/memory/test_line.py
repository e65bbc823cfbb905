"""A waiting line: rows in the order of a key, where leaving costs nothing."""

import random

from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.memory.line import Line, front
from dawam.stores.memory.row import Row
from dawam.testing.clock import ManualClock

NOW = ManualClock().now()


def _row() -> Row:
    new = NewJob(id=new_id(), name="a", args=b"", queue="default", priority=Priority.NORMAL, created_at=NOW, run_at=NOW)
    return Row.of(new, NOW)


def _in_order(*lines: Line) -> list[int]:
    """The keys of all rows in turn; each is taken out as the store does, by moving it."""
    keys: list[int] = []
    while (best := front(lines)) is not None:
        (key,), row = best
        row.ticket += 1
        keys.append(key)
    return keys


def test_rows_come_in_the_order_of_their_keys() -> None:
    line = Line()
    for key in random.Random(3).sample(range(100), 100):
        line.push((key,), _row())

    assert _in_order(line) == list(range(100))


def test_several_lines_are_one_in_order() -> None:
    lines = [Line(), Line(), Line()]
    for key in random.Random(3).sample(range(100), 100):
        lines[key % 3].push((key,), _row())

    assert _in_order(*lines) == list(range(100))


def test_a_row_that_has_moved_on_is_passed_over() -> None:
    line, gone, there = Line(), _row(), _row()
    line.push((1,), gone)
    line.push((2,), there)

    gone.ticket += 1

    assert line.first_key() == (2,)
    assert line.first() is there


def test_a_row_that_came_back_under_the_same_key_stands_there_once() -> None:
    line, row = Line(), _row()
    line.push((1,), row)
    row.ticket += 1
    line.push((1,), row)

    assert _in_order(line) == [1]


def test_a_line_does_not_grow_with_those_who_left_it() -> None:
    line, last = Line(), _row()
    line.push((-1,), last)  # stays in front, so that nothing behind it is ever looked at
    for key in range(10_000):
        row = _row()
        line.push((key,), row)
        row.ticket += 1

    assert len(line) < 200
    assert line.first() is last


def test_nobody_waits_in_an_empty_line() -> None:
    assert Line().first_key() is None
    assert front([Line(), Line()]) is None
    assert front([]) is None
