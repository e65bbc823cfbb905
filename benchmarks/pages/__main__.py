"""Fills a store with millions of jobs, and times every page of the dashboard on it.

python -m benchmarks.pages --on postgres
python -m benchmarks.pages --on sqlite --waiting 1000000 --failed 100000 --succeeded 900000
python -m benchmarks.pages --act              and retries 100,000 failed jobs while a host is at work
python -m benchmarks.pages --watch 100 --waiting 4000000     and keeps the Overview open for 100 s beside a host
python -m benchmarks.pages --url postgresql://...    a store that was filled before, as --keep leaves it
"""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.pages.acting import retry_many
from benchmarks.pages.crowd import Crowd
from benchmarks.pages.filling import fill_postgres, fill_sqlite, tell
from benchmarks.pages.visits import Visited, visit_all
from benchmarks.pages.watching import watch
from benchmarks.places.postgres_server import start_server
from dawam import App

GOAL = 200.0
"""Milliseconds that a page may take at the 95th percentile."""
_OBSERVED = 8.0
"""Seconds for which the rate of a host is observed."""
_CACHE = Path(__file__).resolve().parent.parent.parent / ".bench"


def main() -> int:
    options = _parser().parse_args()
    _CACHE.mkdir(exist_ok=True)
    if options.url is not None:
        return asyncio.run(_measure(options.url, options))
    crowd = Crowd(waiting=options.waiting, failed=options.failed, succeeded=options.succeeded, now=datetime.now(UTC))
    if options.on == "sqlite":
        with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
            return asyncio.run(_filled(f"sqlite:///{folder}/jobs.db", Path(folder) / "jobs.db", crowd, options))
    server = start_server(_CACHE)
    try:
        return asyncio.run(_filled(server.url, None, crowd, options))
    finally:
        server.stop()


async def _filled(url: str, file: Path | None, crowd: Crowd, options: argparse.Namespace) -> int:
    async with _app(url).open(run_host=False) as app:
        began = time.monotonic()
        await asyncio.to_thread(fill_sqlite, file, crowd) if file else await asyncio.to_thread(
            fill_postgres, url, crowd
        )
        await tell(app.runtime.parts.store)
        print(f"filled {url} in {time.monotonic() - began:.0f} s", flush=True)
    status = await _measure(url, options)
    if options.keep:
        print(f"{url} stays until Enter is pressed", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    return status


async def _measure(url: str, options: argparse.Namespace) -> int:
    """Tells of every page; fails where one is slower than it may be."""
    async with _app(url).open(run_host=False) as app:
        count = late = 0
        async for each in visit_all(app, options.times):
            print(_line(each), flush=True)
            count, late = count + 1, late + (each.p95 > GOAL)
        if options.act:
            await retry_many(app, url, seconds=_OBSERVED)
        if options.watch is not None:
            await watch(app, url, seconds=options.watch)
    print(f"{late} of {count} pages take longer than {GOAL:.0f} ms at p95")
    return 1 if late else 0


def _line(each: Visited) -> str:
    mark = "  LATE" if each.p95 > GOAL else ""
    return f"{each.title:<36} p50 {each.median:8.1f}  p95 {each.p95:8.1f}  max {each.longest:8.1f} ms{mark}"


def _app(url: str) -> App:
    return App(store=url)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.pages", description="How long pages take with millions of jobs.")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--url", help="a store that is full already")
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--failed", type=int, default=1_000_000)
    parser.add_argument("--succeeded", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--act", action="store_true", help="then retry many failed jobs while a host runs the others")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="then keep the Overview open beside a host")
    parser.add_argument("--keep", action="store_true", help="leave the store there until Enter is pressed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
