"""Dawam, with its default options but for what a variant says."""

import sys
from pathlib import Path

from benchmarks.contenders.contender import Contender

_PROGRAM = "benchmarks.programs.dawam_program"
_UNFINISHED = "SELECT count(*) FROM dawam_job"


def dawam(
    *,
    store_options: str = "",
    keeps: bool = True,
    job: str = "function",
    logs: bool = False,
    profile: str = "",
    processes: int = 1,
    recurring: int = 0,
) -> Contender:
    """A variant of Dawam, on whatever database it is put.

    Without `logs` no line is written for a job, as the peer is told to be quiet too. With `profile`, the worker
    writes its profile into a file of that name. Several processes are what `dawam run --processes` makes of them. Of
    `recurring` one half are workers and the other recurring jobs; none is due before the next year. `store_options` are
    what stands behind the URL of the store, question mark included.
    """
    return Contender(
        name="dawam",
        python=Path(sys.executable),
        program=_PROGRAM,
        worker=_worker(processes),
        unfinished=_UNFINISHED,
        environment={
            "DAWAM_BENCH_STORE_OPTIONS": store_options,
            "DAWAM_BENCH_JOB": job,
            "DAWAM_BENCH_RECURRING": str(recurring),
            "DAWAM_BENCH_PROFILE": profile,
            "DAWAM__BACKGROUND_JOBS__STORE_SUCCESSFUL_JOBS": "true" if keeps else "false",
            "DAWAM__LOG__LEVEL": "INFO" if logs else "WARNING",
        },
    )


def _worker(processes: int) -> tuple[str, ...]:
    if processes == 1:
        return sys.executable, "-m", _PROGRAM, "work"
    return sys.executable, "-m", "dawam", "run", "benchmarks.programs.dawam_app:app", "--processes", str(processes)
