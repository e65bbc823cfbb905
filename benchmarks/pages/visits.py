"""Asks for each page often, and tells how long the dashboard took to answer."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import httpx2

from benchmarks.pages.crowd import ERRORS, NAMES, RARE
from dawam import App
from dawam.dashboard import Dashboard
from dawam.dashboard.access import Principal, Role
from dawam.desk import Desk
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter


@dataclass(frozen=True, slots=True)
class Visited:
    """One page, and how long it took, in milliseconds."""

    title: str
    median: float
    p95: float
    longest: float


async def visit_all(app: App, times: int) -> AsyncIterator[Visited]:
    """Every page, each asked for so often."""
    transport = httpx2.ASGITransport(app=Dashboard(app, authenticate=_known), client=("127.0.0.1", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=600) as http:
        for title, path in (await _pages(app.runtime.parts.desk)).items():
            yield await _visit(http, title, path, times)


async def _visit(http: httpx2.AsyncClient, title: str, path: str, times: int) -> Visited:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = await http.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code not in (200, 303):
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[-400:]}")
        if took[-1] > 20_000:
            break
    cuts = quantiles(took, n=20) if len(took) > 1 else took * 19
    return Visited(title, cuts[9], cuts[18], max(took))


async def _pages(desk: Desk) -> dict[str, str]:
    [failed] = await desk.inspector.get_jobs(state=JobState.FAILED, max_result_count=1)
    behind = (await desk.search.find(JobFilter(), max_result_count=50)).bookmark
    assert behind is not None
    jobs = {
        "all": "", "waiting": "state:waiting", "failed": "state:failed", "succeeded": "state:succeeded",
        "failed, one name": f"state:failed name:{NAMES[3]}", "one queue": "queue:payments",
        "no such name": "name:nobody", "no such queue of failed ones": "state:failed queue:nobody",
        "one error": f"state:failed fingerprint:{ERRORS[7].fingerprint}",
        "one error, any state": f"fingerprint:{ERRORS[7].fingerprint}",
        "text of an error": "state:failed error:lookup", "text of no error": "state:failed error:nothing",
        "args, rare, failed": f"state:failed args:customer.id={RARE}", "args, rare, all": f"args:customer.id={RARE}",
        "args, nobody": "args:customer.id=none", "took long": "took:1s", "took too long": "took:1h",
        "high priority": "priority:high", "many attempts": "attempts:5", "a tag": "tag:none",
        "scheduled for later": "state:scheduled", "due before tomorrow noon": "state:scheduled due-after:+20h",
        "finished in the last hour": "finished-after:1h", "finished six days ago": "finished-before:6d",
        "created an hour ago": "created-before:1h", "id, its begin": str(failed.id)[:13],
        "id, its end": str(failed.id)[-8:], "id, no end of any": "123456789abc",
    }  # fmt: skip
    return {
        "Overview": "/", "Overview, a week": "/?span=7d",
        **{f"Jobs: {title}": str(httpx2.URL("/jobs", params={"q": q})) for title, q in jobs.items()},
        "Jobs: a page behind": str(httpx2.URL("/jobs", params={"q": "state:waiting", "after": behind.to_text()})),
        "Job": f"/jobs/{failed.id}", "Errors": "/errors", "Errors, a week": "/errors?span=7d",
        "Error": f"/errors/{ERRORS[7].fingerprint}", "Queues": "/queues", "Queues, a week": "/queues?span=7d",
        "Workers": "/workers", "Hosts": "/hosts", "Store": "/store", "Audit": "/audit", "Enqueue": "/jobs/new",
        "API: queues": "/api/v1/queues", "API: overview": "/api/v1/overview",
    }  # fmt: skip


async def _known(_: Any, /) -> Principal:
    return Principal("amal", Role.ADMIN)
