"""A parent keeps its processes alive, passes on the wish to stop, and gives up on those that cannot live."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dawam.host.processes import Pace, Processes

SOON = Pace(
    first_wait=timedelta(milliseconds=10), longest_wait=timedelta(milliseconds=40), steady_after=timedelta(minutes=1)
)
PATIENCE = 20.0


class Bench:
    """Processes of one small program, and what they left in a folder of their own."""

    def __init__(self, folder: Path, program: str, count: int = 2, **options: object) -> None:
        self.folder = folder
        self.looks = 0
        self.excused: list[int] = []
        settings = {"grace": timedelta(seconds=10), "pace": SOON, **options}
        command = [sys.executable, "-c", _HEAD + textwrap.dedent(program), str(folder)]
        self.processes = Processes(
            command, count, witness=self._look, excuse=self.excused.append, **settings  # type: ignore[arg-type]
        )  # fmt: skip

    def _look(self) -> None:
        self.looks += 1

    def run(self, *acts: Callable[[], None]) -> int:
        """Runs the parent here, while a thread does one thing after another and then asks it to stop."""

        def act() -> None:
            for each in acts:
                each()

        thread = threading.Thread(target=act)
        thread.start()
        code = self.processes.run()
        thread.join()
        return code

    def said(self, word: str) -> list[int]:
        """Which processes said so."""
        return [int(path.name.split("-")[1]) for path in self.folder.glob(f"{word}-*")]

    def until(self, word: str, count: int) -> Callable[[], None]:
        def wait() -> None:
            deadline = time.monotonic() + PATIENCE
            while len(self.said(word)) < count:
                assert time.monotonic() < deadline, f"{word}: {self.said(word)}"
                time.sleep(0.01)

        return wait


_HEAD = textwrap.dedent(
    """
    import os, signal, sys, time
    from pathlib import Path
    def say(word):
        Path(sys.argv[1], f"{word}-{os.getpid()}").touch()
    def when(number, act):
        signal.signal(number, lambda *_: act())
    def end(word, code=0):
        say(word)
        os._exit(code)
    """
)


def tell(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


OBEDIENT = """
    when(signal.SIGTERM, lambda: end("stopped"))
    say("began")
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_and_the_parent_ends_when_all_have(tmp_path: Path, number: signal.Signals) -> None:
    bench = Bench(tmp_path, OBEDIENT, count=3)
    assert bench.run(bench.until("began", 3), tell(number)) == 0
    assert len(bench.said("stopped")) == 3
    assert (bench.looks, bench.excused) == (0, [])


def test_a_second_signal_is_passed_on_as_another_word(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        """
        when(signal.SIGTERM, lambda: say("stopping"))
        when(signal.SIGINT, lambda: end("hurried"))
        say("began")
        while True:
            time.sleep(60)
        """,
    )
    term = tell(signal.SIGTERM)
    assert bench.run(bench.until("began", 2), term, bench.until("stopping", 2), term) == 0
    assert len(bench.said("hurried")) == 2


def test_a_killed_process_is_started_again_and_its_jobs_are_given_up_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, OBEDIENT, count=1)

    def kill() -> None:
        os.kill(bench.said("began")[0], signal.SIGKILL)

    code = bench.run(bench.until("began", 1), kill, bench.until("began", 2), tell(signal.SIGTERM))
    assert (code, bench.looks) == (0, 1)
    assert len(bench.said("stopped")) == 1


def test_the_thread_that_looks_for_deaths_ends_with_the_parent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "say('up'); time.sleep(60)", count=1)

    def kill_it() -> None:
        os.kill(bench.said("up")[0], signal.SIGKILL)

    bench.run(bench.until("up", 1), kill_it, bench.until("up", 2), lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert bench.looks >= 1
    for thread in threading.enumerate():
        if thread.name.startswith("dawam witness"):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_processes_that_die_again_and_again_end_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pace = Pace(first_wait=SOON.first_wait, longest_wait=SOON.longest_wait, limit=3)
    bench = Bench(tmp_path, 'end("died", 7)', count=1, pace=pace)
    assert bench.run() == 1
    assert len(bench.said("died")) == 3
    assert "exit code 7, as the 2 before it did" in caplog.text


def test_when_one_cannot_live_the_others_are_stopped_in_order(tmp_path: Path) -> None:
    pace = Pace(first_wait=SOON.first_wait, longest_wait=SOON.longest_wait, limit=2)
    program = """
        when(signal.SIGTERM, lambda: end("stopped"))
        try:
            Path(sys.argv[1], "mine").touch(exist_ok=False)
        except FileExistsError:
            while not list(Path(sys.argv[1]).glob("began-*")):
                time.sleep(0.01)
            end("died", 7)
        say("began")
        time.sleep(60)
    """
    bench = Bench(tmp_path, program, pace=pace)
    assert bench.run() == 1
    assert (len(bench.said("stopped")), len(bench.said("died"))) == (1, 2)


def test_who_lived_for_a_while_begins_with_the_first_wait_again(tmp_path: Path) -> None:
    pace = Pace(first_wait=SOON.first_wait, longest_wait=timedelta(hours=1), steady_after=timedelta(0), limit=2)
    bench = Bench(tmp_path, 'end("died", 7)', count=1, pace=pace)
    assert bench.run(bench.until("died", 6), tell(signal.SIGTERM)) == 0


def test_waits_double_up_to_the_longest() -> None:
    waits = [Pace().wait_after(deaths).total_seconds() for deaths in range(1, 10)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_who_does_not_end_in_time_is_excused_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.processes._LAST_STEPS", timedelta(milliseconds=100))
    bench = Bench(
        tmp_path,
        """
        when(signal.SIGTERM, lambda: say("deaf"))
        say("began")
        while True:
            time.sleep(60)
        """,
        grace=timedelta(milliseconds=100),
    )
    assert bench.run(bench.until("began", 2), tell(signal.SIGTERM)) == 0
    assert sorted(bench.excused) == sorted(bench.said("began"))
    assert bench.looks == 1


def test_where_the_machine_has_no_room_for_one_more_the_others_live_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = iter([False, True, True])

    def popen(*said: Any, **how: Any) -> Any:
        if next(refusals, False):
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return start(*said, **how)

    start = subprocess.Popen
    monkeypatch.setattr("dawam.host.processes.subprocess.Popen", popen)
    bench = Bench(tmp_path, OBEDIENT, count=2)
    assert bench.run(bench.until("began", 2), tell(signal.SIGTERM)) == 0
    assert len(bench.said("stopped")) == 2
    assert caplog.text.count("process 2 could not be started") == 2


def test_who_asks_again_and_again_does_not_put_the_end_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.processes._LAST_STEPS", timedelta(seconds=1))
    bench = Bench(
        tmp_path,
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            when(number, lambda: None)
        for time_asked in range(20):
            time.sleep(0.3)
            Path(sys.argv[1], f"asked-{time_asked}").touch()
            os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(60)
        """,
        count=1,
        grace=timedelta(0),
    )
    assert bench.run() == 0
    assert len(bench.said("asked")) < 20


def test_signals_mean_what_they_did_when_the_parent_has_ended(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]
    bench = Bench(tmp_path, OBEDIENT, count=1)
    bench.run(bench.until("began", 1), tell(signal.SIGTERM))
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)] == before


def test_no_thread_of_the_parent_outlives_it(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    bench = Bench(tmp_path, OBEDIENT, count=1)

    def kill() -> None:
        os.kill(bench.said("began")[0], signal.SIGKILL)

    bench.run(bench.until("began", 1), kill, bench.until("began", 2), tell(signal.SIGTERM))
    assert bench.looks == 1
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= before


WORN = """
    when(signal.SIGTERM, lambda: end("stopped"))
    say("began")
    if len(list(Path(sys.argv[1]).glob("began-*"))) < 3:
        os._exit(75)
    time.sleep(60)
"""


def test_the_place_of_a_worn_out_process_is_taken_at_once_and_nobody_looks_for_jobs_of_the_dead(tmp_path: Path) -> None:
    pace = Pace(first_wait=timedelta(hours=1), longest_wait=timedelta(hours=1), steady_after=timedelta(0))
    bench = Bench(tmp_path, WORN, count=1, pace=pace)

    assert bench.run(bench.until("began", 3), tell(signal.SIGTERM)) == 0
    assert bench.looks == 0


def test_one_that_is_worn_out_as_soon_as_it_has_begun_is_started_again_after_a_rest(tmp_path: Path) -> None:
    pace = Pace(first_wait=timedelta(milliseconds=1), longest_wait=timedelta(milliseconds=1), limit=3)
    bench = Bench(tmp_path, 'say("began"); os._exit(75)', count=1, pace=pace)

    assert bench.run() == 1
    assert len(bench.said("began")) == 3


def test_one_that_somebody_told_to_stop_is_not_started_again_and_the_last_of_them_ends_the_parent(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, 'say("began"); os._exit(76)', count=2)

    assert bench.run() == 0
    assert len(bench.said("began")) == 2
    assert bench.looks == 0
