"""A short time under everything that `make soak` does for as long as one likes."""

import random

from tests.faults.ground import Ground
from tests.faults.soak import Course, Soak, drawn


async def test_a_short_time_under_fire_breaks_nothing(ground: Ground, luck: random.Random) -> None:
    soak = Soak(ground, luck, server=None, processes=3)

    numbers = await soak.run(5)

    assert numbers["jobs succeeded"] == numbers["jobs enqueued"] > 0
    assert sum(soak.course.acts.values()) > 0


def test_rate_and_memory_are_drawn_as_shares_of_what_is_usual() -> None:
    course = Course(seconds=[60.0, 120.0, 180.0], rates=[50.0, 100.0, 150.0], memory=[40.0, 40.0, 44.0])

    picture = drawn("SQLite", course)

    assert "1 is 100 attempts a second, and 40 MiB" in picture
    assert picture.count("<polyline") == 2
