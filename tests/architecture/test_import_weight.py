"""`import dawam` is light: it brings no database driver, no web toolkit, and no library that is needed only later."""

import subprocess
import sys

HEAVY = (
    "aiosqlite", "asyncpg", "attr", "click", "dishka", "django", "fastapi", "hypothesis", "psycopg", "pydantic",
    "pytest", "sqlalchemy", "sqlite3", "starlette", "uvicorn", "watchfiles",
)  # fmt: skip


def _loaded_by(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_dawam_loads_none_of_the_heavy_libraries() -> None:
    loaded = _loaded_by("import dawam")

    assert "dawam" in loaded
    assert sorted(loaded & set(HEAVY)) == []


def test_what_migrations_need_asks_for_no_driver_and_no_tool() -> None:
    loaded = _loaded_by("import dawam.migrations, dawam.integrations")

    assert sorted(loaded & (set(HEAVY) - {"sqlite3"})) == []


def test_this_check_would_notice_a_heavy_library() -> None:
    assert "sqlite3" in _loaded_by("import dawam, sqlite3") & set(HEAVY)
