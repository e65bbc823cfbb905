"""`dawam run --processes N`: a parent that keeps hosts alive, whatever becomes of them or of itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import PATIENCE, Host, Shop

Start = Callable[..., Host]

SHOP = """
import asyncio
import os
import signal
from pathlib import Path

from dawam import App, JobContext, injected

app = App()


@app.job
async def meet(other: str) -> int:
    \"\"\"Ends when the other one runs too, in whatever process.\"\"\"
    Path(f"met-{other}").touch()
    while len(list(Path().glob("met-*"))) < 2:
        await asyncio.sleep(0.01)
    return os.getpid()


@app.job
async def hold(context: JobContext = injected) -> int:
    \"\"\"Whoever claims it first never ends by itself.\"\"\"
    os.write(1, b"holding %d %d\\n" % (context.fence_token, os.getpid()))  # in one piece: two processes write here
    if context.fence_token == 1:
        await asyncio.get_running_loop().create_future()
    return context.fence_token


@app.job
def leave_an_orphan() -> str:
    \"\"\"A process whose parent ends at once; somebody has to bury it.\"\"\"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        orphan = os.fork()
        if orphan:
            os.write(write, str(orphan).encode())
        os._exit(0)
    os.waitpid(child, 0)
    orphan = int(os.read(read, 20))
    while Path(f"/proc/{orphan}").exists():
        pass
    return "buried"
"""
QUICK = ("--set", "Host.ShutdownGrace=2s")


@pytest.fixture(autouse=True)
def application(shop: Shop) -> None:
    shop.write("shop.py", SHOP)


def pids(host: Host) -> list[int]:
    """The processes of the parent, as it said when it started them."""
    return [int(found[1]) for line in host.lines if (found := re.search(r"\(pid (\d+)\) of \d started", line))]


def said(host: Host, text: str, count: int) -> None:
    """Waits until a text was said so many times."""
    deadline = time.monotonic() + PATIENCE
    while sum(text in line for line in host.lines) < count:
        assert time.monotonic() < deadline, f"{text!r} was not said {count} times:\n" + "".join(host.lines)
        time.sleep(0.02)


def test_the_processes_share_the_work(shop: Shop, start: Start) -> None:
    jobs = [shop.enqueue(f'meet.call("{name}")') for name in ("Amal", "Badr")]

    host = start("shop", "--processes", "2", "--concurrency", "1", "--queue-limits", "default=1", "--name", "web")
    all_together = host.says("2 hosts, each in a process of its own with 1 slot, 2 in all")
    assert "limits of queues are those of each process: default 1, 2 in all" in all_together
    said(host, "host web@", 2)
    said(host, "succeeded", 2)

    assert host.stop() == 0
    assert {shop.json("jobs", "show", job)["result"] for job in jobs} == set(pids(host))


def test_a_killed_process_is_started_again_and_its_job_runs_again_at_once(shop: Shop, start: Start) -> None:
    job = shop.enqueue("hold.call()")
    host = start("shop", "--processes", "2", "--set", "Host.Lease=1h")
    victim = int(host.says("holding 1").split()[2])

    os.kill(victim, signal.SIGKILL)
    killed_at = time.monotonic()
    host.says("holding 2")

    assert time.monotonic() - killed_at < 10  # the lease is an hour
    said(host, ") of 2 started", 3)
    assert "ended by itself" in host.says("with SIGKILL")
    assert f"it is counted as a crash of shop.hold {job}" in host.says(f"the process {victim} of host")
    assert host.stop() == 0
    shown = shop.json("jobs", "show", job)
    assert (shown["state"], shown["crash_count"], shown["attempt_count"]) == ("succeeded", 1, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_and_hands_back_what_does_not_end(shop: Shop, start: Start, number: signal.Signals) -> None:
    job = shop.enqueue("hold.call()")
    host = start("shop", "--processes", "2", "--set", "Host.ShutdownGrace=300ms")
    host.says("holding 1")
    said(host, "environment ", 2)  # both are there

    assert host.stop(number) == 0

    said(host, " stopped, ", 2)
    shown = shop.json("jobs", "show", job)
    assert (shown["state"], shown["crash_count"], shown["lost_count"]) == ("waiting", 0, 0)


def test_hosts_are_quiet_go_on_and_stop_by_hand_until_none_is_left(shop: Shop, start: Start) -> None:
    host = start("shop", "--processes", "2", "--set", "Host.Heartbeat=100ms")
    host.says("process 2")
    while len(found := shop.json("hosts", "list")["hosts"]) < 2:
        time.sleep(0.05)
    first, second = (each["id"] for each in found)
    assert "is quiet" in shop.dawam("hosts", "quiet", first).stdout
    assert host.says("is told to be quiet")
    assert "  quiet" in shop.dawam("hosts", "list").stdout
    assert "goes on" in shop.dawam("hosts", "resume", first).stdout
    assert "say --yes" in shop.dawam("hosts", "stop", first, expect=1).stderr
    shop.dawam("hosts", "stop", first, "--yes")
    assert host.says("was told to stop: no other takes its place")
    assert "no live host is called 'nobody'" in shop.dawam("hosts", "stop", "nobody", "--yes", expect=1).stderr
    shop.dawam("hosts", "stop", second, "--yes")
    assert host.process.wait(PATIENCE) == 0


def test_what_a_service_manager_tells_all_at_once_counts_once(shop: Shop, start: Start) -> None:
    shop.enqueue("hold.call()")
    host = start("shop", "--processes", "1", "--set", "Host.ShutdownGrace=1h")
    holder = int(host.says("holding 1").split()[2])

    os.kill(holder, signal.SIGTERM)
    host.says("is stopping, 1 job running")
    host.process.send_signal(signal.SIGTERM)  # which the parent passes on
    host.says("stopping 1 process")
    time.sleep(0.5)
    os.kill(holder, 0)  # it is still within its grace
    assert host.stop() == 0  # the second signal to the parent is the one that hurries
    host.says("was handed back after")


def test_when_the_parent_is_killed_its_processes_stop_in_order(shop: Shop, start: Start) -> None:
    job = shop.enqueue("hold.call()")
    host = start("shop", "--processes", "2", "--set", "Host.ShutdownGrace=300ms")
    host.says("holding 1")
    said(host, "environment ", 2)  # both are there

    host.process.kill()

    said(host, " stopped, ", 2)
    assert shop.json("jobs", "show", job)["state"] == "waiting"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nowhere:app",), 1, "there is no module 'nowhere'"),
        (("shop", "--set", "Host.Leese=3s"), 1, 'did you mean "Lease"?'),
        (("shop", "--set", "Store.Url=sqlite:///no/such/folder.db"), 1, "does not exist"),
        (("shop", "--set", "Store.Url=memory://"), 1, "has no sharing between processes"),
        (("shop", "--reload"), 2, "--reload starts one process again at each change"),
    ],
)
def test_what_no_process_could_run_is_said_once(
    shop: Shop, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = shop.dawam("run", "--processes", "2", *arguments, expect=code)

    assert done.stderr.count(message) == 1
    assert "started" not in done.stderr + done.stdout


class TestAsTheFirstProcessOfAContainer:
    """Process 1 of a process namespace of its own, as in a container."""

    @pytest.fixture(autouse=True)
    def namespace(self) -> None:
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            pytest.skip("a namespace of processes needs root and the command unshare")
        if subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False).returncode != 0:
            pytest.skip("no namespace of processes can be made here")

    def run(self, shop: Shop, *arguments: str) -> Host:
        command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-m", "dawam", "run", *arguments]
        to_both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return Host(subprocess.Popen(command, cwd=shop.folder, env=shop.environment, text=True, **to_both))

    def tell(self, host: Host) -> int:
        """SIGTERM to process 1 of the namespace; answers its exit code."""
        outer = host.process.pid
        (first,) = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        os.kill(int(first), signal.SIGTERM)
        return host.process.wait(PATIENCE)

    @pytest.mark.parametrize("arguments", [(), ("--processes", "1"), ("--processes", "2")], ids=str)
    def test_it_ends_in_order_when_it_is_told_to(self, shop: Shop, arguments: tuple[str, ...]) -> None:
        host = self.run(shop, "shop", *QUICK, *arguments)
        try:
            host.says(" started")
            host.says("store ")
            assert self.tell(host) == 0
            host.says(" stopped, ")
        finally:
            host.end()

    def test_it_buries_the_orphans_of_jobs(self, shop: Shop) -> None:
        job = shop.enqueue("leave_an_orphan.call()")
        host = self.run(shop, "shop", *QUICK, "--processes", "1")
        try:
            host.says(f"shop.leave_an_orphan {job} succeeded")
            assert self.tell(host) == 0
        finally:
            host.end()

    @pytest.mark.parametrize("arguments", [(), ("--processes", "2")], ids=str)
    def test_a_signal_while_it_loads_the_application_ends_it(self, shop: Shop, arguments: tuple[str, ...]) -> None:
        shop.write("shop.py", 'import time\nprint("loading", flush=True)\ntime.sleep(60)\n')
        host = self.run(shop, "shop", *arguments)
        try:
            host.says("loading")
            assert self.tell(host) == 0
        finally:
            host.end()
