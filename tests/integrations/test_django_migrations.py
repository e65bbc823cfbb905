"""Dawam's tables made by a migration of Django, on a real server: `manage.py migrate`, as its users run it."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dawam import App
from tests.support.applications import running
from tests.support.postgres import Postgres

_SETTINGS = """
INSTALLED_APPS = ["shop"]
SECRET_KEY = "for tests"
USE_TZ = True
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "{host}",
        "PORT": {port},
        "NAME": "{database}",
        "USER": "{user}",
    }}
}}
"""
_JOBS = """
from django.db import migrations

from dawam.migrations import postgresql_statements


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunSQL(
            postgresql_statements(schema="jobs", to_version=4), reverse_sql="DROP SCHEMA jobs CASCADE"
        )
    ]
"""
_PAYMENTS = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_jobs")]
    operations = [migrations.CreateModel("Payment", [("id", models.BigAutoField(primary_key=True))])]
"""
_MODELS = """
from django.db import models


class Payment(models.Model):
    id = models.BigAutoField(primary_key=True)
"""


class Project:
    """A folder with one Django application, whose first migration makes Dawam's tables."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        parts = urlsplit(url)
        where = {"host": parts.hostname, "port": parts.port, "database": parts.path[1:], "user": parts.username}
        files = {
            "project.py": _SETTINGS.format(**where),
            "shop/__init__.py": "",
            "shop/models.py": _MODELS,
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_jobs.py": _JOBS,
            "shop/migrations/0002_payments.py": _PAYMENTS,
        }
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "django", *arguments, "--settings=project", "--pythonpath=."]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def project(tmp_path: Path, postgres_url: str) -> Project:
    return Project(tmp_path, postgres_url)


async def test_a_migration_makes_tables_in_which_jobs_run_and_takes_them_back(
    project: Project, postgres: Postgres, postgres_url: str
) -> None:
    project.manage("migrate")

    tables = postgres.execute(
        "SELECT schemaname FROM pg_tables WHERE tablename IN ('dawam_job', 'shop_payment') ORDER BY tablename",
        url=postgres_url,
    )
    assert tables == [("jobs",), ("public",)]
    app = App(store=f"{postgres_url}?schema=jobs")

    @app.job("shop.receipt")
    async def receipt(order: int) -> int:
        return order

    async with running(app, settings={"Store.Migrate": False}):
        assert await (await receipt.enqueue(7)).result() == 7

    project.manage("migrate", "shop", "zero")

    assert postgres.execute("SELECT to_regnamespace('jobs')", url=postgres_url) == [(None,)]
