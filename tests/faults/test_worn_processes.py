"""A process of `dawam run --processes` that is worn out makes room for another, and no job notices."""

from datetime import timedelta

import pytest

from dawam.errors import JobFailedError
from tests.faults.ground import Ground
from tests.faults.parent import run_by_a_parent
from tests.faults.worn_shop import app, grow, hang, place
from tests.support.applications import until

LONG = timedelta(seconds=60)
SHOP = "tests.faults.worn_shop:app"


async def another_than(process: int) -> None:
    """Waits until jobs run in another process."""

    async def is_another() -> bool:
        return await (await place.enqueue()).result(within=LONG) != process

    await until(is_another, within=LONG.total_seconds())


@pytest.mark.fault("leak")
async def test_a_process_that_has_grown_too_large_is_replaced(ground: Ground) -> None:
    async with run_by_a_parent(ground, app, SHOP, f"Host.MemoryLimit={200 << 20}"):
        process = await (await grow.enqueue(300)).result(within=LONG)

        await another_than(process)


@pytest.mark.fault("leak")
async def test_one_whose_threads_all_hang_is_replaced_and_their_jobs_have_failed(ground: Ground) -> None:
    async with run_by_a_parent(ground, app, SHOP, "Host.ThreadCount=2") as runtime:
        process = await (await place.enqueue()).result(within=LONG)
        hanging = [await hang.enqueue() for _ in range(2)]

        for enqueued in hanging:
            with pytest.raises(JobFailedError, match="time limit"):
                await enqueued.result(within=LONG)
            [attempt] = await runtime.parts.desk.inspector.history(enqueued.id)
            assert attempt.attempt == 1
        await another_than(process)
