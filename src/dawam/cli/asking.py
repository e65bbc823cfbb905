"""What takes long, or cannot be taken back: a question before, a bar meanwhile, and Ctrl-C between two steps."""

import asyncio
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

from dawam.cli.shape import Failure


def confirm(question: str, *, is_certain: bool) -> None:
    """Goes on only when a person says yes, here or before (`--yes`)."""
    if is_certain:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} Nobody is here to answer, so nothing was changed: say --yes")
    if not click.confirm(question, err=True):
        raise Failure("nothing was changed")


@contextmanager
def progress_bar(label: str) -> Generator[Callable[[int, int], None], None, None]:
    """A bar on a terminal, and nothing elsewhere. It is told how much is done, of how much; from any thread."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


@contextmanager
def interruptible() -> Generator[asyncio.Event, None, None]:
    """Inside of it Ctrl-C only sets the event, so that what is under way is finished and told; twice, it is Ctrl-C."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
