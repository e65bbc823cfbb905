"""What the benchmarks make of their measurements."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.figures.figure import Source
from benchmarks.figures.sqlite import FIGURES
from benchmarks.goals import Against, AtLeast, AtMost, Reached
from benchmarks.places.wal_index import commit_count
from benchmarks.programs.stamps import Stamps
from benchmarks.record import JobRecord, Verdict
from benchmarks.report import everything
from benchmarks.results import Results

OURS, THEIRS = Source("process-full-kept", "settled_rate"), Source("process-huey", "settled_rate")


def rounds(*pairs: tuple[float, float]) -> Results:
    results = Results()
    for turn, (ours, theirs) in enumerate(pairs, start=1):
        results.add(OURS.run, turn, {OURS.value: ours, "lost": 0, "duplicate": 0})
        results.add(THEIRS.run, turn, {THEIRS.value: theirs, "lost": 0, "duplicate": 0})
    return results


def test_a_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_the_medians() -> None:
    # the machine slowed down in the middle of the second round, and ran at half speed in the third
    results = rounds((60, 10), (60, 5), (30, 5))
    assert results.ratio(OURS, THEIRS) == 6


def test_a_round_in_which_one_side_failed_has_no_ratio() -> None:
    results = rounds((60, 10))
    results.add(OURS.run, 2, {OURS.value: 1000})
    assert results.ratio(OURS, THEIRS) == 6


def test_without_the_peer_there_is_no_ratio_and_nobody_knows_whether_the_goal_is_reached() -> None:
    results = Results()
    watched = {"calibration_before_ms": 15, "calibration_after_ms": 15, "foreign_cores": 0, "steal_cores": 0}
    results.add(OURS.run, 1, {OURS.value: 60, **watched})
    assert results.ratio(OURS, THEIRS) is None
    assert results.reached(FIGURES[0]) is Reached.UNKNOWN
    [line] = [line for line in everything(results, []).splitlines() if FIGURES[0].label in line]
    assert line.split()[-1] == "?"


@pytest.mark.parametrize(
    ("ratio", "reached"),
    [(2.4, Reached.NO), (2.5, Reached.HALF), (4.9, Reached.HALF), (5, Reached.MUST), (8, Reached.AIM)],
)
def test_a_rate_reaches_half_of_the_must_the_must_or_the_aim(ratio: float, reached: Reached) -> None:
    assert AtLeast(5, 8, Against.PEER).judge(ratio) is reached
    assert rounds((10 * ratio, 10)).reached(FIGURES[0]) is reached


@pytest.mark.parametrize(
    ("wait", "reached"), [(5, Reached.AIM), (5.1, Reached.HALF), (10, Reached.HALF), (11, Reached.NO)]
)
def test_a_wait_of_twice_the_must_is_half_of_it(wait: float, reached: Reached) -> None:
    assert AtMost(5).judge(wait) is reached


def test_a_run_that_lost_a_job_or_ran_one_twice_is_named() -> None:
    results = rounds((60, 10))
    assert results.wrong_counts() == []
    results.add(OURS.run, 2, {OURS.value: 60, "lost": 2, "duplicate": 1})
    assert results.wrong_counts() == ["process-full-kept, round 2: 2 lost, 1 run more than once"]


def test_the_record_tells_lost_jobs_from_duplicates(tmp_path: Path) -> None:
    record = JobRecord(tmp_path / "record", 5)
    stamps = Stamps(str(record.path), record.size)
    for number in (0, 1, 1, 4):
        stamps.stamp(number)
    assert record.done() == 3
    assert record.verdict() == Verdict(lost=2, duplicate=1)
    assert record.moments() == sorted(moment for moment in record.moments_by_number() if moment)
    assert [moment > 0 for moment in record.moments_by_number()] == [True, True, False, False, True]


def test_commits_are_counted_and_reads_and_checkpoints_are_not(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE some (number INTEGER)")
        before = commit_count(file)
        for number in range(5):
            db.execute("INSERT INTO some VALUES (?)", (number,))
        db.execute("SELECT * FROM some").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert commit_count(file) - before == 5
