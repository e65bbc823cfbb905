"""The peers that keep jobs in PostgreSQL, each with the settings that were found to be its best on two cores.

How each is started stands in its program. PgQueuer deletes a job when it is done (its log of statuses stays), the
others keep it as history.
"""

from pathlib import Path

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.installation import Installation


def pgqueuer(cache: Path) -> Contender:
    """PgQueuer, the fastest of them."""
    return _peer(Installation("pgqueuer", cache), 1.0, "SELECT count(*) FROM pgqueuer")


def awa(cache: Path) -> Contender:
    """awa: its view of all jobs takes seconds to read, so what was handed in is held against what was completed."""
    unfinished = """
        SELECT (SELECT count(*) FROM awa.ready_entries) - (SELECT count(*) FROM awa.done_entries)
             - (SELECT coalesce(sum(completed_count), 0) FROM awa.receipt_completion_batches)
    """
    return _peer(Installation("awa", cache), 0.5, unfinished)


def chancy(cache: Path) -> Contender:
    """Chancy."""
    unfinished = "SELECT count(*) FROM chancy_jobs WHERE state NOT IN ('succeeded', 'failed')"
    return _peer(Installation("chancy", cache), 0.5, unfinished)


def oban(cache: Path) -> Contender:
    """Oban, which needs a newer Python."""
    return _peer(
        Installation("oban", cache, python="3.12"), 0.25, "SELECT count(*) FROM oban_jobs WHERE state <> 'completed'"
    )


def procrastinate(cache: Path) -> Contender:
    """Procrastinate."""
    unfinished = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    return _peer(Installation("procrastinate", cache), 0.075, unfinished)


def _peer(installation: Installation, share: float, unfinished: str) -> Contender:
    python, program = installation.program("python"), f"benchmarks.programs.{installation.name}_program"
    return Contender(
        name=installation.name,
        python=python,
        program=program,
        worker=(str(python), "-m", program, "work"),
        unfinished=unfinished,
        set_up=("install",),
        installation=installation,
        share=share,
    )
