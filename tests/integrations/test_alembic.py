"""Dawam's tables made by a revision of Alembic, on a real server."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, NullPool, create_engine

from dawam import App
from dawam.migrations import include_object, postgresql_statements
from dawam.stores.postgres.script import script
from tests.support.applications import running
from tests.support.postgres import Postgres

_ENV = """
from alembic import context
from sqlalchemy import Column, Integer, MetaData, NullPool, Table, create_engine

from dawam.migrations import include_object

metadata = MetaData()
Table("payment", metadata, Column("id", Integer, primary_key=True))
url = context.config.get_main_option("sqlalchemy.url")

if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_schemas=True,
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()
"""
_JOBS = """
from alembic import op

from dawam.migrations import postgresql_statements

revision, down_revision = "1", None


def upgrade() -> None:
    for statement in postgresql_statements(schema="jobs", to_version=4):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")
"""
_PAYMENTS = """
import sqlalchemy
from alembic import op

revision, down_revision = "2", "1"


def upgrade() -> None:
    op.create_table("payment", sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("payment")
"""


class Project:
    """A folder with two revisions: one makes Dawam's tables, the next one of the shop's own."""

    def __init__(self, folder: Path, url: str) -> None:
        files = {"env.py": _ENV, "versions/1_jobs.py": _JOBS, "versions/2_payments.py": _PAYMENTS}
        (folder / "versions").mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        self.script = StringIO()
        self.config = Config(stdout=StringIO(), output_buffer=self.script)
        self.config.set_main_option("script_location", str(folder))
        self.config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


@pytest.fixture
def project(tmp_path: Path, postgres_url: str) -> Project:
    return Project(tmp_path, _of_sqlalchemy(postgres_url))


def _of_sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _tables(postgres: Postgres, url: str) -> set[tuple[Any, ...]]:
    query = "SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('dawam_job', 'payment', 'alembic_version')"
    return set(postgres.execute(query, url=url))


async def test_a_revision_makes_tables_in_which_jobs_run(
    project: Project, postgres: Postgres, postgres_url: str
) -> None:
    command.upgrade(project.config, "head")

    assert _tables(postgres, postgres_url) == {
        ("jobs", "dawam_job"),
        ("public", "payment"),
        ("public", "alembic_version"),
    }
    app = App(store=f"{postgres_url}?schema=jobs")

    @app.job("shop.receipt")
    async def receipt(order: int) -> int:
        return order

    async with running(app, settings={"Store.Migrate": False}):
        assert await (await receipt.enqueue(7)).result() == 7


def test_autogenerate_leaves_our_tables_alone(project: Project, postgres_url: str) -> None:
    command.upgrade(project.config, "head")

    command.check(project.config)  # raises where it finds a difference

    with create_engine(_of_sqlalchemy(postgres_url), poolclass=NullPool).connect() as connection:
        unfiltered = MigrationContext.configure(connection, opts={"include_schemas": True})
        would = {operation[0] for operation in compare_metadata(unfiltered, MetaData()) if isinstance(operation, tuple)}
    assert "remove_table" in would, "without the filter there would be nothing to filter"


def test_a_model_of_the_users_own_is_not_left_out_whatever_its_name() -> None:
    assert include_object(object(), "dawam_friend", "table", False, None)
    assert include_object(object(), "dawam_friend", "table", True, object())
    assert not include_object(object(), "dawam_job", "table", True, None)


def test_a_downgrade_and_an_upgrade_lead_back(project: Project, postgres: Postgres, postgres_url: str) -> None:
    command.upgrade(project.config, "head")
    command.downgrade(project.config, "base")
    assert _tables(postgres, postgres_url) == {("public", "alembic_version")}

    command.upgrade(project.config, "head")

    assert ("jobs", "dawam_job") in _tables(postgres, postgres_url)


def test_alembics_own_script_makes_them_as_well(project: Project, postgres: Postgres, postgres_url: str) -> None:
    command.upgrade(project.config, "head", sql=True)

    postgres.execute(project.script.getvalue().encode(), url=postgres_url)

    assert ("jobs", "dawam_job") in _tables(postgres, postgres_url)


@pytest.mark.parametrize("schema", ["public", "jobs", "order"])
async def test_the_statements_need_no_certain_driver(postgres_url: str, schema: str) -> None:
    """asyncpg takes one statement at a time; psycopg is served above."""
    connection = await asyncpg.connect(postgres_url)
    try:
        async with connection.transaction():
            for statement in postgresql_statements(schema=schema, to_version=4):
                await connection.execute(statement)
        assert await connection.fetchval(f'SELECT version FROM "{schema}".dawam_schema') == 4
    finally:
        await connection.close()


def test_statements_fail_as_a_whole_on_tables_of_another_version(postgres: Postgres, postgres_url: str) -> None:
    def migrate(statements: Sequence[str]) -> None:
        with psycopg.connect(postgres_url) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    first = postgresql_statements(to_version=1)
    migrate(first)

    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(first)
    migrate(list(script("public", 1, 1)))
    with pytest.raises(psycopg.errors.RaiseException, match="the tables of Dawam are not of version 7"):
        migrate(list(script("public", 7, 7)))
