"""Reads a catalogue of products from CSV: the good rows, and for each bad one its line and what is wrong with it."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

COLUMNS = ("sku", "name", "category", "price", "stock", "minimum_stock")
_MOST = 1_000_000


class CatalogueError(Exception):
    """This is no catalogue at all."""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One product as the catalogue has it."""

    sku: str
    name: str
    category: str
    price: Decimal
    stock: int
    minimum_stock: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be imported."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was read."""

    rows: list[CatalogueRow] = field(default_factory=list[CatalogueRow])
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])


def read_catalogue(lines: Iterable[str]) -> Catalogue:
    """Reads a catalogue; one bad row does not keep out the others. Raises `CatalogueError` for a wrong header."""
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise CatalogueError(f"the header lacks {', '.join(missing)}: {','.join(COLUMNS)} was expected")
    catalogue = Catalogue()
    line_of: dict[str, int] = {}
    for values in reader:
        try:
            row = _row(values, line_of)
        except ValueError as error:
            catalogue.refused.append(RefusedRow(reader.line_num, str(error)))
        else:
            line_of[row.sku] = reader.line_num
            catalogue.rows.append(row)
    return catalogue


def _row(values: Mapping[Any, str | None], line_of: Mapping[str, int]) -> CatalogueRow:
    if None in values:
        raise ValueError(f"it has more than {len(COLUMNS)} fields: a comma inside a field needs quotes around it")
    texts = {name: (values[name] or "").strip() for name in COLUMNS}
    empty = [name for name, text in texts.items() if not text]
    if empty:
        raise ValueError(f"no {' and no '.join(empty)}")
    if texts["sku"] in line_of:
        raise ValueError(f"sku {texts['sku']} stands in line {line_of[texts['sku']]} already")
    return CatalogueRow(
        sku=texts["sku"],
        name=texts["name"],
        category=texts["category"],
        price=_price(texts["price"]),
        stock=_count(texts["stock"], "stock"),
        minimum_stock=_count(texts["minimum_stock"], "minimum_stock"),
    )


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"price {text!r} is no number") from None
    if not price.is_finite() or price < 0:
        raise ValueError(f"price {text} is no price: zero or more was expected")
    return price


def _count(text: str, name: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is no whole number") from None
    if not 0 <= count <= _MOST:
        raise ValueError(f"{name} {count} is out of range: 0 to {_MOST:,} was expected")
    return count
