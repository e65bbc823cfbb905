"""Power fails at random moments, and what was not synced is there, or not, or in parts: nothing promised is lost."""

import os
import random
from pathlib import Path

import pytest

from tests.faults.disk import Created, Deleted, FolderSynced, Synced, Truncate, Write, why_not_here
from tests.faults.outage import SECTOR, Platter
from tests.faults.power_loss import Event, Kind, Promised, losses, recorded

JOBS = 240


@pytest.fixture
def luck() -> random.Random:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    return random.Random(seed)


def recording(folder: Path, synchronous: str) -> list[Event]:
    """What a process did to its disk; a Python whose SQLite cannot be watched is no reason to believe anything."""
    if why := why_not_here():
        assert not os.environ.get("CI"), f"CI must run this test: {why}"
        pytest.skip(why)
    return recorded(folder, synchronous=synchronous, jobs=JOBS)


def strays_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.startswith(("jobs.db", "recording"))]


class TestPowerFails:
    @pytest.mark.abp("crash recovery")
    @pytest.mark.fault("power loss")
    async def test_nothing_that_was_promised_is_lost(self, tmp_path: Path, luck: random.Random) -> None:
        events = recording(tmp_path, "FULL")

        assert strays_in(tmp_path) == [], "SQLite was given names that did not last"
        assert await losses(events, luck, points=150) == []
        assert len([event for event in events if isinstance(event, Promised) and event.is_finished]) > JOBS / 2
        written = [event for event in events if isinstance(event, Write)]
        assert len([write for write in written if write.path.endswith(".db")]) > 20, "no log was copied into the file"
        assert len([write for write in written if write.path.endswith("-wal") and write.offset == 0]) > 2, (
            "nor begun anew"
        )

    async def test_with_synchronous_normal_the_last_jobs_are_lost_and_the_file_is_whole(
        self, tmp_path: Path, luck: random.Random
    ) -> None:
        """What SQLite says of this setting, and the proof that the test above can fail."""
        found = await losses(recording(tmp_path, "NORMAL"), luck, points=50)

        assert Kind.LOST in {loss.kind for loss in found}
        assert Kind.DAMAGED not in {loss.kind for loss in found}

    async def test_a_disk_that_only_says_that_it_has_synced_damages_the_file(
        self, tmp_path: Path, luck: random.Random
    ) -> None:
        found = await losses(recording(tmp_path, "FULL"), luck, points=100, tells_the_truth=False)

        assert {loss.kind for loss in found} >= {Kind.LOST, Kind.DAMAGED}


class TestPlatter:
    A, B = b"a" * SECTOR * 2, b"b" * SECTOR * 2

    def left_after(self, *operations: Event, truth: bool = True) -> set[bytes | None]:
        """Everything that may be left of the file `x`; None: it is not there."""
        found = set()
        for seed in range(300):
            platter = Platter(tells_the_truth=truth)
            for index, operation in enumerate(operations):
                assert not isinstance(operation, Promised)
                platter.see(index, operation)
            found.add(platter.fail(random.Random(seed)).get("x"))
        return found

    def test_what_was_synced_stays(self) -> None:
        written = (Created("x"), FolderSynced(1), Write("x", 0, self.A), Synced("x", 3))

        assert self.left_after(*written) == {self.A}
        assert self.left_after(*written, truth=False) > {self.A, b""}

    def test_what_was_written_since_may_be_there_or_not_or_in_part(self) -> None:
        written = (Created("x"), FolderSynced(1), Write("x", 0, self.A), Synced("x", 3), Write("x", 0, self.B))

        half = SECTOR
        assert self.left_after(*written) == {
            self.A, self.B, self.A[:half] + self.B[half:], self.B[:half] + self.A[half:]
        }  # fmt: skip

    def test_a_sync_covers_only_what_came_before_it_began(self) -> None:
        written = (Created("x"), FolderSynced(1), Write("x", 0, self.A), Truncate("x", 1), Synced("x", 3))

        assert self.left_after(*written) == {self.A, self.A[:1]}

    def test_a_name_may_be_missing_until_the_folder_is_synced(self) -> None:
        assert self.left_after(Created("x"), Write("x", 0, self.A), Synced("x", 2)) == {None, self.A}

    def test_a_file_that_was_deleted_may_come_back_until_the_folder_is_synced(self) -> None:
        there = (Created("x"), FolderSynced(1), Write("x", 0, self.A), Synced("x", 3))

        assert self.left_after(*there, Deleted("x")) == {None, self.A}
        assert self.left_after(*there, Deleted("x"), FolderSynced(5)) == {None}
