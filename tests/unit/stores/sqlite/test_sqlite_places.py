"""Where no store can be: each place is refused with what is wrong there and what to do."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from dawam.clock import SystemClock
from dawam.errors import NotRunningError, SchemaError, SettingsError, StoreBusyError, StoreUnavailableError
from dawam.ids import new_host_id, new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.sqlite import connection
from dawam.stores.sqlite.store import SqliteStore, from_url
from dawam.stores.values import Retention
from dawam.testing.clock import ManualClock
from tests.support.hosts import host_info

NOBODY = 65534


def store_at(path: Path, **options: timedelta) -> SqliteStore:
    return SqliteStore(path, clock=SystemClock(), **options)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(path: Path, **options: timedelta) -> AsyncIterator[SqliteStore]:
    store = store_at(path, **options)
    await store.open()
    yield store
    await store.close()


def a_job(args: bytes = b"{}") -> NewJob:
    now = datetime.now(UTC)
    return NewJob(
        id=new_id(),
        name="shop.receipt",
        args=args,
        queue="default",
        priority=Priority.NORMAL,
        created_at=now,
        run_at=now,
    )


async def refused(path: Path) -> str:
    store = store_at(path)
    with pytest.raises(StoreUnavailableError) as raised:
        await store.open()
    with pytest.raises(NotRunningError):  # it is not half open
        await store.counts()
    return str(raised.value)


class TestThePath:
    async def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        assert f"{tmp_path} is a folder: name a file in it" in await refused(tmp_path)

    async def test_a_folder_that_does_not_exist_is_not_created(self, tmp_path: Path) -> None:
        assert "does not exist: create it first" in await refused(tmp_path / "nowhere" / "jobs.db")
        assert not (tmp_path / "nowhere").exists()

    async def test_another_kind_of_file_is_refused_and_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("these are notes, and no database\n" * 100)
        before = path.read_bytes()
        assert "is not an SQLite database: name another file" in (await refused(path)).replace("It is", "is")
        assert path.read_bytes() == before

    async def test_a_damaged_database_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "jobs.db"
        async with opened(path) as store:
            await store.add([a_job() for _ in range(200)])
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xff" * (len(data) - 4096)
        path.write_bytes(bytes(data))
        assert "damaged: restore a backup" in await refused(path)

    async def test_marks_of_urls_in_a_path_are_just_letters(self, tmp_path: Path) -> None:
        path = tmp_path / "50% of? it#all.db"
        async with opened(path) as store:
            await store.add([a_job()])
        assert path.exists()

    async def test_where_there_is_no_store_and_none_may_be_made(self, tmp_path: Path) -> None:
        store = store_at(tmp_path / "jobs.db")
        with pytest.raises(StoreUnavailableError, match=r"there is no store at .* run `dawam store migrate`"):
            await store.open(migrate=False)
        assert not (tmp_path / "jobs.db").exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://jobs.db", "sqlite:///file.db or sqlite:////absolute/file.db was expected"),
        ("sqlite:///", "was expected"),
        ("sqlite:///:memory:", "for jobs in memory, memory://"),
        ("sqlite:///jobs\0.db", "sqlite:///file.db or sqlite:////absolute/file.db was expected"),
        ("sqlite:///shop#1.db", "give the file a name without #"),
        ("sqlite:///jobs.db?timeout=5", "unknown option timeout; known: synchronous"),
        ("sqlite://[::1", "Store.Url 'sqlite://...': sqlite:///file.db or"),
        ("sqlite://db\uff0fjobs", "was expected"),  # a sign that becomes a slash, which Python refuses in an address
        (
            "sqlite:///jobs.db?synchronous=off",
            "Store.Url 'sqlite:///jobs.db': synchronous= one of FULL, NORMAL, EXTRA was expected",
        ),
    ],
)
def test_a_url_that_names_no_file_is_refused(url: str, expected: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_url(url, application="default", clock=SystemClock(), retention=Retention())
    assert expected in str(raised.value)


class TestRights:
    """As an unprivileged user, in a process of its own: root may write everywhere."""

    def refused_for_nobody(self, path: Path) -> str:
        program = textwrap.dedent(
            """
            import asyncio, os, sys
            from dawam.clock import SystemClock
            from dawam.errors import DawamError
            from dawam.stores.sqlite.store import SqliteStore
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(int(sys.argv[2]))
                os.setuid(int(sys.argv[2]))
            try:
                asyncio.run(SqliteStore(sys.argv[1], clock=SystemClock()).open())
            except DawamError as error:
                print(type(error).__name__, error)
            """
        )
        ran = subprocess.run(
            [sys.executable, "-c", program, str(path), str(NOBODY)],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return ran.stdout

    @pytest.fixture
    def open_to_all(self, tmp_path: Path) -> Path:
        """A folder that others can reach: pytest's own are for their owner only."""
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o055)
        return tmp_path

    async def test_a_read_only_folder_is_refused(self, open_to_all: Path) -> None:
        folder = open_to_all / "shop"
        folder.mkdir(mode=0o555)
        said = self.refused_for_nobody(folder / "jobs.db")
        assert said.startswith("StoreUnavailableError")
        assert "cannot be written by this user: SQLite needs to write both the file and its folder" in said

    async def test_a_read_only_file_is_refused(self, open_to_all: Path) -> None:
        folder = open_to_all / "shop"
        folder.mkdir()
        path = folder / "jobs.db"
        async with opened(path):
            pass
        folder.chmod(0o777)
        path.chmod(0o444)
        said = self.refused_for_nobody(path)
        assert said.startswith("StoreUnavailableError")
        assert "cannot be written by this user" in said


class TestNetworkFileSystems:
    def mounts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *lines: str) -> None:
        table = tmp_path / "mounts"
        table.write_text("".join(f"{line}\n" for line in lines))
        monkeypatch.setattr(connection, "MOUNTS", table)

    async def test_are_refused_by_name(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.mounts(monkeypatch, tmp_path, "/dev/vda / ext4 rw 0 0", f"files:/export {tmp_path} nfs4 rw 0 0")
        said = await refused(tmp_path / "jobs.db")
        assert "network file system (nfs4), where SQLite cannot keep jobs safe: put it on a local disk" in said

    async def test_also_where_the_folder_has_a_space(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        folder = tmp_path / "my jobs"
        folder.mkdir()
        self.mounts(monkeypatch, tmp_path, f"//files/jobs {tmp_path}/my\\040jobs cifs rw 0 0")
        assert "(cifs)" in await refused(folder / "jobs.db")

    async def test_the_innermost_mount_decides(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        local = tmp_path / "local"
        local.mkdir()
        self.mounts(monkeypatch, tmp_path, f"files:/ {tmp_path} nfs rw 0 0", f"/dev/vdb {local} ext4 rw 0 0")
        async with opened(local / "jobs.db") as store:
            assert await store.add([a_job()]) == [True]

    async def test_a_folder_beside_it_with_a_longer_name_is_none(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        beside = tmp_path / "mounted-not"
        beside.mkdir()
        self.mounts(monkeypatch, tmp_path, f"files:/ {tmp_path}/mounted nfs rw 0 0")
        async with opened(beside / "jobs.db") as store:
            assert await store.add([a_job()]) == [True]

    async def test_a_system_that_does_not_tell_is_believed(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(connection, "MOUNTS", tmp_path / "no such table")
        async with opened(tmp_path / "jobs.db") as store:
            assert await store.add([a_job()]) == [True]


class TestAFullDisk:
    async def check(self, store: SqliteStore) -> None:
        """One add too many is refused; what was there is there, and what fits is taken again."""
        [first] = jobs = [a_job()]
        await store.add(jobs)
        large = [a_job(b'"' + b"x" * 900_000 + b'"') for _ in range(5)]
        with pytest.raises(StoreUnavailableError, match="full: free some space; nothing that was enqueued before"):
            await store.add(large)
        assert await store.get(first.id) is not None
        assert [await store.get(job.id) for job in large] == [None] * 5

    async def test_by_the_databases_own_limit(self, tmp_path: Path) -> None:
        async with opened(tmp_path / "jobs.db") as store:
            [(pages,)] = [await store._writer.run(lambda db: db.execute("PRAGMA page_count").fetchone())]
            await store._writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 30}").fetchone())
            await self.check(store)
            assert await store.add([a_job()]) == [True]

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "small"
        folder.mkdir()
        mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
        try:
            mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
            reason = mounted.stderr.strip() if mounted.returncode else ""
        except FileNotFoundError as error:
            reason = str(error)
        if reason and os.environ.get("CI") == "true":
            pytest.fail(f"a small disk is needed and cannot be mounted: {reason}")
        if reason:
            pytest.skip(f"no small disk can be mounted here: {reason}")
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)

    async def test_by_the_disk_itself(self, small_disk: Path) -> None:
        async with opened(small_disk / "jobs.db") as store:
            await self.check(store)


class TestALockedDatabase:
    async def test_an_add_waits_and_then_says_who_may_hold_it(self, tmp_path: Path) -> None:
        async with opened(tmp_path / "jobs.db", patience=timedelta(milliseconds=50)) as store:
            holder = sqlite3.connect(store.path, isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusyError, match=r"jobs\.db is locked by another transaction"):
                await store.add([a_job()])
            assert (await store.counts()).waiting == 0  # reading goes on
            holder.execute("ROLLBACK")
            holder.close()
            assert await store.add([a_job()]) == [True]


class TestTables:
    async def test_of_a_newer_dawam_that_excludes_this_one_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "jobs.db"
        async with opened(path):
            pass
        db = sqlite3.connect(path)
        db.execute("UPDATE dawam_schema SET version = 900, minimum_code_version = 900")
        db.commit()
        db.close()
        store = store_at(path)
        with pytest.raises(SchemaError, match=r"of version 900 and need code that knows version 900.*upgrade it"):
            await store.open()

    async def test_of_a_newer_dawam_that_allows_this_one_are_worked_with(self, tmp_path: Path) -> None:
        path = tmp_path / "jobs.db"
        async with opened(path):
            pass
        db = sqlite3.connect(path)
        db.execute("UPDATE dawam_schema SET version = 900")
        db.commit()
        db.close()
        async with opened(path) as store:
            assert await store.add([a_job()]) == [True]
            assert (await store.check()).pending == ()

    async def test_that_are_missing_are_not_made_where_that_was_not_asked(self, tmp_path: Path) -> None:
        path = tmp_path / "shop.db"
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE product (id INTEGER)")
        db.commit()
        db.close()
        store = store_at(path)
        with pytest.raises(SchemaError, match=r"of version 0, and this Dawam needs .*run `dawam store migrate`"):
            await store.open(migrate=False)
        assert tables(path) == {"product"}

    async def test_are_made_beside_those_of_the_application(self, tmp_path: Path) -> None:
        path = tmp_path / "shop.db"
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE product (id INTEGER)")
        db.execute("INSERT INTO product VALUES (7)")
        db.commit()
        db.close()
        async with opened(path) as store:
            report = await store.check()
        assert (report.found, report.pending) == (report.expected, ())
        assert tables(path) > {"product", "dawam_job", "dawam_schema"}

    def test_are_made_once_by_processes_that_start_together(self, tmp_path: Path) -> None:
        program = textwrap.dedent(
            """
            import asyncio, sys
            from dawam.clock import SystemClock
            from dawam.stores.sqlite.store import SqliteStore
            async def main():
                store = SqliteStore(sys.argv[1], clock=SystemClock())
                print("ready", flush=True)
                sys.stdin.readline()
                await store.open()
                report = await store.check()
                await store.close()
                print(report.found == report.expected and not report.pending)
            asyncio.run(main())
            """
        )
        path = tmp_path / "jobs.db"
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(5)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:  # all at once
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60)[0] for process in processes]
        assert answers == ["True\n"] * 5
        db = sqlite3.connect(path)
        assert db.execute("SELECT count(*) FROM dawam_schema").fetchone() == (1,)
        db.close()


def tables(path: Path) -> set[str]:
    db = sqlite3.connect(path)
    found = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    db.close()
    return found


async def test_a_host_of_another_boot_of_the_machine_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, host = ManualClock(), new_host_id()
    before = SqliteStore(tmp_path / "jobs.db", clock=clock)
    await before.open()
    await before.register(host_info(host, clock.now()), timedelta(hours=1))
    await before.close()

    monkeypatch.setattr("dawam.stores.sqlite.store.boot_id", lambda: "another boot")
    store = SqliteStore(tmp_path / "jobs.db", clock=clock)
    await store.open()
    now = clock.now()
    await store.add([structs.replace(a_job(), created_at=now, run_at=now)])

    assert await store.claim(host, ["default"], 10) == []
    await store.register(host_info(host, now), timedelta(hours=1))
    assert len(await store.claim(host, ["default"], 10)) == 1
    await store.close()


@pytest.mark.parametrize("sign", ["", "@", "/", "?", "#"])
def test_the_password_of_a_server_under_the_wrong_scheme_is_not_shown(sign: str) -> None:
    url = f"sqlite://clerk:hunter2{sign}@db.example/jobs"
    with pytest.raises(SettingsError) as raised:
        from_url(url, application="default", clock=SystemClock(), retention=Retention())
    assert "hunter2" not in str(raised.value)


async def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"the store cannot be at .*: File name too long"):
        await store_at(tmp_path / ("a" * 300)).open()


async def test_a_file_whose_name_is_not_utf_8_holds_a_store(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"jobs\xff.db")
    store = store_at(path)
    await store.open()
    await store.close()
    assert path.is_file()
