# ruff: noqa: ASYNC210, ASYNC221, ASYNC230, ASYNC240, ASYNC251  (what these find is what is looked for here)
"""What blocks in a coroutine's own body is found by its source; what is not certain is left alone."""

import asyncio
import os.path
import subprocess
import time
import time as clock
from pathlib import Path
from time import sleep
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from dawam import App
from dawam.cli.doctor.blocking import blocking_calls

requests: Any = ModuleType("requests")
anyio = SimpleNamespace(open_file=open)


def names(function: Any) -> list[str]:
    return [call.name for call in blocking_calls(function)]


async def _sleeps() -> None:
    time.sleep(1)
    clock.sleep(1)
    sleep(1)


async def _imports_for_itself() -> None:
    import subprocess as processes
    from urllib.request import urlopen

    processes.run(["true"])
    urlopen("http://localhost")


async def _works_with_files_and_processes() -> None:
    with open("products.csv") as file:
        file.read()
    if os.path.exists("x"):
        subprocess.check_output(["true"])


async def _asks_a_server() -> None:
    requests.get("http://localhost")
    requests.Session().get("http://localhost")


async def _is_right(open: Any) -> None:  # noqa: A002
    await asyncio.sleep(1)
    await asyncio.to_thread(time.sleep, 1)
    await asyncio.to_thread(lambda: time.sleep(1))

    def in_a_thread() -> None:
        time.sleep(1)

    await asyncio.to_thread(in_a_thread)
    await open("products.csv")
    await anyio.open_file("products.csv")  # type: ignore[misc]


async def _has_a_name_of_its_own(path: Any) -> None:
    time = path
    time.sleep(1)


def _is_no_coroutine() -> None:
    time.sleep(1)


@pytest.mark.guide(19)
@pytest.mark.parametrize(
    ("function", "found"),
    [
        (_sleeps, ["time.sleep"] * 3),
        (_imports_for_itself, ["subprocess.run", "urllib.request.urlopen"]),
        (_works_with_files_and_processes, ["open", "subprocess.check_output"]),
        (_asks_a_server, ["requests.get"]),
        (_is_right, []),
        (_has_a_name_of_its_own, []),
        (_is_no_coroutine, []),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_only_what_certainly_blocks_is_found(function: Any, found: list[str]) -> None:
    assert names(function) == found


def test_each_call_has_its_place_and_what_to_use_instead() -> None:
    call = blocking_calls(_sleeps)[1]
    source = Path(call.file).read_text().splitlines()
    assert source[call.line - 1].strip() == "clock.sleep(1)"
    assert call.instead == "await asyncio.sleep(...)"


def test_the_function_below_a_decorator_is_read() -> None:
    @App().job("work", queue="mail")
    async def work(times: int) -> None:
        time.sleep(times)

    assert names(work.function) == ["time.sleep"]
    assert names(work) == ["time.sleep"]


def test_a_method_is_read_as_well() -> None:
    class Job:
        async def execute(self) -> None:
            time.sleep(1)

    assert names(Job.execute) == ["time.sleep"]


def test_a_coroutine_without_source_is_left_alone() -> None:
    scope: dict[str, Any] = {}
    exec("async def work():\n    open('x')\n", scope)
    assert names(scope["work"]) == []
