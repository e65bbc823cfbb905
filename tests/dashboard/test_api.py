"""Programs read and do what people do, with the same rights and the same record."""

from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest

from dawam.dashboard import DashboardOptions, Principal, Role
from dawam.dashboard.api.endpoints import ENDPOINTS, PREFIX
from dawam.errors import StoreUnavailableError
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState
from dawam.stores.actions import Action
from dawam.stores.values import JobFilter
from tests.dashboard.shop import ADMIN, HOST, HOUR, NO_PAPER, Known, Shop, Visitor, visiting
from tests.support.applications import until


async def read(visitor: Visitor, path: str) -> Any:
    answer = await visitor.get(PREFIX + path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def send(visitor: Visitor, path: str, body: Any = None) -> httpx2.Response:
    return await visitor.client.post(PREFIX + path, json=body)


async def last(shop: Shop) -> Action:
    [action] = await shop.app.actions.list(max_result_count=1)
    return action


async def state_of(shop: Shop, job_id: UUID) -> str:
    job = await shop.store.get(job_id)
    return "gone" if job is None else job.state


async def test_it_says_whether_all_is_well(shop: Shop, amal: Visitor) -> None:
    await shop.add(queue="nobodys")
    found = await read(amal, "/overview")
    assert found["counts"]["failed"] == 3
    assert {"severity", "text", "cure"} == set(found["problems"][0])
    assert any("nobodys" in each["text"] for each in found["problems"])


async def test_jobs_are_listed_page_by_page(shop: Shop, amal: Visitor) -> None:
    for _ in range(5):
        await shop.add(queue="long")
    first = await read(amal, "/jobs?q=queue:long&limit=3")
    second = await read(amal, f"/jobs?q=queue:long&limit=3&after={first['next_after']}")
    assert [len(first["jobs"]), len(second["jobs"]), second["next_after"]] == [3, 2, None]
    assert len({job["id"] for page in (first, second) for job in page["jobs"]}) == 5


async def test_a_job_is_told_whole_and_without_what_is_hidden(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.failed(args=b'{"name":"Amal","password":"s3cret"}', headers={"tenant": "north", "x-token": "t"})
    found = await read(amal, f"/jobs/{job_id}")
    assert found["args"] == {"name": "Amal", "password": "••••••"}
    assert found["headers"] == {"tenant": "north", "x-token": "••••••"}
    assert found["attempts"][0]["traceback"] == NO_PAPER.traceback
    assert found["job"]["fingerprint"] == NO_PAPER.fingerprint
    assert found["logs"] == []
    assert "s3cret" not in (await amal.get(f"{PREFIX}/jobs?q={job_id}")).text


async def test_what_a_job_logged_is_told_line_by_line(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.failed()
    await shop.logged(job_id, "the printer is warming up", missing=2)
    [log] = (await read(amal, f"/jobs/{job_id}"))["logs"]
    [line] = log.pop("lines")
    assert log == {"fence": 1, "attempt": 1, "host": HOST, "missing": 2}
    assert (line["level"], line["logger"], line["text"]) == ("WARNING", "shop.printing", "the printer is warming up")


@pytest.mark.parametrize("path", ["/errors", "/errors?span=90d", "/queues", "/hosts", "/workers", "/actions?limit=1"])
async def test_lists_are_told(amal: Visitor, path: str) -> None:
    assert len(await read(amal, path)) >= 1


async def test_a_job_is_enqueued(shop: Shop, amal: Visitor) -> None:
    body = {
        "name": "greet",
        "args": {"name": "Amal"},
        "queue": "vip",
        "priority": "high",
        "delay": "PT1H",
        "reason": "r",
    }
    answer = await send(amal, "/jobs", body)
    job = await shop.store.get(UUID(answer.json()["id"]))
    assert job is not None
    assert (job.queue, job.priority, job.run_at) == ("vip", Priority.HIGH, shop.clock.now() + HOUR)
    action = await last(shop)
    assert (action.by, action.via, action.verb, action.reason) == ("amal", "api", "enqueue", "r")


async def test_a_job_is_changed(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.failed()
    assert (await send(amal, f"/jobs/{job_id}", {"verb": "retry", "args": {"name": "Layla"}})).json() == {"done": True}
    job = await shop.store.get(job_id)
    assert job is not None
    assert (job.state, job.args) == (
        "waiting",
        '{"name":"Layla","times":1}' if "times" in job.args else '{"name":"Layla"}',
    )
    assert (await send(amal, f"/jobs/{job_id}", {"verb": "move", "value": "mail"})).json() == {"done": True}
    assert (await send(amal, f"/jobs/{job_id}", {"verb": "delete"})).json() == {"done": True}
    assert await state_of(shop, job_id) == "gone"


async def test_all_that_a_search_means_are_counted_then_changed(shop: Shop, amal: Visitor) -> None:
    for _ in range(30):
        await shop.failed(queue="long")
    body = {"q": "state:failed queue:long", "verb": "retry"}
    counted = {"count": 30, "is_count_whole": True}
    assert (await send(amal, "/jobs/change", {**body, "dry_run": True})).json() == {**counted, "is_begun": False}
    assert (await send(amal, "/jobs/change", body)).json() == {**counted, "is_begun": True}

    async def is_over() -> bool:
        return not await shop.app.actions.list(under_way=True)

    await until(is_over)
    assert (await shop.store.count(JobFilter(states=frozenset({JobState.FAILED}), queue="long"))).count == 0
    [action, *_] = await read(amal, "/actions")
    assert (action["q"], action["changed"], action["outcome"]) == ("state:failed queue:long", 30, "done")


async def test_queues_workers_and_errors_are_changed(shop: Shop, amal: Visitor) -> None:
    assert (await send(amal, "/queues/default", {"verb": "pause"})).json() == {"done": True}
    assert (await send(amal, "/queues/mail", {"verb": "limit", "limit": 2})).json() == {"done": True}
    assert [each["limit"] for each in await read(amal, "/queues") if each["name"] == "mail"] == [2]
    for wrong in ({"verb": "limit", "limit": 0}, {"verb": "limit"}, {"verb": "pause", "limit": 2}):
        assert (await send(amal, "/queues/mail", wrong)).status_code == 400
    assert [each["limit"] for each in await read(amal, "/queues") if each["name"] == "mail"] == [2]
    assert (await send(amal, "/queues/mail", {"verb": "limit", "limit": None})).json() == {"done": True}
    assert [each["limit"] for each in await read(amal, "/queues") if each["name"] == "mail"] == [None]
    assert (await send(amal, "/workers/cleanup", {"verb": "trigger"})).json() == {"done": True}
    assert (await send(amal, "/workers/nobody", {"verb": "trigger"})).json() == {"done": False}
    assert (await send(amal, f"/errors/{NO_PAPER.fingerprint}", {"verb": "ignored"})).json() == {"done": True}
    assert "default" in await shop.store.paused_queues()
    [report] = [each for each in await read(amal, "/errors") if each["fingerprint"] == NO_PAPER.fingerprint]
    assert (report["mark"], report["is_open"]) == ("ignored", False)
    assert (await send(amal, "/actions/01a21d58-21cb-7778-98a5-faefd02f4f8e/stop")).json() == {"done": False}


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/jobs", {"name": "gret"}, 400, "did you mean 'greet'"),
        ("/jobs", {"name": "greet", "args": {"name": 7}}, 400, "name"),
        ("/jobs", {"name": "greet", "colour": "red"}, 400, "unknown field `colour`"),
        ("/jobs", {}, 400, "missing required field `name`"),
        ("/jobs/change", {"q": "colour:red", "verb": "retry"}, 400, "is nothing to search by"),
        ("/jobs/change", {"q": "", "verb": "explode"}, 400, "cannot be done to jobs"),
        ("/jobs/change", {"q": "state:running", "verb": "retry"}, 400, "running jobs cannot be changed so"),
        ("/jobs/01a21d58-21cb-7778-98a5-faefd02f4f8e", {"verb": "retry"}, 404, "no such job"),
        ("/jobs/nonsense", {"verb": "retry"}, 404, "no such job"),
        ("/queues/default", {"verb": "explode"}, 400, "one of pause, resume, limit was expected"),
        ("/workers/cleanup", {"verb": "remove"}, 400, "was expected"),
        ("/errors/0000", {"verb": "resolved"}, 404, "no such error"),
        (f"/errors/{NO_PAPER.fingerprint}", {"verb": "forgotten"}, 400, "forgotten"),
        ("/actions/nonsense/stop", None, 400, "nonsense"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_the_reason(
    amal: Visitor, path: str, body: Any, status: int, said: str
) -> None:
    answer = await send(amal, path, body)
    assert answer.status_code == status
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["/jobs?limit=0", "/jobs?limit=many", "/jobs?limit=1001", "/jobs?after=x", "/actions?after=x"]
)
async def test_a_list_that_cannot_be_meant_is_refused(amal: Visitor, path: str) -> None:
    answer = await amal.get(PREFIX + path)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_only_json_is_taken(shop: Shop, amal: Visitor) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await amal.client.post(
            f"{PREFIX}/queues/default", content=b'{"verb":"pause"}', headers={"Content-Type": kind}
        )
        assert answer.status_code == 415
    broken = await amal.client.post(
        f"{PREFIX}/queues/default", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert "default" not in await shop.store.paused_queues()


async def test_a_page_of_another_site_cannot_use_it(shop: Shop, amal: Visitor) -> None:
    answer = await amal.client.post(
        f"{PREFIX}/queues/default", json={"verb": "pause"}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403
    assert "default" not in await shop.store.paused_queues()


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.method == "POST"], ids=lambda each: each.path)
async def test_who_may_only_look_changes_nothing(shop: Shop, endpoint: Any) -> None:
    before = await shop.app.actions.list()
    path = endpoint.path.replace("{id}", str(await shop.add())).replace("{name}", "default")
    path = path.replace("{fingerprint}", NO_PAPER.fingerprint)
    for who, options in ((Known(Principal("yusuf")), None), (ADMIN, DashboardOptions(is_read_only=True))):
        async with visiting(shop, who, options) as visitor:
            answer = await send(
                visitor, path.replace("{fingerprint}", NO_PAPER.fingerprint), {"verb": "retry", "q": ""}
            )
            assert answer.status_code == 403
            assert "role operate" in answer.json()["error"]
    assert await shop.app.actions.list() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
async def test_nobody_who_is_not_known_gets_an_answer(shop: Shop, endpoint: Any) -> None:
    async with visiting(shop, Known(None)) as stranger:
        answer = await stranger.client.request(endpoint.method, PREFIX + endpoint.path)
        assert answer.status_code == 403
        assert (await stranger.get(f"{PREFIX}/openapi.json")).status_code == 403


async def test_rights_on_queues_hold_here_as_well(shop: Shop) -> None:
    other = await shop.failed()
    async with visiting(shop, Known(Principal("yusuf", Role.ADMIN, frozenset({"reports"})))) as yusuf:
        assert {job["queue"] for job in (await read(yusuf, "/jobs"))["jobs"]} == {"reports"}
        assert {each["queue"] for each in await read(yusuf, "/errors")} <= {"reports"}
        assert (await yusuf.get(f"{PREFIX}/jobs/{other}")).status_code == 404
        assert (await send(yusuf, f"/jobs/{other}", {"verb": "retry"})).status_code == 404
        assert (await send(yusuf, "/queues/default", {"verb": "pause"})).status_code == 404
        assert (await send(yusuf, "/jobs", {"name": "greet", "queue": "default"})).status_code == 403
        assert (await send(yusuf, "/jobs/change", {"q": "queue:default", "verb": "delete"})).status_code == 400
    assert await state_of(shop, other) == "failed"


async def test_its_description_is_whole(amal: Visitor) -> None:
    found = await read(amal, "/openapi.json")
    assert found["openapi"].startswith("3.1")
    operations = [each for path in found["paths"].values() for each in path.values()]
    assert len(operations) == len(ENDPOINTS)
    assert len({each["operationId"] for each in operations}) == len(ENDPOINTS)
    assert all(each["summary"] for each in operations)
    known = set(found["components"]["schemas"])
    text = msgspec.json.encode(found).decode()
    for name in known:
        assert f"#/components/schemas/{name}" in text or name in text


async def test_a_host_is_told_what_is_wanted_of_it(shop: Shop, amal: Visitor) -> None:
    answer = await send(amal, f"/hosts/{HOST}", {"verb": "quiet", "reason": "ticket 12"})
    assert answer.json() == {"done": True}
    [host] = (await amal.get(f"{PREFIX}/hosts")).json()
    assert (host["command"], host["is_stopping"]) == ("quiet", True)
    assert (await send(amal, "/hosts/nobody-1-0000", {"verb": "stop"})).json() == {"done": False}
    assert (await send(amal, f"/hosts/{HOST}", {"verb": "jump"})).status_code == 400


async def test_a_store_that_is_away_is_told_of(shop: Shop, amal: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("the disk is gone")

    for verb in ("look", "paused_queues", "counts"):
        monkeypatch.setattr(shop.store, verb, away)
    answer = await amal.get(f"{PREFIX}/jobs")
    assert (answer.status_code, answer.json()["error"]) == (503, "the disk is gone")
    assert (await amal.get("/jobs")).status_code == 503
    assert (await amal.get("/metrics")).status_code == 503
    assert (await amal.get("/health/ready")).status_code == 503
    assert (await amal.get("/health/live")).status_code == 200


async def test_health_is_told_to_whoever_watches_the_process(shop: Shop) -> None:
    async with visiting(shop, Known(None)) as watcher:
        assert [(await watcher.get(f"/health/{kind}")).status_code for kind in ("live", "ready", "startup")] == [
            200
        ] * 3
        assert (await watcher.get("/health/secrets")).status_code in (403, 404)
    async with visiting(Shop(), Known(None)) as watcher:
        assert (await watcher.get("/health/ready")).status_code == 503


async def test_what_the_store_holds_is_told_to_prometheus(shop: Shop, amal: Visitor) -> None:
    answer = await amal.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'dawam_jobs{state="failed"} 3.0' in answer.text
    assert 'dawam_queue_paused{queue="mail"} 1.0' in answer.text
    assert "dawam_hosts_live 1.0" in answer.text
    for who, status in ((None, 403), (Principal("yusuf", Role.ADMIN, frozenset({"mail"})), 403)):
        async with visiting(shop, Known(who)) as other:
            assert (await other.get("/metrics")).status_code == status
