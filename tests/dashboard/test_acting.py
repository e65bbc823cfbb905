"""What people do with the dashboard is done, and written down."""

import json
import re
from html import unescape
from uuid import UUID

import pytest

from dawam.dashboard import DashboardOptions
from dawam.jobs.priority import Priority
from dawam.jobs.record import JobInfo
from dawam.jobs.state import JobState
from dawam.measures.errors import ErrorMark
from dawam.stores.actions import Action
from dawam.stores.values import JobFilter, QueueInfo
from tests.dashboard.shop import HOST, HOUR, MINUTE, NO_PAPER, Shop, Visitor, visiting
from tests.support.applications import until

FAILED = JobFilter(states=frozenset({JobState.FAILED}))


async def found(shop: Shop, job_id: UUID) -> JobInfo:
    job = await shop.store.get(job_id)
    assert job is not None
    return job


async def nothing_under_way(shop: Shop) -> bool:
    return not await shop.app.actions.list(under_way=True)


async def last(shop: Shop) -> Action:
    [action, *_] = await shop.app.actions.list(max_result_count=1)
    return action


async def test_a_failed_job_is_retried(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.failed()
    answer = await amal.post(f"/jobs/{job_id}", {"verb": "retry", "reason": "the paper came"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job_id}")
    assert (await found(shop, job_id)).state == "waiting"
    action = await last(shop)
    assert (action.by, action.via, action.verb, action.subject) == ("amal", "dashboard", "retry", f"job {job_id}")
    assert action.reason == "the paper came"


async def test_a_running_job_is_asked_to_stop(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.running()
    await amal.post(f"/jobs/{job_id}", {"verb": "cancel"})
    assert (await found(shop, job_id)).cancel_requested


async def test_a_waiting_job_is_changed(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.add(run_at=shop.clock.now() + HOUR)
    for verb, value in (("reschedule", "10m"), ("move", "mail"), ("prioritise", "high")):
        assert (await amal.post(f"/jobs/{job_id}", {"verb": verb, "value": value})).status_code == 303
    job = await found(shop, job_id)
    assert (job.run_at, job.queue, job.priority) == (shop.clock.now() + 10 * MINUTE, "mail", Priority.HIGH)


async def test_args_are_edited_and_what_is_hidden_stays(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.failed(args=b'{"name":"Amal","times":1}')
    await amal.post(f"/jobs/{job_id}", {"verb": "edit", "args": '{"name": "Layla", "times": 3}'})
    assert (await found(shop, job_id)).args == '{"name":"Layla","times":3}'
    sealed = await shop.failed(name="unknown", queue="vault", args=b'{"token":"t0p","to":"a"}')
    await amal.post(f"/jobs/{sealed}", {"verb": "edit", "args": '{"token": "••••••", "to": "b"}'})
    assert (await found(shop, sealed)).args == '{"token":"t0p","to":"b"}'


@pytest.mark.parametrize(
    ("args", "complaint"), [("{", "this is no JSON"), ('{"name": 7}', "stored args cannot be read"), ("{}", "name")]
)
async def test_args_that_do_not_fit_the_job_are_refused(shop: Shop, amal: Visitor, args: str, complaint: str) -> None:
    job_id = await shop.failed()
    answer = await amal.post(f"/jobs/{job_id}", {"verb": "edit", "args": args})
    assert answer.status_code == 400
    assert complaint in answer.text
    assert (await found(shop, job_id)).state == "failed"


async def test_a_job_that_moved_on_is_left_as_it_is(shop: Shop, amal: Visitor) -> None:
    answer = await amal.post(f"/jobs/{await shop.running()}", {"verb": "retry"})
    assert answer.status_code == 409
    assert "look at it again" in answer.text


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"verb": "explode"}, "cannot be done to jobs"),
        ({"verb": "reschedule", "value": "soon"}, "is no moment"),
        ({"verb": "prioritise", "value": "urgent"}, "is no priority"),
        ({"verb": "move", "value": " "}, "a name of 1 to"),
        ({"verb": "move", "value": "a/b"}, "without white space and"),
    ],
)
async def test_what_is_no_wish_is_refused(shop: Shop, amal: Visitor, fields: dict[str, str], complaint: str) -> None:
    answer = await amal.post(f"/jobs/{await shop.add()}", fields)
    assert answer.status_code == 400
    assert complaint in answer.text


async def test_the_jobs_that_were_marked_are_retried_and_no_others(shop: Shop, amal: Visitor) -> None:
    first, second, third = [await shop.failed() for _ in range(3)]
    fields = {"scope": "selected", "verb": "retry", "id": [str(first), str(third)]}
    answer = await amal.post("/jobs/change?q=state:failed", fields)
    assert answer.headers["location"] == "/jobs?q=state:failed"
    assert [(await found(shop, each)).state for each in (first, second, third)] == ["waiting", "failed", "waiting"]


async def test_all_that_are_found_are_retried_in_the_background_once_it_is_confirmed(shop: Shop, amal: Visitor) -> None:
    for _ in range(300):
        await shop.failed()
    count = (await shop.store.count(FAILED)).count
    fields = {
        "scope": "all",
        "verb": "retry",
        "q": f"state:failed fingerprint:{NO_PAPER.fingerprint}",
        "reason": "paper",
    }
    asked = await amal.post("/jobs/change", fields)
    assert f"{count - 1} jobs are to be retried." in asked.text
    assert (await shop.store.count(FAILED)).count == count, "nothing is done before it is confirmed"
    answer = await amal.post("/jobs/change", {**fields, "confirmed": "yes"})
    assert answer.headers["location"] == "/audit"
    await until(lambda: nothing_under_way(shop))
    assert (await shop.store.count(FAILED)).count == 1, "the one with the other error is left"
    action = await last(shop)
    assert (action.total, action.done, action.changed, action.outcome) == (count - 1, count - 1, count - 1, "done")
    assert f"fingerprint:{NO_PAPER.fingerprint}" in await amal.page("/audit")


async def test_what_goes_on_in_the_background_is_seen_and_stopped(shop: Shop, amal: Visitor) -> None:
    for _ in range(600):
        await shop.add(queue="long")
    await amal.post("/jobs/change", {"scope": "all", "verb": "cancel", "q": "queue:long", "confirmed": "yes"})
    [action] = await shop.app.actions.list(under_way=True)
    assert "Under way" in await amal.page("/audit")
    await amal.post("/audit", {"id": str(action.id)}, of="/audit")
    shop.clock.advance(MINUTE)  # how far it is, and whether to stop, is looked at once a second
    await until(lambda: nothing_under_way(shop))
    stopped = await shop.app.actions.get(action.id)
    assert stopped is not None
    assert stopped.outcome == "stopped"
    assert stopped.done < 600


async def test_a_queue_is_paused_and_resumed(shop: Shop, amal: Visitor) -> None:
    await amal.post("/queues", {"queue": "default", "verb": "pause"})
    assert "default" in await shop.store.paused_queues()
    assert 'value="resume"' in await amal.page("/queues")
    await amal.post("/queues", {"queue": "default", "verb": "resume"})
    assert "default" not in await shop.store.paused_queues()


async def test_a_queue_is_limited_on_its_page_and_the_limit_is_lifted(shop: Shop, amal: Visitor) -> None:
    said = {"queue": "default", "verb": "limit", "page": "queue"}
    answer = await amal.post("/queues", {**said, "limit": "2", "reason": "ticket 12"}, of="/queue?name=default")
    assert answer.headers["location"] == "/queue?name=default"
    assert limit_of(await shop.store.queues(), "default") == 2
    for page in ("/queues", "/queue?name=default"):
        assert "at most 2 at once in each process" in await amal.page(page)
    assert (await last(shop)).verb == "limit to 2"
    await amal.post("/queues", {**said, "limit": "1000000"})
    assert limit_of(await shop.store.queues(), "default") == 1_000_000
    for wrong in ("0", "-1", "two", "1000001", "9" * 30):
        assert (await amal.post("/queues", {**said, "limit": wrong})).status_code == 400
    await amal.post("/queues", {**said, "limit": ""})
    assert limit_of(await shop.store.queues(), "default") is None


def limit_of(queues: list[QueueInfo], name: str) -> int | None:
    return next(each.limit for each in queues if each.name == name)


async def test_a_worker_is_paused_triggered_and_rescheduled(shop: Shop, amal: Visitor) -> None:
    for fields in (
        {"verb": "pause"},
        {"verb": "trigger"},
        {"verb": "reschedule", "cron": "*/10 * * * *", "time_zone": "Asia/Riyadh"},
    ):
        answer = await amal.post("/workers", {"name": "cleanup", "back": "name=cleanup", **fields})
        assert answer.headers["location"] == "/worker?name=cleanup"
    [worker] = await shop.store.worker("cleanup")
    assert (worker.is_paused, worker.is_triggered) == (True, True)
    text = await amal.page("/worker?name=cleanup")
    assert "Asia/Riyadh" in text
    assert "Back to the schedule of the code" in text
    await amal.post("/workers", {"name": "cleanup", "verb": "restore_schedule"})
    [worker] = await shop.store.worker("cleanup")
    assert worker.schedule == worker.declared_schedule


@pytest.mark.parametrize("fields", [{}, {"every": "5m", "cron": "* * * * *"}, {"every": "5"}, {"cron": "nonsense"}])
async def test_a_schedule_that_cannot_be_meant_is_refused(shop: Shop, amal: Visitor, fields: dict[str, str]) -> None:
    answer = await amal.post("/workers", {"name": "cleanup", "verb": "reschedule", **fields})
    assert answer.status_code == 400
    [worker] = await shop.store.worker("cleanup")
    assert worker.schedule == worker.declared_schedule


async def test_an_error_is_marked_as_resolved_and_leaves_the_list(shop: Shop, amal: Visitor) -> None:
    path = f"/errors/{NO_PAPER.fingerprint}"
    shop.clock.advance(MINUTE)
    await amal.post(path, {"mark": "resolved"})
    group = await shop.store.error_group(NO_PAPER.fingerprint)
    assert group is not None
    assert group.mark is ErrorMark.RESOLVED
    assert path not in await amal.page("/errors")
    assert path in await amal.page("/errors?mark=resolved")
    assert (await amal.post(path, {"mark": "forgotten"})).status_code == 400


async def test_a_job_is_enqueued_by_hand(shop: Shop, amal: Visitor) -> None:
    fields = {"name": "greet", "args": '{"name": "Amal"}', "queue": "vip", "priority": "high", "when": "10m"}
    answer = await amal.post("/jobs/new", fields)
    job = await found(shop, UUID(answer.headers["location"].removeprefix("/jobs/")))
    assert (job.name, job.queue, job.priority) == ("greet", "vip", Priority.HIGH)
    assert job.run_at == shop.clock.now() + 10 * MINUTE
    action = await last(shop)
    assert (action.verb, action.subject, action.outcome) == ("enqueue", "greet", f"job {job.id}")


async def test_the_form_says_which_args_a_job_has_and_begins_with_them(amal: Visitor) -> None:
    page = await amal.page("/jobs/new?name=greet")
    [shown] = re.findall(r'<textarea name="args"[^>]*>([^<]*)</textarea>', page)
    assert json.loads(unescape(shown)) == {"name": ""}
    assert "<code>name: str</code>, <code>times: int = ...</code>" in page
    for path in ("/jobs/new", "/jobs/new?name=nobody"):
        page = await amal.page(path)
        assert ">{}</textarea>" in page
        assert "<code>" not in page
    assert "/jobs/new?name=greet" in await amal.page("/name?name=greet&queue=default")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": "gret", "args": "{}"}, "did you mean &#39;greet&#39;?"),
        ({"name": "greet", "args": "{}"}, "name"),
        ({"name": "greet", "args": "[]"}, "This is no JSON: Expected `object`, got `array`"),
        ({"name": "greet", "args": '{"name":"a"}', "when": "then"}, "is no moment"),
    ],
)
async def test_what_cannot_be_enqueued_is_said_and_the_form_stays(
    amal: Visitor, fields: dict[str, str], complaint: str
) -> None:
    answer = await amal.post("/jobs/new", fields)
    assert answer.status_code == 400
    assert complaint in answer.text
    assert f'value="{fields["name"]}"' in answer.text


async def test_a_host_is_quiet_goes_on_and_is_told_to_stop(shop: Shop, amal: Visitor) -> None:
    for verb, command in (("quiet", "quiet"), ("resume", "go on"), ("stop", "stop")):
        answer = await amal.post("/hosts", {"host": HOST, "verb": verb, "reason": "ticket 12"}, of="/hosts")
        assert answer.status_code == 303
        assert [host.command for host in await shop.store.hosts()] == [command]
        [action] = await shop.app.actions.list(max_result_count=1)
        assert (action.by, action.verb, action.subject, action.reason) == ("amal", verb, f"host {HOST}", "ticket 12")
    assert (await amal.post("/hosts", {"host": HOST, "verb": "resume"}, of="/queues")).status_code == 404
    assert (await amal.post("/hosts", {"host": HOST, "verb": "jump"}, of="/queues")).status_code == 400


async def test_a_job_like_another_has_what_is_hidden_of_that_one(shop: Shop) -> None:
    job_id = await shop.add(args=b'{"name":"Amal","times":2}')
    async with visiting(shop, options=DashboardOptions(hidden=("name",))) as amal:
        page = await amal.page(f"/jobs/new?like={job_id}")
        [shown] = re.findall(r'<textarea name="args"[^>]*>([^<]*)</textarea>', page)
        assert "Amal" not in shown
        fields = {"name": "greet", "args": unescape(shown), "like": str(job_id)}
        answer = await amal.post("/jobs/new", fields)
    assert answer.status_code == 303
    assert (await found(shop, UUID(answer.headers["location"].rpartition("/")[2]))).args == '{"name":"Amal","times":2}'
