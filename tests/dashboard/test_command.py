"""`dawam dashboard`: the pages in a process of their own."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

PATIENCE = 20


def program(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    (folder / "shop.py").write_text("from dawam import App\napp = App(store='sqlite:///shop.db')\n")
    subprocess.run([sys.executable, "-m", "dawam", "store", "migrate", "--app", "shop:app"], cwd=folder, check=True)
    return subprocess.Popen(
        [sys.executable, "-m", "dawam", "dashboard", "--app", "shop:app", "--port", "0", *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@contextmanager
def dashboard(folder: Path, *arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Its address, once it is served."""
    process = program(folder, *arguments)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stdout.read()
        yield found.group(0), process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def refused(folder: Path, *arguments: str) -> str:
    """What it says when it does not begin."""
    process = program(folder, *arguments)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode in (1, 2)
    return said


def accounts(folder: Path, content: Any) -> str:
    path = folder / "accounts.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_it_is_served_at_once_and_ends_at_once_while_pages_are_open(tmp_path: Path) -> None:
    with dashboard(tmp_path, "--name", "production", "--colour", "red") as (address, process):
        page = httpx2.get(address)
        assert page.status_code == 200
        assert 'data-colour="red"' in page.text
        assert "production" in page.text
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))) as stream:
            stream.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in stream.recv(4096)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE / 4) in (0, -signal.SIGTERM)


def test_accounts_say_who_may_look(tmp_path: Path) -> None:
    path = accounts(tmp_path, {"amal": {"password": "long enough", "role": "operate"}})
    with dashboard(tmp_path, "--accounts", path) as (address, _):
        assert httpx2.get(address).status_code == 401
        assert httpx2.get(address, auth=("amal", "long enough")).status_code == 200
        assert httpx2.get(f"{address}jobs/new", auth=("amal", "long enough")).status_code == 200


def test_it_is_served_under_a_path(tmp_path: Path) -> None:
    with dashboard(tmp_path, "--prefix", "/dawam/") as (address, _):
        assert address.endswith("/dawam/")
        page = httpx2.get(address)
        assert 'href="/dawam/jobs"' in page.text
        for asset in set(re.findall(r'(?:src|href)="(/dawam/static/[^"]+)"', page.text)):
            assert httpx2.get(address.removesuffix("/dawam/") + asset).status_code == 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "accounts were expected, as in"),
        ({}, "it names nobody"),
        ({"amal": {"password": "short"}}, "a password of 8 letters or more"),
        ({"a:b": {"password": "long enough"}}, "a name without a colon"),
        (
            {"amal": {"password": "long enough", "role": "boss"}},
            "the role 'boss' of 'amal': one of view, operate",
        ),
        ({"amal": {"password": "long enough", "roles": "admin"}}, "Object contains unknown field `roles`"),
        ({"amal": "long enough"}, "Expected `object`"),
    ],
)
def test_accounts_that_cannot_be_meant_are_refused(tmp_path: Path, content: Any, said: str) -> None:
    assert said in refused(tmp_path, "--accounts", accounts(tmp_path, content))


def test_it_is_not_opened_to_the_world_by_mistake(tmp_path: Path) -> None:
    assert "nobody says who may look: --accounts FILE was expected" in refused(tmp_path, "--host", "0.0.0.0")
    assert "a path was expected, as in /dawam" in refused(tmp_path, "--prefix", "dawam")
