"""A job that kills its process each time, beside innocent ones, in the processes of one parent: it alone fails."""

from collections import Counter
from uuid import UUID

import pytest

from dawam.jobs.record import JobInfo
from dawam.runtime import Runtime
from dawam.stores.values import CRASH_LIMIT, SUSPECT_FROM
from tests.faults.crew import becomes
from tests.faults.ground import Ground
from tests.faults.parent import run_by_a_parent
from tests.faults.poison_shop import app, innocent, poison


@pytest.mark.fault("poison job")
async def test_it_fails_and_no_neighbour_is_charged_once_it_is_suspected(ground: Ground) -> None:
    shop = run_by_a_parent(ground, app, "tests.faults.poison_shop:app", "Host.Concurrency=3", processes=2)
    innocents: list[UUID] = []
    async with shop as runtime:
        poisonous = (await poison.enqueue()).id

        async def has_failed_among_others() -> bool:
            innocents.extend([(await innocent.enqueue()).id for _ in range(3)])  # somebody is always at work
            return (await _job(runtime, poisonous)).state == "failed"

        async def all_others_are_done() -> bool:
            counts = await runtime.parts.desk.inspector.counts()
            return counts.succeeded == len(innocents)

        await becomes(has_failed_among_others)
        await becomes(all_others_are_done)
        culprit = await _job(runtime, poisonous)
        deaths = await runtime.parts.desk.inspector.history(poisonous)
        others = [await _job(runtime, each) for each in innocents]
        records = [each for job in innocents for each in await runtime.parts.desk.inspector.history(job)]

    assert (culprit.crash_count, culprit.attempt_count, culprit.lost_count) == (CRASH_LIMIT, 0, 0)
    assert [each.error_type for each in deaths] == ["HostCrashed"] * CRASH_LIMIT
    assert "one crash too many, with no other suspect" in deaths[-1].error_message
    # until there was a suspect everybody beside it was charged, and from then on nobody
    charged = Counter(each.job_id for each in records if each.error_type == "HostCrashed")
    assert {each.id: each.crash_count for each in others if each.crash_count} == charged != {}
    assert max(charged.values()) <= SUSPECT_FROM
    assert {each.error_type for each in records if each.host == deaths[-1].host} == {"HostLost"}
    assert {each.attempt_count for each in others} == {0}


async def _job(runtime: Runtime, job_id: UUID) -> JobInfo:
    found = await runtime.parts.desk.inspector.get_job(job_id)
    assert found is not None
    return found
