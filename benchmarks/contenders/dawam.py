"""Dawam, with its default options but for what a variant says."""

import sys
from pathlib import Path

from benchmarks.contenders.contender import Contender

_PROGRAM = "benchmarks.programs.dawam_program"
_UNFINISHED = "SELECT count(*) FROM dawam_job"


def dawam(
    *, synchronous: str = "FULL", keeps: bool = True, job: str = "function", logs: bool = False, profile: str = ""
) -> Contender:
    """A variant of Dawam.

    Without `logs` no line is written for a job, as the peer is told to be quiet too. With `profile`, the worker
    writes its profile into a file of that name.
    """
    return Contender(
        name="dawam",
        python=Path(sys.executable),
        program=_PROGRAM,
        worker=(sys.executable, "-m", _PROGRAM, "work"),
        unfinished=_UNFINISHED,
        environment={
            "DAWAM_BENCH_SYNCHRONOUS": synchronous,
            "DAWAM_BENCH_JOB": job,
            "DAWAM_BENCH_PROFILE": profile,
            "DAWAM__BACKGROUND_JOBS__STORE_SUCCESSFUL_JOBS": "true" if keeps else "false",
            "DAWAM__LOG__LEVEL": "INFO" if logs else "WARNING",
        },
    )
