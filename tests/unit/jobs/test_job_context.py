"""What a running job can know and say about itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from dawam.errors import ClaimLost, EnqueueError
from dawam.jobs.context import CANCEL_REQUESTED, CLAIM_LOST, HOST_STOPPING, JobContext
from dawam.jobs.decisions import Cancel
from dawam.jobs.outcome import Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob, NewJob
from tests.support import claims

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def claimed(**changes: Any) -> ClaimedJob:
    values: dict[str, Any] = {"fence": 4, "queue": "mail", "headers": {"tenant": "a"}, "attempt_count": 2}
    return claims.claimed("shop.receipt", **{**values, **changes})


def new_job(name: str) -> NewJob:
    return NewJob(
        id=uuid4(),
        name=name,
        args=b"{}",
        queue="default",
        priority=Priority.NORMAL,
        created_at=MOMENT,
        run_at=MOMENT,
    )


def test_it_says_which_attempt_of_which_job_is_running() -> None:
    job = claimed()
    context = JobContext(job, deadline=MOMENT)
    assert (context.id, context.name, context.queue) == (job.id, "shop.receipt", "mail")
    assert (context.attempt, context.fence_token, context.headers) == (3, 4, {"tenant": "a"})
    assert context.deadline == MOMENT


def test_the_idempotency_key_is_the_same_for_every_attempt() -> None:
    job_id = uuid4()
    first, later = claimed(id=job_id), claimed(id=job_id, fence=9, attempt_count=8)
    assert JobContext(first).idempotency_key == JobContext(later).idempotency_key == str(job_id)


def test_a_job_that_nobody_stops_goes_on() -> None:
    context = JobContext(claimed())
    context.raise_if_cancelled()
    assert not context.cancelled


def test_a_job_that_is_to_stop_ends_between_its_steps_with_the_first_reason() -> None:
    context = JobContext(claimed())
    context.stop(CANCEL_REQUESTED)
    context.stop(HOST_STOPPING)
    assert context.cancelled
    with pytest.raises(Cancel, match=CANCEL_REQUESTED):
        context.raise_if_cancelled()


def test_a_job_that_lost_its_claim_is_told_so() -> None:
    context = JobContext(claimed())
    context.stop(CLAIM_LOST)
    with pytest.raises(ClaimLost):
        context.raise_if_cancelled()


def test_progress_is_a_fraction_and_a_few_words() -> None:
    context = JobContext(claimed())
    assert context.said_progress is None
    context.progress(0.25, "50 of 200")
    assert context.said_progress == "0.2500 50 of 200"
    context.progress(1)
    assert context.said_progress == "1.0000"


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_progress_beyond_the_whole_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        JobContext(claimed()).progress(fraction)


async def test_follow_ups_wait_for_the_settlement_unless_they_are_wanted_now() -> None:
    at_once: list[NewJob] = []

    async def enqueue_now(job: NewJob) -> None:
        at_once.append(job)

    context = JobContext(claimed(), prepare=new_job, enqueue_now=enqueue_now)
    await context.enqueue("later")
    await context.enqueue("now", now=True)
    assert [job.name for job in context.follow_ups] == ["later"]
    assert [job.name for job in at_once] == ["now"]


async def test_a_context_without_a_host_cannot_enqueue() -> None:
    with pytest.raises(RuntimeError, match="no running host"):
        await JobContext(claimed()).enqueue("x")


async def test_a_context_without_a_host_cannot_complete_its_job() -> None:
    with pytest.raises(RuntimeError, match="no running host"):
        await JobContext(claimed()).complete_in(object())
    with pytest.raises(RuntimeError, match="no running host"):
        JobContext(claimed()).complete_in_sync(object())


async def test_a_follow_up_cannot_join_a_completion_that_was_made_before_it() -> None:
    at_once: list[NewJob] = []

    async def enqueue_now(job: NewJob) -> None:
        at_once.append(job)

    context = JobContext(claimed(), prepare=new_job, enqueue_now=enqueue_now)
    await context.enqueue("early")
    context.completed(Succeeded())
    with pytest.raises(EnqueueError, match="before complete_in, or with transaction= or now=True"):
        await context.enqueue("late")
    await context.enqueue("now", now=True)
    context.completed(None)  # it failed, and was undone
    context.enqueue_sync("late")
    assert [job.name for job in context.follow_ups] == ["early", "late"]
    assert [job.name for job in at_once] == ["now"]


def test_a_note_that_no_store_can_keep_is_cleaned_and_bounded() -> None:
    context = JobContext(claimed())
    context.progress(0.5, "half\0way \ud800 " + "x" * 5_000)
    said = context.said_progress
    assert said is not None
    assert said.startswith("0.5000 half\ufffdway ? xxx")
    assert len(said) <= 1_000
