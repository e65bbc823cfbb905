"""Every page in a real browser: in both languages, at three widths, light and dark; and what people do there."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from dawam.jobs.record import JobInfo
from dawam.jobs.state import JobState
from dawam.stores.values import HostCommand, JobFilter
from tests.dashboard.serving import ServedShop, browser, served
from tests.dashboard.shop import HOUR, NO_PAPER, Shop

WIDTHS = (360, 800, 1280)
PAGES = (
    "/", "/jobs", "/jobs?q=state:failed", "/jobs?q=colour:red", "/jobs/new", "job:failed", "job:waiting", "/errors",
    f"/errors/{NO_PAPER.fingerprint}", "/queues", "/names",
    "/queue?name=default", "/workers", "/worker?name=cleanup", "/hosts", "/store", "/audit",
    "/nowhere",
)  # fmt: skip
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def stocked() -> Iterator[ServedShop]:
    """One that is only looked at."""
    with served() as shop:
        yield shop


@pytest.fixture
def shop() -> Iterator[ServedShop]:
    """One that may be changed."""
    with served() as shop:
        yield shop


class Complaints:
    """What the browser says of pages: a violation of the policy, a script that fails, something that is not there."""

    def __init__(self, context: BrowserContext) -> None:
        self.said: list[str] = []
        context.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.said.append(str(error.error)))

    def but(self, *expected: str) -> list[str]:
        return [text for text in self.said if not any(each in text for each in expected)]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en", reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def complaints(context: BrowserContext) -> Complaints:
    return Complaints(context)


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Page:
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def barriers(page: Page) -> list[str]:
    """What keeps somebody out, as axe sees it."""
    return [
        f"{each['id']} ({each['help']}): {node['target']} {node['html'][:80]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@contextmanager
def hearing(page: Page) -> Iterator[None]:
    """Waits until the page has heard of what is changed in the block."""
    page.evaluate("window.heard = new Promise((done) => htmx.find('#live').addEventListener('change', done))")
    yield
    page.evaluate("window.heard.then(() => true)")


def a_job(shop: ServedShop, state: JobState) -> UUID:
    async def find(shop: Shop) -> list[JobInfo]:
        return (await shop.store.look(JobFilter(states=frozenset({state})), 1)).jobs

    return shop.do(find)[0].id


def address(shop: ServedShop, path: str) -> str:
    kind, _, state = path.partition(":")
    return shop.url + (f"/jobs/{a_job(shop, JobState(state))}" if kind == "job" else path)


def state_of(shop: ServedShop, job_id: UUID) -> str:
    async def find(shop: Shop) -> JobInfo | None:
        return await shop.store.get(job_id)

    job = shop.do(find)
    return "gone" if job is None else job.state


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_at_three_widths_and_open_to_everybody(
    stocked: ServedShop, context: BrowserContext, complaints: Complaints, page: Page, path: str, language: str
) -> None:
    context.add_cookies([{"name": "dawam_language", "value": language, "url": stocked.url}])
    page.goto(address(stocked, path))
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"at a width of {width} something is {beyond} pixels too wide"
    for scheme in ("light", "dark") if language == "en" else ("dark",):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert barriers(page) == []
    assert complaints.but("404 (Not Found)" if path == "/nowhere" else "\0") == []


def test_a_page_changes_when_the_shop_does_and_stands_still_when_paused(
    shop: ServedShop, page: Page, complaints: Complaints
) -> None:
    with page.expect_response("**/live"):
        page.goto(f"{shop.url}/jobs?q=queue:long")
    expect(page.get_by_text("No job is found.")).to_be_visible()
    shop.do(lambda each: each.add(queue="long"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Live").click()
    with hearing(page):
        shop.do(lambda each: each.add(queue="long"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Paused").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert complaints.said == []


def test_a_page_that_takes_the_server_long_is_asked_for_rarely(shop: ServedShop, page: Page) -> None:
    asked: list[str] = []

    def slowly(route: Route) -> None:
        answer = route.fetch()
        asked.append(route.request.url)
        route.fulfill(response=answer, headers={**answer.headers, "server-timing": "page;dur=200.0"})

    page.goto(f"{shop.url}/jobs")
    page.route("**/jobs", slowly)
    change = "htmx.trigger(document.getElementById('live'), 'change')"
    with page.expect_response("**/jobs"):
        page.evaluate(change)
    expect(page.locator("main.htmx-request")).to_have_count(0)
    for _ in range(3):
        page.evaluate(change)
    page.get_by_role("button", name="Live").click()
    with page.expect_response("**/jobs"):
        page.get_by_role("button", name="Paused").click()
    assert len(asked) == 2


def test_a_search_is_kept_found_again_and_forgotten(shop: ServedShop, page: Page, complaints: Complaints) -> None:
    page.goto(f"{shop.url}/jobs?q=state:failed+tag:%3Cb%3E")
    page.get_by_role("button", name="Keep this search").click()
    page.goto(f"{shop.url}/jobs")
    kept = page.get_by_role("list", name="Searches that were kept")
    kept.get_by_role("link", name="state:failed tag:<b>").click()
    expect(page.locator("#q")).to_have_value("state:failed tag:<b>")
    kept.get_by_role("button", name="Forget").click()
    expect(kept.get_by_role("link")).to_have_count(0)
    assert complaints.said == []


def test_what_is_being_typed_is_not_swept_away(shop: ServedShop, page: Page) -> None:
    job_id = shop.do(lambda each: each.failed())
    page.goto(f"{shop.url}/jobs/{job_id}")
    page.get_by_text("Edit the args and retry").click()
    page.locator("textarea").fill('{"name": "Layla"}')
    with hearing(page):
        shop.do(lambda each: each.add())
    expect(page.locator("textarea")).to_have_value('{"name": "Layla"}')


@pytest.mark.parametrize(("language", "retry"), [("en", "Retry"), ("ar", "إعادة المحاولة")])
def test_from_the_overview_to_a_traceback_and_a_retry(
    shop: ServedShop, context: BrowserContext, page: Page, complaints: Complaints, language: str, retry: str
) -> None:
    job_id = shop.do(lambda each: each.failed())
    context.add_cookies([{"name": "dawam_language", "value": language, "url": shop.url}])
    page.goto(shop.url)
    page.get_by_role("link", name="OSError").first.click()
    expect(page.get_by_text(NO_PAPER.traceback)).to_be_visible()
    page.locator(f"a[href='/jobs/{job_id}']").first.click()
    page.get_by_role("button", name=retry, exact=True).click()
    expect(page.locator("h1 + .badge.waiting")).to_be_visible()
    assert state_of(shop, job_id) == "waiting"
    assert complaints.said == []


@pytest.mark.parametrize(
    ("language", "everything", "confirm"),
    [("en", "all that are found", "Yes, go on"), ("ar", "كل ما عُثر عليه", "نعم، نفّذ")],
)
def test_all_that_are_found_are_cancelled_after_a_question(
    shop: ServedShop, context: BrowserContext, page: Page, language: str, everything: str, confirm: str
) -> None:
    async def many(shop: Shop) -> list[UUID]:
        return [await shop.add(queue="long") for _ in range(60)]

    jobs = shop.do(many)
    context.add_cookies([{"name": "dawam_language", "value": language, "url": shop.url}])
    page.goto(f"{shop.url}/jobs?q=queue:long")
    page.locator("select[name=scope]").select_option(label=everything)
    page.locator("select[name=verb]").select_option("cancel")
    page.locator("input[name=reason]").fill("ticket 12")
    page.locator("#change button").click()
    expect(page.locator(".large")).to_contain_text("60")
    page.get_by_role("button", name=confirm).click()
    expect(page.locator("main")).to_contain_text("ticket 12")
    assert {state_of(shop, job) for job in jobs} == {"cancelled"}


def test_marked_jobs_are_retried(shop: ServedShop, page: Page) -> None:
    job_id = shop.do(lambda each: each.failed(queue="long"))
    page.goto(f"{shop.url}/jobs?q=queue:long")
    page.get_by_label("Mark all jobs of this page").check()
    page.locator("#change button").click()
    expect(page.locator("tbody .badge.waiting")).to_be_visible()
    assert state_of(shop, job_id) == "waiting"


def test_a_queue_is_paused_and_a_worker_triggered(shop: ServedShop, page: Page) -> None:
    shop.do(lambda each: each.add(queue="long"))
    page.goto(f"{shop.url}/queues")
    row = page.get_by_role("row").filter(has_text="long")
    row.get_by_role("button", name="Pause").click()
    expect(row.get_by_role("button", name="Resume")).to_be_visible()
    page.goto(f"{shop.url}/workers")
    page.get_by_role("row").filter(has_text="cleanup").get_by_role("button", name="Run now").click()
    [worker] = shop.do(lambda each: each.store.worker("cleanup"))
    assert worker.is_triggered


def test_a_job_is_put_off_and_deleted(shop: ServedShop, page: Page) -> None:
    job_id = shop.do(lambda each: each.add(run_at=each.clock.now() + HOUR, queue="long"))
    page.goto(f"{shop.url}/jobs/{job_id}")
    page.get_by_placeholder("10m").fill("3h")
    page.get_by_role("button", name="Reschedule").click()
    expect(page.locator(".timeline .waiting time")).to_have_text("in 3 h")
    page.locator("summary.danger").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page).to_have_url(f"{shop.url}/jobs")
    assert state_of(shop, job_id) == "gone"


def test_keys_lead_to_pages_and_to_the_search(stocked: ServedShop, page: Page) -> None:
    page.goto(stocked.url)
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{stocked.url}/jobs")
    page.keyboard.press("/")
    page.keyboard.type("state:failed")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stocked.url}/jobs?q=state%3Afailed")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_theme_and_the_language_that_were_chosen_stay(stocked: ServedShop, page: Page) -> None:
    page.goto(stocked.url)
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_charts_are_drawn(stocked: ServedShop, page: Page) -> None:
    page.goto(stocked.url)
    expect(page.locator("figure.chart canvas")).to_have_count(4)


def test_without_scripts_pages_are_read_and_forms_are_sent(shop: ServedShop, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    job_id = shop.do(lambda each: each.failed(queue="long"))
    page.goto(shop.url)
    expect(page.locator("figure.chart svg")).to_have_count(4)
    expect(page.locator("#pause")).to_be_hidden()
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.locator("#q").fill("queue:long")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="greet").click()
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator("h1 + .badge.waiting")).to_be_visible()
    assert state_of(shop, job_id) == "waiting"
    context.close()


@pytest.mark.parametrize(("language", "stop", "confirm"), [("en", "Stop", "Stop it"), ("ar", "إيقاف", "أوقفه")])
def test_a_host_is_stopped_after_a_question(
    shop: ServedShop, context: BrowserContext, page: Page, language: str, stop: str, confirm: str
) -> None:
    context.add_cookies([{"name": "dawam_language", "value": language, "url": shop.url}])
    page.goto(f"{shop.url}/hosts")
    page.locator("summary.danger").click()
    page.locator("input[name=reason]").fill("ticket 12")
    page.get_by_role("button", name=confirm).click()
    expect(page.locator(".host .badge.waiting").first).to_be_visible()
    (host,) = shop.do(lambda each: each.store.hosts())
    assert host.command is HostCommand.STOP


def test_what_somebody_opened_stays_open_when_the_page_comes_anew(shop: ServedShop, page: Page) -> None:
    async def talkative(shop: Shop) -> UUID:
        job_id = await shop.failed()
        await shop.logged(job_id, "warming up")
        return job_id

    job_id = shop.do(talkative)
    page.goto(f"{shop.url}/jobs/{job_id}")
    log, edit = page.locator("#log-1"), page.locator("#edit")
    log.locator("summary").click()
    edit.locator("summary").click()
    shop.do(lambda each: each.store.retry(job_id))
    expect(page.locator("h1 + .badge.waiting")).to_be_visible()
    assert [log.get_attribute("open"), edit.get_attribute("open")] == [None, ""]


def test_whoever_chooses_a_name_gets_its_args_to_begin_with_and_keeps_what_was_typed(
    shop: ServedShop, page: Page
) -> None:
    page.goto(f"{shop.url}/jobs/new")
    name, args = page.locator("input[name=name]"), page.locator("textarea[name=args]")
    name.fill("report")
    name.blur()
    expect(args).to_have_value('{\n  "day": ""\n}')
    args.fill('{"day": "monday"}')
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    name.fill("greet")
    name.blur()
    page.evaluate("1")  # what was asked for has been told by now
    assert not [url for url in asked if "/jobs/new" in url]
    expect(args).to_have_value('{"day": "monday"}')


def test_what_was_typed_stays_when_a_wrong_name_is_mended(shop: ServedShop, page: Page) -> None:
    page.goto(f"{shop.url}/jobs/new")
    name, args = page.locator("input[name=name]"), page.locator("textarea[name=args]")
    args.fill('{"day": "monday"}')
    name.fill("reprot")
    page.locator("form.sheet button").click()
    expect(page.locator(".complaint")).to_be_visible()
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    name.fill("report")
    name.blur()
    page.evaluate("1")
    assert asked == []
    expect(args).to_have_value('{"day": "monday"}')
