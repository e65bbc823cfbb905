"""`dawam top`: what goes on just now, on one screen that follows it."""

import asyncio
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import click

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.asking import interruptible
from dawam.cli.options import DurationType
from dawam.cli.output import one_line, shortened
from dawam.cli.shape import Command
from dawam.cli.top_text import Glance, glance_lines
from dawam.errors import StoreUnavailableError
from dawam.job_search import LOOKED_AT
from dawam.jobs.state import JobState
from dawam.problems import problems
from dawam.settings.durations import duration_text
from dawam.stores.values import JobFilter

_SHORTEST = timedelta(milliseconds=200)
_LATELY = timedelta(hours=1)
_RUNNING = 200
_OTHER_SCREEN, _OWN_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_TOP, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


@click.command(cls=Command)
@click.option(
    "--every", type=DurationType(), metavar="2s", default="2s", show_default=True, help="How often it looks again."
)
@click.option("--once", is_flag=True, help="Print it once, as where standard output is no terminal.")
@store_options
def top(every: timedelta, once: bool, **said: Any) -> None:
    """Show what waits, what runs and for how long, how it went in the last hour, and what is wrong; Ctrl-C ends it."""
    if every < _SHORTEST:
        raise click.UsageError(f"--every {duration_text(every)}: {duration_text(_SHORTEST)} or more was expected")

    async def print_once(store: OpenedStore) -> None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(glance_lines(await _glance(store), width)))

    async def follow(store: OpenedStore) -> None:
        with _other_screen(), interruptible() as stop:
            while not stop.is_set():
                _draw(await _frame(store))
                with suppress(TimeoutError):
                    async with asyncio.timeout(every.total_seconds()):
                        await stop.wait()

    with_store(said, print_once if once or not sys.stdout.isatty() else follow)


async def _glance(store: OpenedStore) -> Glance:
    inspector = store.inspector
    running = JobFilter(states=frozenset({JobState.RUNNING}))
    return Glance(
        now=store.store.clock.now(),
        place=store.store.description,
        counts=await inspector.counts(LOOKED_AT),
        counted=LOOKED_AT,
        queues=await inspector.queues(LOOKED_AT),
        hosts=await inspector.hosts(),
        running=await inspector.find_jobs(running, max_result_count=_RUNNING),
        lately=await store.measures.series(_LATELY),
        errors=await store.errors.list(_LATELY),
        problems=await problems(store.store, inspector),
    )


async def _frame(store: OpenedStore) -> list[str]:
    """As large as the terminal; while the store is away that is said, and it is asked again."""
    size = shutil.get_terminal_size()
    try:
        return glance_lines(await _glance(store), size.columns)[: size.lines]
    except StoreUnavailableError as error:
        return [click.style(shortened(one_line(str(error)), size.columns), fg="red")]


def _draw(lines: list[str]) -> None:
    """Over the frame before it, so that nothing flickers."""
    sys.stdout.write(_TOP + "\n".join(f"{_REST_OF_LINE}{line}" for line in lines) + _REST_OF_SCREEN)
    sys.stdout.flush()


@contextmanager
def _other_screen() -> Generator[None, None, None]:
    """What was on the terminal is there again afterwards."""
    sys.stdout.write(_OTHER_SCREEN)
    try:
        yield
    finally:
        sys.stdout.write(_OWN_SCREEN)
        sys.stdout.flush()
