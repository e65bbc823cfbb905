"""Several hosts as processes of one parent: `dawam run --processes N`.

The parent runs no job and keeps nothing open. It starts its children as fresh processes, starts them again when they
die, and passes on the wish to stop. Every child holds one end of a pipe: when the parent is gone, they stop.
"""

import logging
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import timedelta

from dawam.host.signals import FIRST_WORD, SECOND_WORD, STOP_SIGNALS, SignalPipe
from dawam.host.threads import DaemonThreads
from dawam.host.wear import EXIT_TOLD, EXIT_WORN
from dawam.observability.durations import spoken_duration

_logger = logging.getLogger("dawam.host")
_LAST_STEPS = timedelta(seconds=5)
"""What a child has beyond its grace, and after a second signal."""
_LONGEST_SLEEP = 60.0
_LAST_LOOK = 5.0
"""Seconds that the jobs of the last children to die may take to be given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How soon a process is started again, and when the parent gives up."""

    first_wait: timedelta = timedelta(milliseconds=500)
    longest_wait: timedelta = timedelta(seconds=30)
    steady_after: timedelta = timedelta(seconds=30)
    """Who has lived for so long is well: its next death is the first again."""
    limit: int = 10
    """So many deaths in a row, each of them early, end all."""

    def wait_after(self, early_deaths: int) -> timedelta:
        """The rest before the next start: it doubles with each early death in a row."""
        return min(self.first_wait * (1 << min(max(early_deaths - 1, 0), 20)), self.longest_wait)


class _Child:
    """One of the processes, by its number; after a death another one takes its place."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.starts_at = 0.0
        self.early_deaths = 0
        self.was_told_to_stop = False
        """By hand: it is not started again."""

    def __str__(self) -> str:
        return f"process {self.number} (pid {self.process.pid if self.process else '-'})"


class Processes:
    """Keeps `count` processes of one command alive until it is told to stop."""

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        *,
        grace: timedelta,
        witness: Callable[[], None],
        excuse: Callable[[int], None],
        pace: Pace | None = None,
    ) -> None:
        """The command is given the number of a descriptor as its last word: its end of the pipe.

        Args:
            grace: how long a process that was told to stop may take, before `_LAST_STEPS` begin.
            witness: gives up the hosts of dead processes; called in a thread when a child has died.
            excuse: called with the id of a process that is about to be killed.
            pace: how soon dead ones are started again.
        """
        self._command, self._grace, self._pace = tuple(command), grace, pace or Pace()
        self._witness, self._excuse = witness, excuse
        self._children = [_Child(number) for number in range(1, count + 1)]
        self._lifeline: tuple[int, int] = (-1, -1)
        self._threads = DaemonThreads(1, "dawam witness")
        self._looks: list[Future[None]] = []
        self._kill_at: float | None = None
        """When patience ends; None while nobody has asked to stop."""
        self._has_failed = False

    def run(self) -> int:
        """Answers the exit code, when all have ended: 0 when they were told to, 1 when they died too often."""
        self._lifeline = os.pipe()
        with SignalPipe((*STOP_SIGNALS, signal.SIGCHLD)) as signals:
            try:
                while self._alive() or self._goes_on():
                    self._start_due()
                    for number in signals.wait(self._until_next()):
                        if number in STOP_SIGNALS:
                            self._stop()
                    self._bury_dead()
                    self._kill_late()
                wait(self._looks, _LAST_LOOK)
            finally:
                self._threads.shutdown(wait=False)
                for end in self._lifeline:
                    os.close(end)
        return 1 if self._has_failed else 0

    # -- starting

    def _start_due(self) -> None:
        for child in self._children:
            # asked for each one anew: the start of the one before may have been the failure that ends all
            if child.was_told_to_stop:
                continue
            if self._kill_at is None and child.process is None and child.starts_at <= time.monotonic():
                self._start(child)

    def _start(self, child: _Child) -> None:
        mine = self._lifeline[0]
        # a session of its own: Ctrl-C in a terminal reaches the parent alone, which passes it on once
        try:
            child.process = subprocess.Popen(  # noqa: S603  (our own command again)
                [*self._command, str(mine)], pass_fds=(mine,), start_new_session=True
            )
        except OSError as error:  # the machine has no room for it: the others live on, and it is tried again
            self._start_later(child, f"process {child.number} could not be started ({error})", timedelta(0))
            return
        child.started_at = time.monotonic()
        _logger.info("%s of %d started", child, len(self._children))

    # -- ending

    def _stop(self) -> None:
        """Tells every child once for each time that we are told."""
        is_first = self._kill_at is None
        patience = self._grace + _LAST_STEPS if is_first else _LAST_STEPS
        # the earliest end counts: who asks again and again asks to hurry, not to wait for longer
        self._kill_at = min(self._kill_at or math.inf, time.monotonic() + patience.total_seconds())
        alive = self._alive()
        text = "stopping" if is_first else "hurrying the end of"
        _logger.info("%s %d process%s", text, len(alive), "" if len(alive) == 1 else "es")
        for process in alive:
            process.send_signal(FIRST_WORD if is_first else SECOND_WORD)

    def _kill_late(self) -> None:
        if self._kill_at is None or time.monotonic() < self._kill_at:
            return
        for process in self._alive():
            _logger.warning("the process with the pid %d did not end in time, and is killed", process.pid)
            self._excuse(process.pid)
            process.kill()
            process.wait()
        if self._alive():
            self._look()
        for child in self._children:
            child.process = None

    # -- deaths

    def _bury_dead(self) -> None:
        for child in self._children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._died(child, code)
        if os.getpid() == 1:
            _reap_strangers({process.pid for process in self._alive()})

    def _died(self, child: _Child, code: int) -> None:
        who, lived = str(child), timedelta(seconds=time.monotonic() - child.started_at)
        child.process = None
        if code not in (0, EXIT_WORN, EXIT_TOLD):
            self._look()
        if self._kill_at is not None:
            _logger.info("%s ended with %s", who, spoken_end(code))
            return
        if code == EXIT_TOLD:
            _logger.info("%s was told to stop: no other takes its place", who)
            child.was_told_to_stop = True
            return
        if code == EXIT_WORN and lived >= self._pace.steady_after:
            _logger.info("%s was worn out after %s: another takes its place", who, spoken_duration(lived))
            child.early_deaths, child.starts_at = 0, 0.0
            return
        what = f"{who} ended by itself after {spoken_duration(lived)} with {spoken_end(code)}"
        self._start_later(child, what, lived)

    def _start_later(self, child: _Child, what: str, lived: timedelta) -> None:
        """The same place is taken again after a rest, unless that has come to nothing too often."""
        child.early_deaths = 1 if lived >= self._pace.steady_after else child.early_deaths + 1
        if child.early_deaths >= self._pace.limit:
            self._give_up(what)
            return
        rest = self._pace.wait_after(child.early_deaths)
        child.starts_at = time.monotonic() + rest.total_seconds()
        _logger.warning("%s; it is started again in %s", what, spoken_duration(rest))

    def _give_up(self, what: str) -> None:
        _logger.error(
            "%s, as the %d before it did, each soon after its start: all are stopped. Look at what they said before "
            "they ended",
            *(what, self._pace.limit - 1),
        )
        self._has_failed = True
        self._stop()

    def _look(self) -> None:
        """Gives up the dead without waiting for another host to notice."""
        self._looks = [look for look in self._looks if not look.done()]
        self._looks.append(self._threads.submit(self._witness))

    # -- what there is

    def _goes_on(self) -> bool:
        """Whether any process is to be started again."""
        return self._kill_at is None and not all(child.was_told_to_stop for child in self._children)

    def _alive(self) -> list[subprocess.Popen[bytes]]:
        return [child.process for child in self._children if child.process is not None]

    def _until_next(self) -> float:
        """Seconds until something is to be done without a signal."""
        due = [child for child in self._children if child.process is None and not child.was_told_to_stop]
        moments = [child.starts_at for child in due if self._kill_at is None]
        if self._kill_at is not None:
            moments.append(self._kill_at)
        return max(0.0, min([_LONGEST_SLEEP, *(moment - time.monotonic() for moment in moments)]))


def spoken_end(code: int) -> str:
    """How a process ended, for people."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _reap_strangers(own: set[int]) -> None:
    """The first process of a container is left the orphans of all others; nobody else can bury them."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid in own:  # our own one is told of by a signal that is still to be read
            return
        os.waitpid(found.si_pid, 0)
