"""A store's file that is removed or replaced under a running process is noticed: nothing is written into the void."""

from pathlib import Path

import pytest

from dawam import App
from dawam.errors import StoreUnavailableError


def shop(path: Path) -> App:
    app = App(store=f"sqlite:///{path}")

    @app.job("order")
    async def order(number: int) -> None:
        """There is nothing to do."""

    return app


@pytest.mark.fault("file removed")
async def test_an_enqueue_after_the_file_was_removed_says_so(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    async with shop(path).open(run_host=False) as app:
        await app.jobs.enqueue("order", {"number": 1})
        for name in ("jobs.db", "jobs.db-wal", "jobs.db-shm"):
            (tmp_path / name).unlink()
        with pytest.raises(StoreUnavailableError, match="removed or replaced while it was open"):
            await app.jobs.enqueue("order", {"number": 2})


@pytest.mark.fault("file removed")
async def test_an_enqueue_after_the_file_was_replaced_says_so(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    async with shop(path).open(run_host=False) as app:
        path.rename(tmp_path / "old.db")
        path.write_bytes(b"")
        with pytest.raises(StoreUnavailableError, match="removed or replaced while it was open"):
            await app.jobs.enqueue("order", {"number": 2})
