"""Reads a catalogue of products from CSV: the good rows, and for each bad one its line and what is wrong with it."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Self

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

    @classmethod
    def repeated(cls, line: int, sku: str, first_line: int) -> Self:
        """A product counts as it is in its first line."""
        return cls(line, f"sku {sku} stands in line {first_line} already")

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was read."""

    rows: list[CatalogueRow] = field(default_factory=list[CatalogueRow])
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])
    line_of: dict[str, int] = field(default_factory=dict[str, int])
    """Where each of the products stands."""


def check_header(names: Sequence[str]) -> None:
    """Raises `CatalogueError` where columns are missing."""
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise CatalogueError(f"the header lacks {', '.join(missing)}: {','.join(COLUMNS)} was expected")


def read_catalogue(lines: Iterable[str], *, lines_before: int = 0) -> Catalogue:
    """Reads a catalogue; one bad row does not keep out the others. Raises `CatalogueError` for a wrong header.

    `lines_before`: so many lines of the file, between its header and these, are read by somebody else.
    """
    reader = csv.DictReader(lines, strict=True)
    check_header(reader.fieldnames or ())
    catalogue = Catalogue()
    while True:
        line = reader.line_num + lines_before + 1
        try:
            row = _row(next(reader))
        except StopIteration:
            return catalogue
        except csv.Error as error:
            reason = f"it cannot be read as CSV ({error}): is a quote not closed?"
            catalogue.refused.append(RefusedRow(line, reason))
        except ValueError as error:
            catalogue.refused.append(RefusedRow(line, str(error)))
        else:
            _take(row, line, catalogue)


def _take(row: CatalogueRow, line: int, catalogue: Catalogue) -> None:
    first_line = catalogue.line_of.setdefault(row.sku, line)
    if first_line == line:
        catalogue.rows.append(row)
    else:
        catalogue.refused.append(RefusedRow.repeated(line, row.sku, first_line))


def _row(values: Mapping[Any, str | None]) -> CatalogueRow:
    if None in values:
        raise ValueError(f"it has more than {len(COLUMNS)} fields: a comma inside a field needs quotes around it")
    texts = {name: (values[name] or "").strip() for name in COLUMNS}
    empty = [name for name, text in texts.items() if not text]
    if empty:
        raise ValueError(f"no {' and no '.join(empty)}")
    if any("\ufffd" in text for text in texts.values()):
        raise ValueError("it has bytes that are no UTF-8: save the file in that encoding")
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
