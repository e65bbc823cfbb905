"""Queues as bits: a listener that shares a queue with a ring always shares a bit with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.doorbells.queue_bits import EVERY_QUEUE, bits_text, queue_bits, read_bits

QUEUES = st.frozensets(st.text(min_size=1, max_size=64), max_size=8)


@given(QUEUES, QUEUES, st.text(min_size=1))
def test_who_shares_a_queue_shares_a_bit(ring: frozenset[str], served: frozenset[str], queue: str) -> None:
    assert queue_bits(ring | {queue}) & queue_bits(served | {queue})


@given(QUEUES)
def test_no_queues_mean_all(served: frozenset[str]) -> None:
    assert queue_bits(()) == EVERY_QUEUE
    assert queue_bits(()) & queue_bits(served)


@given(QUEUES)
def test_bits_can_be_read_back_from_their_text(queues: frozenset[str]) -> None:
    assert read_bits(bits_text(queue_bits(queues))) == queue_bits(queues)
    assert len(bits_text(queue_bits(queues))) == 32


@given(st.text(max_size=40).filter(lambda text: len(text) != 32))
def test_a_text_that_is_no_such_thing_means_all(text: str) -> None:
    assert read_bits(text) == EVERY_QUEUE
    assert read_bits("no number" + "!" * 23) == EVERY_QUEUE


def test_a_text_without_any_bit_means_all_since_nobody_is_left_to_sleep() -> None:
    assert read_bits("0" * 32) == EVERY_QUEUE


def test_queues_with_different_names_seldom_share_a_bit() -> None:
    names = [f"queue-{number}" for number in range(20)]
    shared = sum(bool(queue_bits([one]) & queue_bits([other])) for one in names for other in names if one != other)
    assert shared <= 0.05 * len(names) * (len(names) - 1)


@pytest.mark.parametrize(
    "text", ["0" * 32, "-" + "0" * 30 + "1", "0x" + "1" * 30, "1_" * 15 + "11", "٣" * 32, "F" * 32]
)
def test_what_we_would_not_write_means_all(text: str) -> None:
    assert read_bits(text) == EVERY_QUEUE
