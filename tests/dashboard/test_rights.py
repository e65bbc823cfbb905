"""Who may see what, and do what: denied unless somebody is known, and has the role for it."""

import base64
from datetime import UTC, datetime

import pytest

from dawam.dashboard import Account, AnyOf, Authenticate, BasicAuth, BearerAuth, DashboardOptions, Principal, Role
from dawam.ids import new_id
from dawam.jobs.state import JobState
from dawam.stores.actions import Action
from dawam.stores.values import JobFilter
from tests.dashboard.shop import ADMIN, NO_PAPER, Known, Shop, visiting

ACCOUNTS = {
    "amal": Account("secret", Role.OPERATE),
    "yusuf": Account("other", queues=("reports",)),
    "nobody": Account(""),
}
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BASIC = BasicAuth(ACCOUNTS)
BEARER = BearerAuth({"ci": Account("a long token")})


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


async def test_this_very_machine_is_let_in_where_nobody_said_who_is(shop: Shop) -> None:
    async with visiting(shop, None) as local:
        assert "local" in await local.page("/")


@pytest.mark.parametrize(
    ("host", "client", "headers"),
    [
        ("localhost", "192.0.2.7", {}),
        ("localhost", "testclient", {}),
        ("localhost", "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("localhost", "127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
        ("shop.example", "127.0.0.1", {}),
    ],
)
async def test_nobody_else_is_let_in_then(shop: Shop, host: str, client: str, headers: dict[str, str]) -> None:
    async with visiting(shop, None, host=host, client=(client, 4711)) as stranger:
        for path in ("/", "/jobs", "/live", "/nowhere"):
            answer = await stranger.get(path, headers=headers)
            assert answer.status_code == 403
            assert "say who may look from elsewhere" in answer.text


async def test_a_browser_is_asked_for_a_name_and_a_password(shop: Shop) -> None:
    async with visiting(shop, BASIC) as visitor:
        answer = await visitor.get("/")
        assert (answer.status_code, answer.headers["www-authenticate"].split()[0]) == (401, "Basic")
        assert "amal" in await visitor.page("/", headers=basic("amal", "secret"))


@pytest.mark.parametrize(
    "headers",
    [
        basic("amal", "wrong"), basic("nobody", ""), basic("stranger", ""), {"Authorization": "Basic !"},
        {"Authorization": "Basic"}, {"Authorization": "Bearer secret"}, {"Authorization": "Basic 4pyT4g=="},
    ],
)  # fmt: skip
async def test_a_wrong_password_lets_nobody_in(shop: Shop, headers: dict[str, str]) -> None:
    async with visiting(shop, BASIC) as visitor:
        assert (await visitor.get("/", headers=headers)).status_code == 401


async def test_a_program_comes_with_a_token(shop: Shop) -> None:
    async with visiting(shop, AnyOf(BASIC, BEARER)) as visitor:
        assert "ci" in await visitor.page("/", headers={"Authorization": "Bearer a long token"})
        for token in ("another", ""):
            assert (await visitor.get("/", headers={"Authorization": f"Bearer {token}"})).status_code == 401


FORMS = [
    ("/jobs/change", {"scope": "all", "verb": "retry", "q": "state:failed"}),
    ("/jobs/new", {"name": "greet", "args": '{"name": "a"}'}),
    ("/queues", {"queue": "default", "verb": "pause"}),
    ("/workers", {"name": "cleanup", "verb": "trigger"}),
    (f"/errors/{NO_PAPER.fingerprint}", {"mark": "ignored"}),
    ("/audit", {"id": "01a21d58-21cb-7778-98a5-faefd02f4f8e"}),
]


@pytest.mark.parametrize(("path", "fields"), FORMS)
async def test_who_may_only_look_changes_nothing_and_is_offered_nothing(
    shop: Shop, path: str, fields: dict[str, str]
) -> None:
    before = await shop.app.actions.list()
    async with visiting(shop, Known(Principal("yusuf"))) as yusuf:
        answer = await yusuf.post(path, fields)
        assert answer.status_code == 403
        for page in (
            "/jobs",
            "/queues",
            "/workers",
            "/audit",
            f"/errors/{NO_PAPER.fingerprint}",
            "/worker?name=cleanup",
        ):
            assert 'method="post"' not in await yusuf.page(page)
        assert (await yusuf.get("/jobs/new")).status_code == 403
    assert await shop.app.actions.list() == before


@pytest.mark.parametrize(("path", "fields"), FORMS)
async def test_nobody_changes_anything_where_it_is_for_reading_only(
    shop: Shop, path: str, fields: dict[str, str]
) -> None:
    async with visiting(shop, ADMIN, DashboardOptions(is_read_only=True)) as amal:
        assert (await amal.post(path, fields)).status_code == 403
        assert "read only" in await amal.page("/")


async def test_only_an_administrator_deletes(shop: Shop) -> None:
    job_id = await shop.failed()
    async with visiting(shop, Known(Principal("layla", Role.OPERATE))) as layla:
        for path, fields in (
            (f"/jobs/{job_id}", {"verb": "delete"}),
            ("/jobs/change", {"scope": "all", "verb": "delete", "q": "state:failed", "confirmed": "yes"}),
            ("/workers", {"name": "cleanup", "verb": "remove"}),
        ):
            assert (await layla.post(path, fields)).status_code == 403
        assert 'value="delete"' not in await layla.page("/jobs")
    async with visiting(shop) as amal:
        answer = await amal.post(f"/jobs/{job_id}", {"verb": "delete"})
        assert answer.headers["location"] == "/jobs"
    assert await shop.store.get(job_id) is None


@pytest.fixture
def of_reports() -> Authenticate:
    return Known(Principal("yusuf", Role.ADMIN, frozenset({"reports"})))


async def test_whose_right_is_for_some_queues_sees_no_others(shop: Shop, of_reports: Authenticate) -> None:
    [other, *_] = (await shop.store.look(JobFilter(queue="default", states=frozenset({JobState.FAILED})), 1)).jobs
    [own, *_] = (await shop.store.look(JobFilter(queue="reports", states=frozenset({JobState.FAILED})), 1)).jobs
    async with visiting(shop, of_reports) as yusuf:
        assert str(own.id) in await yusuf.page("/jobs")
        assert str(other.id) not in await yusuf.page("/jobs")
        assert "queue:default is not yours to see" in await yusuf.page("/jobs?q=queue:default")
        assert (await yusuf.get(f"/jobs/{other.id}")).status_code == 404
        assert await yusuf.page(f"/jobs/{own.id}")
        assert other.name not in await yusuf.page("/queues")
        for page in ("/", "/hosts", "/errors", "/queues", "/audit"):
            assert str(other.id) not in await yusuf.page(page), page


async def test_whose_right_is_for_some_queues_changes_no_others(shop: Shop, of_reports: Authenticate) -> None:
    other = await shop.failed()
    async with visiting(shop, of_reports) as yusuf:
        await yusuf.post("/jobs/change", {"scope": "selected", "verb": "retry", "id": str(other)}, of="/jobs")
        assert (await yusuf.post(f"/jobs/{other}", {"verb": "retry"})).status_code == 404
        assert (await yusuf.post("/queues", {"queue": "default", "verb": "pause"})).status_code == 404
        fields = {"name": "greet", "args": '{"name":"a"}', "queue": "default"}
        assert (await yusuf.post("/jobs/new", fields)).status_code == 400
        own = await shop.failed(queue="reports", name="report", args=b'{"day":"friday"}')
        moved = {"verb": "move", "value": "default"}
        await yusuf.post(f"/jobs/{own}", {"verb": "retry"})
        assert (await yusuf.post(f"/jobs/{own}", moved)).status_code == 403
    job = await shop.store.get(other)
    assert job is not None
    assert job.state == "failed"


async def test_whose_right_is_for_some_queues_enqueues_into_no_others(shop: Shop, of_reports: Authenticate) -> None:
    count = await shop.app.inspector.count(JobFilter())
    async with visiting(shop, of_reports) as yusuf:
        for fields in ({"name": "greet"}, {"name": "greet", "queue": "default"}):
            answer = await yusuf.post("/jobs/new", {"args": '{"name":"a"}', **fields})
            assert answer.status_code == 400
        assert (await yusuf.post("/jobs/new", {"name": "report", "args": '{"day":"a"}'})).status_code == 303
        assert (
            await yusuf.client.post("/api/v1/jobs", json={"name": "greet", "args": {"name": "a"}})
        ).status_code == 403
    assert await shop.app.inspector.count(JobFilter()) == count + 1


async def test_whose_right_is_for_some_queues_leaves_workers_and_what_others_do_alone(
    shop: Shop, of_reports: Authenticate
) -> None:
    action = Action(id=new_id(), by="amal", via="api", verb="retry", subject="", asked_at=NOW, told_at=NOW)
    await shop.store.begin_action(action)
    async with visiting(shop, of_reports) as yusuf:
        assert (await yusuf.post("/workers", {"name": "cleanup", "verb": "trigger"})).status_code == 403
        answer = await yusuf.client.post("/api/v1/workers/cleanup", json={"verb": "trigger"})
        assert answer.status_code == 403
        await yusuf.post("/audit", {"id": str(action.id)}, of="/jobs")
        stopped = await yusuf.client.post(f"/api/v1/actions/{action.id}/stop")
        assert stopped.json() == {"done": False}
    found = await shop.store.action(action.id)
    assert found is not None
    assert not found.is_stopping


async def test_a_part_of_an_id_tells_nothing_of_jobs_that_are_not_theirs(shop: Shop, of_reports: Authenticate) -> None:
    other = await shop.failed()
    async with visiting(shop, of_reports) as yusuf:
        assert "No job is found." in await yusuf.page(f"/jobs?q={other}")


async def test_a_principal_without_a_queue_sees_no_job(shop: Shop) -> None:
    async with visiting(shop, Known(Principal("nobody", Role.VIEW, frozenset()))) as nobody:
        assert "no queue is yours to see" in await nobody.page("/jobs")


async def test_who_may_look_is_asked_for_every_address(shop: Shop) -> None:
    async with visiting(shop, Known(None)) as stranger:
        for path in (
            "/",
            "/jobs",
            "/jobs/new",
            "/errors",
            "/queues",
            "/workers",
            "/worker",
            "/hosts",
            "/store",
            "/audit",
        ):
            assert (await stranger.get(path)).status_code == 403
        for path, fields in FORMS:
            assert (await stranger.client.post(path, data=fields)).status_code == 403


async def test_an_error_whose_newest_job_is_of_another_queue_is_not_told_with_ones_own(shop: Shop) -> None:
    """It was seen in both queues, last in `reports`."""
    async with visiting(shop, Known(Principal("yusuf", Role.VIEW, frozenset({"default"})))) as yusuf:
        for path in ("/queue?name=default", "/name?name=greet&queue=default"):
            assert "out of paper" not in await yusuf.page(path)
        for path in ("/queue?name=reports", "/name?name=report&queue=reports"):
            assert (await yusuf.get(path)).status_code == 404
