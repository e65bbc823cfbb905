"""Every page shows what there is, in both languages, and says what is missing."""

import re

import pytest

from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter
from tests.dashboard.shop import HOST, HOUR, NO_PAPER, SECOND, Shop, Visitor, visiting

PAGES = (
    "/", "/?span=90d", "/jobs", "/jobs?q=state:failed", "/jobs?q=state:waiting%20due:yes", "/jobs/new", "/errors",
    "/errors?mark=all&span=7d", f"/errors/{NO_PAPER.fingerprint}", "/queues",
    "/queue?name=default", "/names", "/name?name=greet&queue=default", "/workers", "/worker?name=cleanup",
    "/hosts", "/store", "/store?measure=yes", "/audit",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_there_in_both_languages(amal: Visitor, path: str, language: str) -> None:
    text = await amal.page(path, headers={"Accept-Language": language})
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in text
    assert "<script>document.title" not in text
    assert "<img src=x" not in text


async def test_every_job_has_a_page(shop: Shop, amal: Visitor) -> None:
    for job in (await shop.store.look(JobFilter(), 100)).jobs:
        assert str(job.id) in await amal.page(f"/jobs/{job.id}")


async def test_the_overview_says_what_is_wrong_and_how_to_mend_it(shop: Shop, amal: Visitor) -> None:
    await shop.add(queue="nobodys")
    text = await amal.page("/")
    assert "wait in the queue nobodys, which no live host serves" in text
    assert "dawam run --queues nobodys" in text


async def test_the_overview_of_a_shop_without_troubles_says_so() -> None:
    async with Shop().open() as shop, visiting(shop) as amal:
        await shop.live()
        assert "All is well." in await amal.page("/")


async def test_it_is_two_clicks_from_the_overview_to_a_traceback(amal: Visitor) -> None:
    [path] = re.findall(rf'href="(/errors/{NO_PAPER.fingerprint})"', await amal.page("/"))
    assert NO_PAPER.traceback in await amal.page(path)


async def test_jobs_are_searched_by_what_is_typed(shop: Shop, amal: Visitor) -> None:
    [report] = (await shop.store.look(JobFilter(states=frozenset({JobState.FAILED}), queue="reports"), 10)).jobs
    text = await amal.page("/jobs?q=state:failed args:day=monday")
    assert str(report.id) in text
    assert text.count('name="id"') == 1
    assert "No job is found." in await amal.page("/jobs?q=args:day=tuesday")


async def test_a_part_of_an_id_finds_its_job(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.add()
    answer = await amal.get(f"/jobs?q={str(job_id)[-12:]}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job_id}")


@pytest.mark.parametrize(
    ("q", "complaint"),
    [
        ("colour:red", "colour: is nothing to search by: one of id, state, queue"),
        ("state:broken", "state:broken is no state of a job"),
        ("took:60", "took:60:"),
        ("created-after:yesterday", "yesterday is no moment"),
        ("args:customer", "args:customer says no value"),
        ("id:xyz", "is no part of a job id"),
    ],
)
async def test_what_cannot_be_meant_is_said_and_what_was_typed_stays(amal: Visitor, q: str, complaint: str) -> None:
    text = await amal.page(f"/jobs?q={q}")
    assert complaint in text
    assert f'value="{q}"' in text


async def test_a_long_list_has_pages(shop: Shop, amal: Visitor) -> None:
    for _ in range(120):
        await shop.add(queue="long")
    seen, path = set[str](), "/jobs?q=queue:long"
    for _ in range(3):
        text = await amal.page(path)
        seen |= set(re.findall(r'name="id" value="([^"]+)"', text))
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert len(seen) == 120
    assert path == ""


async def test_a_job_shows_its_whole_story(shop: Shop, amal: Visitor) -> None:
    [job] = (await shop.store.look(JobFilter(states=frozenset({JobState.FAILED}), queue="reports"), 10)).jobs
    text = await amal.page(f"/jobs/{job.id}")
    for part in (
        NO_PAPER.traceback,
        "attempt 1 failed",
        HOST,
        "&#34;day&#34;: &#34;monday&#34;",
        "All jobs with this error",
        "the last 2 lines",
        "the printer is warming up",
        "is printed",
    ):
        assert part in text


async def test_fields_that_are_hidden_are_not_shown(shop: Shop, amal: Visitor) -> None:
    [job, *_] = (await shop.store.look(JobFilter(states=frozenset({JobState.SUCCEEDED})), 10)).jobs
    text = await amal.page(f"/jobs/{job.id}")
    assert "Amal" in text
    assert "s3cret" not in text
    assert "t0p" not in text
    assert "password is hidden" in await amal.page("/jobs?q=args:password=s3cret")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/nowhere", "There is nothing here."),
        ("/jobs/01a21d58-21cb-7778-98a5-faefd02f4f8e", "There is no such job"),
        ("/jobs/nonsense", "There is no such job"),
        ("/errors/0000000000000000", "There is no such error"),
        ("/worker?name=nobody", "There is no such worker"),
        ("/worker", "There is no such worker"),
        ("/name?name=greet", "There is no such job name."),
        ("/queue", "There is no such queue."),
        ("/audit?after=nonsense", "nonsense"),
    ],
)
async def test_what_is_not_there_is_said(amal: Visitor, path: str, text: str) -> None:
    answer = await amal.get(path)
    assert answer.status_code == 404
    assert text in answer.text


async def test_each_name_and_each_queue_is_told_over_time(amal: Visitor) -> None:
    assert "/name?name=greet&amp;queue=default&amp;span=1h" in await amal.page("/names")
    page = await amal.page("/name?name=greet&queue=default")
    assert page.count("data-chart") == 3
    assert "/jobs?q=queue%3Adefault+name%3Agreet" in page
    assert "out of paper" in page
    assert "out of paper" not in await amal.page("/name?name=report&queue=reports")
    assert (await amal.page("/queue?name=default&span=7d")).count("data-chart") == 4


async def test_a_machine_whose_clock_differs_from_the_store_is_told_so(amal: Visitor) -> None:
    assert "the clock of this machine differs by" in await amal.page("/store"), "the shop's clock is of January"


async def test_a_page_says_how_long_the_server_took(amal: Visitor) -> None:
    assert re.fullmatch(r"page;dur=\d+\.\d", (await amal.get("/jobs")).headers["Server-Timing"])


async def test_a_search_that_cannot_be_meant_is_complained_of(amal: Visitor) -> None:
    for path, text in (
        ("/jobs?after=nonsense", "is no place in a list"),
        ("/jobs?after=nowhere.1.2.3.01a21d5821cb777898a5faefd02f4f8e", "is no place in a list"),
        ("/jobs?q=shape:round", "shape: is nothing to search by"),
    ):
        assert text in await amal.page(path)


async def test_a_search_that_has_found_nothing_yet_says_so_and_goes_on(shop: Shop, amal: Visitor) -> None:
    now = shop.clock.now()
    await shop.store.add(
        [
            NewJob(
                id=new_id(), name="greet", queue="many", priority=Priority.NORMAL, args=b"{}", created_at=now,
                run_at=now, tags=("last",) if number == 25_000 else (),
            )
            for number in range(25_001)
        ]
    )  # fmt: skip
    page, pages = await amal.page("/jobs?q=tag:last"), 1
    while "data-look-further" in page:
        assert "No job is found among those that were looked at, and there are more." in page
        [path] = re.findall(r'rel="next" href="([^"]+)"', page)
        page, pages = await amal.page(path.replace("&amp;", "&")), pages + 1
    assert pages == 3
    assert page.count("<td><a ") == 1


async def test_a_language_that_was_chosen_is_remembered(amal: Visitor) -> None:
    answer = await amal.get("/language?code=ar&back=/jobs?q=state:failed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?q=state:failed")
    assert 'lang="ar"' in await amal.page("/jobs")


async def test_an_application_that_is_not_open_is_told_of() -> None:
    shop = Shop()
    async with visiting(shop) as amal:
        answer = await amal.get("/jobs")
    assert answer.status_code == 503
    assert "not open" in answer.text


async def test_moments_are_told_by_the_time_of_the_store(shop: Shop, amal: Visitor) -> None:
    job_id = await shop.add(run_at=shop.clock.now() + HOUR)
    shop.clock.advance(30 * SECOND)
    text = await amal.page(f"/jobs/{job_id}")
    assert ">in 59 min</time>" in text
    assert ">30 s ago</time>" in text


async def test_every_asset_of_a_page_is_there_and_kept_for_long(amal: Visitor) -> None:
    names = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', await amal.page("/")))
    assert len(names) >= 6
    for name in names:
        answer = await amal.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
