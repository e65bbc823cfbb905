"""Problems in words: what is wrong, how to mend it, and where to look."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from dawam.dashboard.search import written
from dawam.dashboard.times import marked
from dawam.dashboard.visit import Visit
from dawam.jobs.state import JobState
from dawam.problems import Problem, ProblemKind, problems
from dawam.stores.values import JobFilter


class SpokenProblem(Struct, frozen=True):
    """One problem for a page."""

    severity: str
    text: str
    cure: str
    path: str
    """Where to look, with `q` as its search."""
    q: str = ""


_WORDS: dict[ProblemKind, tuple[str, str]] = {
    ProblemKind.NO_HOST: (
        marked("No host lives: nothing is run."),
        marked("Start one with `dawam run`, or look why those that ran have ended."),
    ),
    ProblemKind.QUEUE_UNSERVED: (
        marked("%(count)s jobs wait in the queue %(queue)s, which no live host serves."),
        marked("Start a host for it, as in `dawam run --queues %(queue)s`."),
    ),
    ProblemKind.QUEUE_LATE: (
        marked("The oldest job in the queue %(queue)s has been due for %(age)s; %(count)s wait."),
        marked("Start more hosts, raise Host.Concurrency, or look what takes so long."),
    ),
    ProblemKind.QUEUE_PAUSED: (
        marked("The queue %(queue)s is paused, and %(count)s jobs wait in it."),
        marked("Resume it when what it was paused for is over."),
    ),
    ProblemKind.JOBS_UNKNOWN: (
        marked("%(count)s jobs wait under the name %(name)s, which no live host knows."),
        marked("Deploy the code that has it, add an alias, or cancel them. The nearest known name: %(nearest)s"),
    ),
    ProblemKind.MANY_FAIL: (
        marked("%(count)s of %(of)s attempts of %(name)s failed in the last ten minutes."),
        marked("Look at its errors; pause the queue %(queue)s if it does harm."),
    ),
    ProblemKind.HOST_LAPSED: (
        marked("The host %(host)s is not heard of any more."),
        marked("Its jobs are taken back by the others within seconds. Look whether its process lives."),
    ),
    ProblemKind.VERSIONS_DIFFER: (
        marked("Hosts run different versions of Dawam: %(versions)s."),
        marked("This is fine while a deployment is under way."),
    ),
    ProblemKind.WORKER_FAILS: (
        marked("The worker %(worker)s has failed %(count)s times in a row."),
        marked("Its last error: %(error)s"),
    ),
    ProblemKind.WORKER_ORPHANED: (
        marked("No live host has the worker %(worker)s."),
        marked("It ticks again when a host has it; remove it if its code is gone."),
    ),
    ProblemKind.STORE_DOUBTFUL: (marked("%(text)s"), marked("%(cure)s")),
}


async def problems_of(visit: Visit) -> list[SpokenProblem]:
    """Those that are about no queue, or about one that whoever asks may see; the worst first."""
    found = await problems(visit.parts.store, visit.desk.inspector)
    return [_spoken(visit, each) for each in found if visit.principal.sees(each.facts.get("queue"))]


def _spoken(visit: Visit, problem: Problem) -> SpokenProblem:
    """The problem in the language of the page."""
    text, cure = _WORDS[problem.kind]
    facts = _facts(visit, problem)
    path, q = _PLACES.get(problem.kind, _at_hosts)(problem.facts)
    return SpokenProblem(problem.severity.value, visit.say(text) % facts, visit.say(cure) % facts, path, q)


def _facts(visit: Visit, problem: Problem) -> dict[str, Any]:
    facts = dict(problem.facts)
    if problem.kind is ProblemKind.STORE_DOUBTFUL:
        return {"text": facts["doubt"].text, "cure": facts["doubt"].cure}
    for name in ("count", "of"):
        if name in facts:
            facts[name] = f"{facts[name]:,}"
    if "age" in facts:
        facts["age"] = visit.times.duration(facts["age"], coarse=True)
    if "versions" in facts:
        facts["versions"] = ", ".join(facts["versions"])
    if "nearest" in facts:
        facts["nearest"] = facts["nearest"] or "–"
    return facts


def _at_hosts(_: dict[str, Any]) -> tuple[str, str]:
    return "/hosts", ""


def _waiting(facts: dict[str, Any]) -> tuple[str, str]:
    chosen = JobFilter(states=frozenset({JobState.WAITING}), queue=facts.get("queue"), name=facts.get("name"))
    return "/jobs", written(chosen)


_PLACES: dict[ProblemKind, Callable[[dict[str, Any]], tuple[str, str]]] = {
    ProblemKind.QUEUE_UNSERVED: _waiting,
    ProblemKind.QUEUE_LATE: _waiting,
    ProblemKind.QUEUE_PAUSED: lambda _: ("/queues", ""),
    ProblemKind.JOBS_UNKNOWN: _waiting,
    ProblemKind.MANY_FAIL: lambda _: ("/errors", ""),
    ProblemKind.WORKER_FAILS: lambda _: ("/workers", ""),
    ProblemKind.WORKER_ORPHANED: lambda _: ("/workers", ""),
    ProblemKind.STORE_DOUBTFUL: lambda _: ("/store", ""),
}
