"""The ways to do something wrong: put an application together, enqueue, type a command, act as another user."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from dawam import App
from dawam.errors import DawamError
from dawam.settings import SettingsSources
from tests.bad_input.case import Provoke, Told
from tests.bad_input.shop import Shop, open_shop

_SOMEBODY = 65534
"""A user who owns nothing."""


async def refused(act: Callable[[], Awaitable[object]]) -> Told:
    """What a refusal says; it is an error when there is none."""
    try:
        answer = await act()
    except DawamError as error:
        return Told(type(error).__name__, str(error))
    raise AssertionError(f"it was accepted, with the answer {answer!r}")


def building(make_app: Callable[[], App]) -> Provoke:
    """Puts an application together that nobody can run."""

    async def provoke(_: Path) -> Told:
        async def act() -> object:
            return make_app().blueprint.build(SettingsSources(environment="Test", overrides={"Store.Url": "memory://"}))

        return await refused(act)

    return provoke


def reading(
    write: Callable[[Path], object] = lambda _: None,
    *,
    file: str | None = None,
    variables: Mapping[str, str] | None = None,
    user: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Provoke:
    """Has an application read settings from a folder into which something was written, and from variables."""

    async def provoke(folder: Path) -> Told:
        write(folder)

        async def act() -> object:
            return App().blueprint.build(SettingsSources.discover(file, folder=folder, environ=variables or {}))

        with user():
            return await refused(act)

    return provoke


def enqueueing(act: Callable[[Shop], Awaitable[object]], *, settings: Mapping[str, object] | None = None) -> Provoke:
    """Enqueues something wrong in an open shop, and proves that nothing was stored."""

    async def provoke(folder: Path) -> Told:
        async with open_shop(folder, settings=settings) as shop:
            told = await refused(lambda: act(shop))
            assert shop.stored() == 0, "it was refused, and something was stored"
        return told

    return provoke


def typing(*arguments: str, files: Mapping[str, str] | None = None) -> Provoke:
    """Types a command of dawam in a folder with these files."""

    async def provoke(folder: Path) -> Told:
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dawam", *arguments),
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complained = await process.communicate()
        assert not printed, printed.decode()
        return Told(f"exit code {process.returncode}", complained.decode().strip())

    return provoke


@contextmanager
def nobody_special() -> Generator[None, None, None]:
    """Root may read and write everything; inside of this block the process is a user like any other."""
    if os.getuid() != 0:
        yield
        return
    os.setresuid(_SOMEBODY, _SOMEBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


class LogLines(logging.Handler):
    """Keeps what a logger says while the block runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._logger = logging.getLogger(name)
        self.told: list[Told] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(Told(f"log line of {record.name}, {record.levelname}", record.getMessage()))

    def __enter__(self) -> "LogLines":
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: Any) -> None:
        self._logger.removeHandler(self)
