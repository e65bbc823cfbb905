"""One run's place: a fresh folder with its database, the worker that was started in it, and commands to its program."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import machine
from benchmarks.contenders.contender import DATABASE, Contender
from benchmarks.programs import answer
from benchmarks.programs.stamps import RECORD, RECORD_SIZE
from benchmarks.record import JobRecord

ROOT = Path(__file__).resolve().parent.parent
_LONGEST_COMMAND = 300
_PATIENCE_AT_THE_END = 10


class Stage:
    """Use it as a context: at its end the worker is stopped and the folder is gone."""

    def __init__(self, contender: Contender, cache: Path, jobs: int) -> None:
        """`jobs` is how many different jobs may run: the size of the record of their starts."""
        cache.mkdir(parents=True, exist_ok=True)
        self.contender = contender
        self._folder = Path(tempfile.mkdtemp(prefix="run-", dir=cache))
        self.database = self._folder / "jobs.db"
        self.record = JobRecord(self._folder / "record", jobs)
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        try:
            self.stop_worker()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    # -- its processes

    def command(self, *words: object) -> dict[str, Any]:
        """Runs one command of the contender's program to its end, and gives its answer."""
        line = [str(self.contender.python), "-m", self.contender.program, *map(str, words)]
        return run_program(line, self._environment(), self._folder)

    def start_worker(self) -> float:
        """Starts the worker; answers the moment before it was started."""
        with (self._folder / "worker.log").open("ab") as log:
            began = time.monotonic()
            self._worker = subprocess.Popen(
                self.contender.worker,
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return began

    @property
    def worker(self) -> int:
        """The worker's process id. Raises `RuntimeError`, with its last words, when it has ended."""
        if self._worker is None or self._worker.poll() is not None:
            log = self._folder / "worker.log"
            words = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise RuntimeError(f"the worker of {self.contender.name} is not running; its last words: {words}")
        return self._worker.pid

    def stop_worker(self) -> None:
        """Asks the worker to end, and sees to it that it does, with all that it started."""
        worker, self._worker = self._worker, None
        if worker is None or worker.poll() is not None:
            return
        started = machine.family(worker.pid)
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(_PATIENCE_AT_THE_END)
        except subprocess.TimeoutExpired:
            for process in started:
                os.kill(process, signal.SIGKILL)
            worker.wait()

    # -- its database

    def unfinished(self) -> int:
        """How many jobs wait or run, as the database has it."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)) as db:
            (count,) = db.execute(self.contender.unfinished).fetchone()
        return int(count)

    def _environment(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            DATABASE: str(self.database),
            RECORD: str(self.record.path),
            RECORD_SIZE: str(self.record.size),
        }
        return {**os.environ, **own, **self.contender.environment}


def run_program(line: list[str], environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """Runs a program to its end and gives its answer. Raises `RuntimeError` with its last words when it failed."""
    done = subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_COMMAND)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line[1:])} ended with {done.returncode}: {done.stderr[-1500:]}")
    try:
        return answer.find(done.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"{' '.join(line[1:])} gave an answer that is no JSON: {done.stdout[-300:]}") from error
