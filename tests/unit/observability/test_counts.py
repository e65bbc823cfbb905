"""Counts in words."""

from dawam.jobs.record import JobCounts
from dawam.observability.counts import spoken_count

COUNTS = JobCounts(due=5, scheduled=600, retrying=400, failed=1_000)


def test_a_number_that_was_counted_to_its_end_is_told_as_it_is() -> None:
    assert spoken_count(COUNTS, "failed") == "1,000"
    assert spoken_count(COUNTS, "failed", 1_001) == "1,000"
    assert spoken_count(COUNTS, "due", 1_000) == "5"


def test_a_number_at_which_counting_stopped_ends_with_a_plus() -> None:
    assert spoken_count(COUNTS, "failed", 1_000) == "1,000+"


def test_scheduled_and_retrying_jobs_are_counted_together_and_reach_the_end_together() -> None:
    assert [spoken_count(COUNTS, name, 1_000) for name in ("scheduled", "retrying", "waiting")] == [
        "600+",
        "400+",
        "1,005+",
    ]
