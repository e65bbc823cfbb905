"""One run's stage: a fresh folder and place, the workers that were started there, and commands to its program."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import machine
from benchmarks.bench import Arena
from benchmarks.contenders.contender import Contender
from benchmarks.programs import answer
from benchmarks.programs.stamps import RECORD, RECORD_SIZE
from benchmarks.programs.store import STORE
from benchmarks.record import JobRecord

ROOT = Path(__file__).resolve().parent.parent
_LONGEST_COMMAND = 300.0
_PATIENCE_AT_THE_END = 10


class Stage:
    """Use it as a context: at its end the workers are stopped and all that lay there is gone."""

    def __init__(self, contender: Contender, arena: Arena, jobs: int, *, like: str = "") -> None:
        """`jobs` is how many different jobs may run: the size of the record of their starts.

        The place is empty but for the contender's tables, unless it is to be a copy of what was kept under a name.
        """
        self.contender = contender
        self._folder = Path(tempfile.mkdtemp(prefix="run-", dir=arena.cache))
        self.record = JobRecord(self._folder / "record", jobs)
        self.place = arena.places.copy(like, self._folder) if like else arena.places.new(self._folder)
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            for command in self.contender.set_up:
                self.command(command)
            self.place.flush()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._leave()

    def _leave(self) -> None:
        try:
            self.stop_workers()
        finally:
            self.place.leave()
            shutil.rmtree(self._folder, ignore_errors=True)

    # -- its processes

    def command(self, *words: object, patience: float = _LONGEST_COMMAND) -> dict[str, Any]:
        """Runs one command of the contender's program to its end, and gives its answer."""
        line = [str(self.contender.python), "-m", self.contender.program, *map(str, words)]
        return run_program(line, self._environment(), self._folder, patience)

    def start_workers(self) -> float:
        """Starts them; answers the moment before the first was started."""
        began = time.monotonic()
        with (self._folder / "worker.log").open("ab") as log:
            for _ in range(self.contender.processes):
                worker = subprocess.Popen(
                    self.contender.worker,
                    env=self._environment(),
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                self._workers.append(worker)
        return began

    @property
    def workers(self) -> list[int]:
        """Their process ids. Raises `RuntimeError`, with the last words, when one of them has ended."""
        if not self._workers or any(worker.poll() is not None for worker in self._workers):
            log = self._folder / "worker.log"
            words = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise RuntimeError(f"a worker of {self.contender.name} is not running; the last words: {words}")
        return [worker.pid for worker in self._workers]

    def stop_workers(self) -> None:
        """Asks the workers to end, and sees to it that they do, with all that they started."""
        running = [worker for worker in self._workers if worker.poll() is None]
        self._workers.clear()
        started = machine.family(*(worker.pid for worker in running))
        for worker in running:
            worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_AT_THE_END
        try:
            for worker in running:
                worker.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill(started)
            for worker in running:
                worker.wait()

    # -- its database

    def unfinished(self) -> int:
        """How many jobs wait or run, as the database has it."""
        ((count,),) = self.place.query(self.contender.unfinished)
        return int(count)

    def _environment(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            STORE: self.place.url,
            RECORD: str(self.record.path),
            RECORD_SIZE: str(self.record.size),
        }
        return {**os.environ, **own, **self.contender.environment}


def _kill(processes: list[int]) -> None:
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended meanwhile


def run_program(
    line: list[str], environment: dict[str, str], folder: Path, patience: float = _LONGEST_COMMAND
) -> dict[str, Any]:
    """Runs a program to its end and gives its answer. Raises `RuntimeError` with its last words when it failed."""
    done = subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, timeout=patience)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line[1:])} ended with {done.returncode}: {done.stderr[-1500:]}")
    try:
        return answer.find(done.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"{' '.join(line[1:])} gave an answer that is no JSON: {done.stdout[-300:]}") from error
