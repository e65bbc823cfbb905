"""What people are told about jobs."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dawam.events.lifecycle import UnknownJobsWaiting
from dawam.ids import HostId, new_id
from dawam.inspector import JobInspector
from dawam.jobs.outcome import ErrorDetails, Failed, Retrying, Settlement, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.jobs.state import JobState
from dawam.stores.memory import MemoryStore
from dawam.stores.values import HostInfo
from dawam.testing.clock import ManualClock

HOST = HostId("shop-1-abcd")
ERROR = ErrorDetails("ValueError", "no", "Traceback ...")


class Shop:
    """A store with jobs in it, and the inspector that looks at them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(application="shop", clock=self.clock)
        self.inspector = JobInspector(self.store)

    async def enqueue(self, name: str = "mail", *, queue: str = "default", delay: timedelta = timedelta(0)) -> UUID:
        now = self.clock.now()
        job = NewJob(
            id=new_id(),
            name=name,
            args=b"{}",
            queue=queue,
            priority=Priority.NORMAL,
            created_at=now,
            run_at=now + delay,
        )
        await self.store.add([job])
        return job.id

    async def start_host(self, *job_names: str, queues: tuple[str, ...] = ("default",)) -> None:
        host = HostInfo(
            id=HOST,
            process_id=1,
            machine="shop-1",
            queues=queues,
            job_names=job_names,
            concurrency=4,
            version="0.1.0",
            started_at=self.clock.now(),
        )
        await self.store.register(host, timedelta(seconds=20))

    async def run_one(self, outcome: Succeeded | Retrying | Failed) -> UUID:
        (job,) = await self.store.claim(HOST, ("default",), 1)
        now = self.clock.now()
        await self.store.settle([Settlement(job.id, job.fence, outcome, now, now)])
        return job.id


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.store.open()
    return shop


@pytest.mark.guide(18)
async def test_the_waiting_jobs_are_those_that_are_due_and_then_the_later_ones(shop: Shop) -> None:
    later = await shop.enqueue(delay=timedelta(hours=1))
    due = await shop.enqueue()
    assert [job.id for job in await shop.inspector.get_waiting_jobs(max_result_count=100)] == [due, later]
    assert [job.id for job in await shop.inspector.get_waiting_jobs(due_only=True)] == [due]


@pytest.mark.guide(18)
async def test_no_more_jobs_are_answered_than_were_asked_for(shop: Shop) -> None:
    for _ in range(3):
        await shop.enqueue()
    assert len(await shop.inspector.get_waiting_jobs(max_result_count=2)) == 2
    assert await shop.inspector.get_waiting_jobs(max_result_count=0) == []


async def test_a_count_below_zero_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="max_result_count=-1: 0 or more was expected"):
        await shop.inspector.get_waiting_jobs(max_result_count=-1)


@pytest.mark.guide(18)
async def test_jobs_are_listed_by_state_name_and_queue(shop: Shop) -> None:
    await shop.start_host("mail", "report")
    await shop.enqueue("mail")
    done = await shop.run_one(Succeeded())
    report = await shop.enqueue("report", queue="slow")
    assert [job.id for job in await shop.inspector.get_jobs(state="succeeded")] == [done]
    assert [job.id for job in await shop.inspector.get_jobs(state=JobState.WAITING)] == [report]
    assert [job.id for job in await shop.inspector.get_jobs(name="report")] == [report]
    assert [job.id for job in await shop.inspector.get_jobs(queue="slow")] == [report]
    assert {job.id for job in await shop.inspector.get_jobs()} == {done, report}


async def test_a_list_continues_behind_the_last_job_of_a_page(shop: Shop) -> None:
    ids = [await shop.enqueue() for _ in range(3)]
    page = await shop.inspector.get_jobs(max_result_count=2)
    rest = await shop.inspector.get_jobs(max_result_count=2, after=str(page[-1].id))
    assert [job.id for job in (*page, *rest)] == ids


async def test_an_unknown_state_is_refused_with_the_known_ones(shop: Shop) -> None:
    with pytest.raises(ValueError, match="'done' is no state of a job: one of waiting, running, succeeded"):
        await shop.inspector.get_jobs(state="done")


@pytest.mark.abp(45)
async def test_a_job_that_is_not_there_is_none(shop: Shop) -> None:
    assert await shop.inspector.get_job(uuid4()) is None


async def test_a_job_is_found_by_its_id_as_text(shop: Shop) -> None:
    id_ = await shop.enqueue()
    job = await shop.inspector.get_job(str(id_))
    assert job is not None
    assert (job.id, job.name, job.state) == (id_, "mail", "waiting")


@pytest.mark.parametrize("malformed", ["42", "", "mail", 7, None])
async def test_what_is_no_id_is_refused(shop: Shop, malformed: object) -> None:
    with pytest.raises(ValueError, match="is no job id: a UUID was expected, as in '019a"):
        await shop.inspector.get_job(malformed)  # type: ignore[arg-type]


@pytest.mark.guide(18)
async def test_the_history_of_a_job_names_each_failed_attempt(shop: Shop) -> None:
    await shop.start_host("mail")
    id_ = await shop.enqueue()
    await shop.run_one(Retrying(shop.clock.now(), ERROR))
    await shop.store.promote(10)
    await shop.run_one(Failed(ERROR))
    history = await shop.inspector.history(str(id_))
    assert [(record.attempt, record.error_type, record.error_message) for record in history] == [
        (1, "ValueError", "no"),
        (2, "ValueError", "no"),
    ]


@pytest.mark.guide(18)
async def test_the_counts_split_the_waiting_jobs_by_why_they_wait(shop: Shop) -> None:
    await shop.start_host("mail")
    await shop.enqueue()
    await shop.run_one(Retrying(shop.clock.now() + timedelta(minutes=1), ERROR))
    await shop.enqueue()
    await shop.run_one(Failed(ERROR))
    await shop.enqueue()
    await shop.enqueue(delay=timedelta(hours=1))
    counts = await shop.inspector.counts()
    assert (counts.due, counts.scheduled, counts.retrying, counts.failed) == (1, 1, 1, 1)
    assert counts.waiting == 3


async def test_hosts_are_listed(shop: Shop) -> None:
    await shop.start_host("mail")
    assert [host.id for host in await shop.inspector.hosts()] == [HOST]


async def test_waiting_jobs_that_no_live_host_knows_are_named_with_the_nearest_name(shop: Shop) -> None:
    await shop.start_host("orders.receipt", "orders.refund")
    await shop.enqueue("orders.reciept")
    await shop.enqueue("orders.reciept")
    await shop.enqueue("zzz")
    await shop.enqueue("orders.refund")
    assert await shop.inspector.unknown_waiting() == [
        UnknownJobsWaiting("orders.reciept", "default", 2, "orders.receipt"),
        UnknownJobsWaiting("zzz", "default", 1, None),
    ]


async def test_a_host_whose_lease_ran_out_knows_nothing(shop: Shop) -> None:
    await shop.start_host("mail")
    await shop.enqueue("mail")
    shop.clock.advance(timedelta(minutes=1))
    inspector = JobInspector(shop.store, lambda: ["mail"])
    assert await inspector.unknown_waiting() == []
    assert await inspector.unserved_queues() == {"default": 1}


async def test_while_no_host_lives_the_names_of_this_process_count(shop: Shop) -> None:
    await shop.enqueue("mial")
    assert await shop.inspector.unknown_waiting() == []
    inspector = JobInspector(shop.store, lambda: ["mail", "report"])
    assert await inspector.unknown_waiting() == [UnknownJobsWaiting("mial", "default", 1, "mail")]


async def test_a_name_is_not_its_own_nearest(shop: Shop) -> None:
    await shop.start_host("other")
    await shop.enqueue("mail")
    inspector = JobInspector(shop.store, lambda: ["mail"])
    assert [unknown.nearest for unknown in await inspector.unknown_waiting()] == [None]


async def test_queues_that_no_live_host_serves_are_counted(shop: Shop) -> None:
    await shop.start_host("mail", queues=("default",))
    await shop.enqueue("mail")
    await shop.enqueue("mail", queue="slow")
    await shop.enqueue("report", queue="slow")
    assert await shop.inspector.unserved_queues() == {"slow": 2}


async def test_queues_are_those_with_jobs_those_that_are_paused_and_those_that_are_served(shop: Shop) -> None:
    await shop.start_host("mail", queues=("default", "reports"))
    await shop.enqueue("mail", queue="slow")
    await shop.store.pause_queue("night")
    assert [(queue.name, queue.due, queue.is_paused) for queue in await shop.inspector.queues()] == [
        ("default", 0, False),
        ("night", 0, True),
        ("reports", 0, False),
        ("slow", 1, False),
    ]


async def test_a_job_is_found_by_some_digits_of_its_id_with_hyphens_or_without(shop: Shop) -> None:
    id_ = await shop.enqueue()
    assert await shop.inspector.find_ids(str(id_)[-14:].upper()) == [id_]
    assert await shop.inspector.find_ids(id_.hex[-13:]) == [id_]


@pytest.mark.parametrize("part", ["", "-", "mail", "0" * 33])
async def test_what_is_no_part_of_an_id_is_refused(shop: Shop, part: str) -> None:
    with pytest.raises(ValueError, match="is no part of a job id: up to 32 digits"):
        await shop.inspector.find_ids(part)
