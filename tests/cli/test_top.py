"""`dawam top`: what goes on, on one screen."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

from tests.cli.conftest import PATIENCE, Shop

SHOP = """
import asyncio

from dawam import App

app = App(store="sqlite:///shop.db")


@app.job("mail.send", queue="mail")
async def send(to: str) -> None:
    await asyncio.get_running_loop().create_future()

"""


def test_what_waits_and_runs_and_fails_is_printed_once_where_no_terminal_is(shop: Shop) -> None:
    shop.write("shop.py", SHOP)
    shop.enqueue('send.call("amal")')
    text = shop.dawam("top", "--store", "sqlite:///shop.db").stdout
    assert "! no host" in text
    assert "1 due, 0 scheduled" in text
    host = shop.host("shop", "--set", "Host.Heartbeat=100ms")
    host.says("mail.send")
    text = shop.dawam("top", "--store", "sqlite:///shop.db", "--once").stdout
    assert "1 live host, 1 of 50 slots busy" in text
    assert [line.split()[2:5] for line in text.splitlines() if "mail.send" in line] == [["mail.send", "mail", "1"]]
    host.stop(signal.SIGKILL)


def test_a_screen_that_follows_is_left_as_it_was_when_somebody_ends_it(shop: Shop) -> None:
    shop.write("shop.py", SHOP)
    shop.enqueue('send.call("amal")')
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dawam", "top", "--store", "sqlite:///shop.db", "--every", "200ms"],
        cwd=shop.folder, env={**shop.environment, "TERM": "xterm", "COLUMNS": "60", "LINES": "20"},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = read_until(mine, "1 due")
    shop.enqueue('send.call("badr")')
    seen += read_until(mine, "2 due")
    process.send_signal(signal.SIGINT)
    seen += read_until(mine, "\x1b[?1049l")
    assert process.wait(PATIENCE) == 0
    assert seen.startswith("\x1b[?1049h")
    assert seen.endswith("\x1b[?25h\x1b[?1049l")
    os.close(mine)


def test_too_often_is_refused(shop: Shop) -> None:
    answer = shop.dawam("top", "--store", "sqlite:///shop.db", "--every", "1ms", expect=2)
    assert "--every 1ms: 200ms or more was expected" in answer.stderr


def read_until(terminal: int, text: str) -> str:
    seen, deadline = "", time.monotonic() + PATIENCE
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"{text!r} was not shown: {seen!r}"
        seen += os.read(terminal, 65_536).decode()
    return seen
