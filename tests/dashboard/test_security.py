"""What an attacker would try: pages of other sites, other paths, scripts in names, large bodies, many streams."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from dawam.dashboard import Dashboard, DashboardOptions
from dawam.dashboard.live import MOST_LISTENERS, Live
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter
from tests.dashboard.shop import HOSTILE, Shop, Visitor, visiting
from tests.support.applications import until

PAUSE = {"queue": "default", "verb": "pause"}


async def is_paused(shop: Shop) -> bool:
    return "default" in await shop.store.paused_queues()


async def test_every_answer_tells_the_browser_to_trust_nothing_else(amal: Visitor) -> None:
    for path in ("/", "/nowhere", "/jobs?q=bad:1", "/static/nothing.js"):
        headers = (await amal.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


async def test_a_form_without_the_token_of_this_browser_changes_nothing(shop: Shop, amal: Visitor) -> None:
    for token in ("", "guessed"):
        answer = await amal.client.post("/queues", data={"csrf_token": token, **PAUSE})
        assert answer.status_code == 403
    await amal.get("/queues")
    answer = await amal.client.post("/queues", data={"csrf_token": "guessed", **PAUSE})
    assert answer.status_code == 403
    assert not await is_paused(shop)


async def test_the_token_of_another_browser_is_no_token(shop: Shop, amal: Visitor) -> None:
    await amal.get("/queues")
    async with visiting(shop) as other:
        await other.get("/queues")
        stolen = amal.client.cookies["dawam_csrf"]
        answer = await other.client.post("/queues", data={"csrf_token": stolen, **PAUSE})
    assert answer.status_code == 403
    assert not await is_paused(shop)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:81"},
    ],
)  # fmt: skip
async def test_a_page_of_another_site_changes_nothing(shop: Shop, amal: Visitor, headers: dict[str, str]) -> None:
    answer = await amal.post("/queues", PAUSE, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert not await is_paused(shop)


async def test_a_page_of_our_own_may(shop: Shop, amal: Visitor) -> None:
    await amal.post("/queues", PAUSE, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"})
    assert await is_paused(shop)


async def test_cookies_are_of_this_site_only_and_not_for_scripts(shop: Shop) -> None:
    async with visiting(shop, options=DashboardOptions(is_secure=True)) as amal:
        cookie = (await amal.get("/")).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure"):
        assert part in cookie


@pytest.mark.parametrize(
    "path",
    [
        "/static/../dashboard.py", "/static/%2e%2e/dashboard.py", "/static/..%2fdashboard.py", "/static/dawam.css",
        "/static/LICENSES.txt", "/static//etc/passwd", "/static/%2fetc%2fpasswd",
    ],
)  # fmt: skip
async def test_nothing_but_the_assets_is_handed_out(amal: Visitor, path: str) -> None:
    answer = await amal.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


async def test_what_comes_from_jobs_is_text_and_never_markup(shop: Shop, amal: Visitor) -> None:
    jobs = (await shop.store.look(JobFilter(states=frozenset({JobState.FAILED})), 10)).jobs
    evil = next(job for job in jobs if job.name == HOSTILE)
    for path in (
        f"/jobs/{evil.id}",
        "/",
        "/jobs",
        "/errors",
        f"/errors/{evil.fingerprint}",
        f"/jobs?q={HOSTILE}",
        "/queues",
    ):
        text = await amal.page(path)
        assert "<script>document" not in text, path
        assert "<img src=x" not in text, path
    answer = await amal.get(f"/worker?name={HOSTILE}")
    assert "<script>document" not in answer.text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil.example", ""])
async def test_nobody_is_sent_to_another_site(amal: Visitor, back: str) -> None:
    answer = await amal.get("/language", params={"code": "ar", "back": back})
    assert answer.headers["location"] == "/"


async def test_a_body_that_says_that_it_is_too_large_is_not_read(amal: Visitor) -> None:
    answer = await amal.client.post("/queues", content=b"x" * 1_000_001)
    assert answer.status_code == 413


async def test_a_body_that_does_not_say_how_large_it_is_is_read_no_further(amal: Visitor) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    answer = await amal.client.post("/queues", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "٣"])
async def test_a_length_that_is_no_number_is_refused(shop: Shop, length: str) -> None:
    async with visiting(shop) as amal:
        headers = [(b"content-length", length.encode())]
        answer = await amal.client.post("/queues", headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/jobs?q=a%00b", "/worker?name=%00", "/errors/%00", "/api/v1/jobs?q=%00"])
async def test_a_nul_in_an_address_is_refused(amal: Visitor, path: str) -> None:
    assert (await amal.get(path)).status_code == 400


async def test_a_nul_in_a_form_is_left_out(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.add()
    answer = await amal.post(f"/jobs/{job_id}", {"verb": "cancel", "reason": "a\0%00b"})
    assert answer.status_code == 303
    [action] = await shop.app.actions.list(max_result_count=1)
    assert action.reason == "a%00b"


async def test_a_nul_in_a_body_is_refused(shop: Shop, amal: Visitor) -> None:
    answer = await amal.client.post("/api/v1/jobs/change", json={"q": "name:a\0b", "verb": "retry"})
    assert answer.status_code == 400


async def test_a_form_of_very_many_fields_is_refused(amal: Visitor) -> None:
    await amal.get("/queues")
    answer = await amal.client.post("/queues", content="&".join(f"a{n}=1" for n in range(20_000)))
    assert answer.status_code == 413


def test_too_many_streams_are_refused_and_the_others_go_on() -> None:
    live = Live()
    answers = [live.serve() for _ in range(MOST_LISTENERS + 1)]
    assert [answer.status_code for answer in answers] == [200] * MOST_LISTENERS + [503]
    answers.pop(0)
    assert live.serve().status_code == 200, "one has gone, so that there is room again"
    live.close()
    assert live.serve().status_code == 503


async def test_a_stream_tells_of_a_change_and_ends_when_the_dashboard_does(shop: Shop) -> None:
    dashboard = Dashboard(shop.app)
    sent: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        sent.append(body)

    async def receive() -> dict[str, object]:
        await asyncio.get_running_loop().create_future()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": "/live", "raw_path": b"/live", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}, "scheme": "http",
        "server": ("localhost", 80), "http_version": "1.1",
    }  # fmt: skip
    serving = asyncio.create_task(dashboard(scope, receive, send))  # type: ignore[arg-type]
    await until(lambda: any(b"event: change" in part for part in sent))
    await dashboard.close()
    async with asyncio.timeout(5):
        await serving


async def test_an_unknown_method_is_refused(amal: Visitor) -> None:
    answer: httpx2.Response = await amal.client.request("DELETE", "/jobs")
    assert answer.status_code == 405
