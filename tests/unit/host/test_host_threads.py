"""Threads for blocking work: few, reused, and no burden to a process that wants to end."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future

import pytest

from dawam.host.threads import DaemonThreads


@pytest.fixture
def threads() -> Iterator[DaemonThreads]:
    threads = DaemonThreads(2, "work")
    yield threads
    threads.shutdown(wait=True)


def name() -> str:
    return threading.current_thread().name


def test_a_call_is_answered_with_what_it_returns_or_raises(threads: DaemonThreads) -> None:
    assert threads.submit(divmod, 7, 2).result(5) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result(5)
    with pytest.raises(SystemExit):
        threads.submit(sys.exit, 3).result(5)
    assert threads.submit(int, "12", base=8).result(5) == 10


def test_a_thread_that_is_free_is_used_again(threads: DaemonThreads) -> None:
    names = {threads.submit(name).result(5) for _ in range(20)}
    assert "work 1" in names
    assert len(names) <= 2


def test_no_more_threads_than_were_asked_for_and_the_rest_waits(threads: DaemonThreads) -> None:
    barrier, release = threading.Barrier(3), threading.Event()

    def hold() -> str:
        barrier.wait(5)
        release.wait(5)
        return name()

    held = [threads.submit(hold) for _ in range(2)]
    barrier.wait(5)  # both run
    third: Future[str] = threads.submit(name)
    assert not third.running()
    release.set()
    assert {each.result(5) for each in held} == {"work 1", "work 2"}
    assert third.result(5) in {"work 1", "work 2"}


def test_what_waits_can_be_cancelled_and_what_runs_cannot(threads: DaemonThreads) -> None:
    began, release = threading.Event(), threading.Event()
    running = [threads.submit(lambda: began.set() or release.wait(5)) for _ in range(2)]
    assert began.wait(5)
    waiting = threads.submit(name)
    assert waiting.cancel()
    assert not running[0].cancel()
    release.set()
    assert running[0].result(5) is True
    assert waiting.cancelled()
    assert threads.submit(name).result(5)


def test_shut_down_takes_no_more_ends_what_waits_and_lets_what_runs_end(threads: DaemonThreads) -> None:
    began, release = threading.Barrier(3), threading.Event()

    def hold() -> bool:
        began.wait(5)
        return release.wait(5)

    running = [threads.submit(hold) for _ in range(2)]
    began.wait(5)
    waiting = threads.submit(name)
    threads.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(RuntimeError, match="shut down"):
        threads.submit(name)
    with pytest.raises(CancelledError):
        waiting.result(0)
    release.set()
    assert [each.result(5) for each in running] == [True, True]


def test_shut_down_without_cancelling_does_all_that_was_handed_in() -> None:
    threads = DaemonThreads(1, "work")
    done = [threads.submit(int, number) for number in range(50)]
    threads.shutdown(wait=True)
    assert [each.result(0) for each in done] == list(range(50))


def test_nothing_of_a_call_is_kept_by_a_thread_that_waits(threads: DaemonThreads) -> None:
    class Session:
        alive = 0

        def __init__(self) -> None:
            Session.alive += 1

        def __del__(self) -> None:
            Session.alive -= 1

    def work(session: Session) -> None:
        return None

    threads.submit(work, Session()).result(5)
    threads.submit(name).result(5)  # the thread has turned round
    assert Session.alive == 0


def test_a_thread_that_never_ends_does_not_keep_the_process_alive() -> None:
    program = (
        "import time; from dawam.host.threads import DaemonThreads; "
        "threads = DaemonThreads(1, 'work'); threads.submit(time.sleep, 60); time.sleep(0.1); "
        "threads.shutdown(wait=False, cancel_futures=True)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)
