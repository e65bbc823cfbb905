"""What the demo reads back: the database, with plain sqlite3 and SQL, beside the file of what is expected."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any, cast
from uuid import UUID

EXPECTED = Path(__file__).parents[1] / "expected.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table."""

    what: str
    expected: str
    found: str
    fine: bool


class Ledger:
    """Reads the file behind everybody's back."""

    def __init__(self, database: Path) -> None:
        self._uri = f"{database.as_uri()}?mode=ro"

    def select(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with closing(sqlite3.connect(self._uri, uri=True, timeout=10)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def unfinished_count(self) -> int:
        """How many jobs are not done yet."""
        [(count,)] = self.select("SELECT count(*) FROM dawam_job")
        return int(count)

    def finished(self, product_id: str) -> tuple[float, float] | None:
        """When the alert of a product was picked up and done, in seconds since 1970; None before that."""
        rows = self.select(
            "SELECT claimed_at / 1e6, finished_at / 1e6 FROM dawam_finished "
            "WHERE json_extract(args, '$.product_id') = ?",
            str(UUID(product_id)),
        )
        return rows[0] if rows else None

    def compare(self, mails: Iterable[Message]) -> list[Entry]:
        """Every line of expected.json beside what its query finds; the mails are there as a table `mail`."""
        wanted = json.loads(EXPECTED.read_text(encoding="utf-8"))
        with closing(sqlite3.connect(self._uri, uri=True, timeout=10)) as connection:
            connection.execute("CREATE TEMP TABLE mail (key TEXT NOT NULL)")
            keys = [(str(mail["Message-ID"]).strip("<>").partition("@")[0],) for mail in mails]
            connection.executemany("INSERT INTO temp.mail VALUES (?)", keys)
            return [_entry(line, connection.execute(line["query"]).fetchall()) for line in wanted]


def _entry(line: dict[str, Any], rows: list[tuple[Any, ...]]) -> Entry:
    found = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else [list(row) for row in rows]
    if "at_least" in line:
        return Entry(line["what"], f"at least {line['at_least']}", _shown(found), found >= line["at_least"])
    return Entry(line["what"], _shown(line["expected"]), _shown(found), found == line["expected"])


def _shown(value: Any) -> str:
    if isinstance(value, list):
        rows = cast("list[list[object]]", value)
        return "; ".join(" ".join(str(cell) for cell in row) for row in rows) or "none"
    return str(value)
