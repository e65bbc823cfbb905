"""A catalogue is read row by row, and every bad row is reported by its line and what is wrong with it."""

from decimal import Decimal
from pathlib import Path

import pytest

from examples.inventory.catalogue import CatalogueError, read_catalogue
from examples.inventory.imports.parts import read_header
from examples.inventory.tests.shelf import whole_catalogue

HEADER = "sku,name,category,price,stock,minimum_stock"


def reasons(*rows: str) -> list[str]:
    return [str(refused) for refused in read_catalogue([HEADER, *rows]).refused]


def test_the_catalogue_has_three_hundred_products_and_two_bad_rows() -> None:
    catalogue = whole_catalogue()

    assert len(catalogue.rows) == 300
    assert [str(refused) for refused in catalogue.refused] == [
        "line 88: price 'twelve' is no number",
        "line 234: stock -4 is out of range: 0 to 1,000,000 was expected",
    ]


def test_names_are_read_in_arabic_and_in_english() -> None:
    names = {row.name for row in whole_catalogue().rows}

    assert {"قهوة تركية بالهيل ٢٥٠ غ", "Medjool dates, 1 kg"} <= names


def test_prices_are_exact() -> None:
    [row] = read_catalogue([HEADER, "A-1,Pen,Stationery,0.10,5,2"]).rows

    assert row.price == Decimal("0.10")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A-1,Pen,Stationery,ten,5,2", "price 'ten' is no number"),
        ("A-1,Pen,Stationery,-1,5,2", "price -1 is no price: zero or more was expected"),
        ("A-1,Pen,Stationery,NaN,5,2", "price NaN is no price: zero or more was expected"),
        ("A-1,Pen,Stationery,1.5,2.5,2", "stock '2.5' is no whole number"),
        ("A-1,Pen,Stationery,1.5,5,-2", "minimum_stock -2 is out of range: 0 to 1,000,000 was expected"),
        (",Pen,Stationery,1.5,5,2", "no sku"),
        ("A-1,Pen,Stationery", "no price and no stock and no minimum_stock"),
        ("A-1,Pen,blue,Stationery,1.5,5,2", "it has more than 6 fields: a comma inside a field needs quotes around it"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(row: str, reason: str) -> None:
    assert reasons("A-0,Ruler,Stationery,1,5,2", row) == [f"line 3: {reason}"]


def test_the_second_row_of_a_product_is_refused() -> None:
    assert reasons("A-1,Pen,Stationery,1,5,2", "A-2,Ink,Stationery,1,5,2", "A-1,Pencil,Stationery,1,5,2") == [
        "line 4: sku A-1 stands in line 2 already"
    ]


def test_a_file_with_another_header_is_no_catalogue() -> None:
    with pytest.raises(CatalogueError, match="the header lacks sku, minimum_stock"):
        read_catalogue(["name,category,price,stock", "Pen,Stationery,1,5"])


def test_a_quote_that_is_never_closed_is_refused_with_its_line() -> None:
    assert reasons("A-1,Pen,Stationery,1,5,2", 'A-2,"Ink,Stationery,1,5,2', "A-3,Ruler,Stationery,1,5,2") == [
        "line 3: it cannot be read as CSV (unexpected end of data): is a quote not closed?"
    ]


def test_a_row_in_another_encoding_is_refused() -> None:
    assert reasons(b"A-1,Caf\xe9,Drinks,1,5,2".decode(errors="replace")) == [
        "line 2: it has bytes that are no UTF-8: save the file in that encoding"
    ]


def test_a_picture_is_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(CatalogueError, match="the header lacks sku"):
        read_header(tmp_path / "picture.csv")
