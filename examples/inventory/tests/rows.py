"""What is in the file, read with SQL and nothing of ours."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from examples.inventory.catalogue import CatalogueRow


def select(database: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of one query."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, parameters).fetchall()


def execute(database: Path, sql: str, *parameters: Any) -> None:
    """Changes something behind the application's back."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(sql, parameters)


def stock_of(database: Path, row: CatalogueRow) -> int:
    """How many of a product there are."""
    [(stock,)] = select(database, "SELECT stock FROM product WHERE sku = ?", row.sku)
    return int(stock)


def job_rows(database: Path) -> list[tuple[str, str, UUID, int]]:
    """Every low-stock job that is not finished: name, state, product, stock."""
    rows = select(database, "SELECT name, state, args FROM dawam_job ORDER BY id")
    decoded = [(name, state, json.loads(args)) for name, state, args in rows]
    return [(name, state, UUID(args["product_id"]), args["current_stock"]) for name, state, args in decoded]
