"""What the supplier's system answers, read strictly: the good items, and for each bad one what is wrong with it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import msgspec

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PageError(Exception):
    """A page that cannot be had, or is none."""


class OfferItem(msgspec.Struct, frozen=True):
    """One item of a page; what else the supplier says of it is passed over."""

    id: _Text
    sku: _Text
    name: _Text
    price: Decimal

    def __post_init__(self) -> None:
        if not self.price.is_finite() or self.price < 0:
            raise ValueError(f"price {self.price} is no price: zero or more was expected")


class _Page(msgspec.Struct):
    """The envelope: its items are read one by one."""

    items: list[msgspec.Raw]
    page_count: Annotated[int, msgspec.Meta(ge=0, le=10_000)]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """What was read."""

    page_count: int
    items: list[OfferItem]
    refused: list[str]


def read_page(content: bytes) -> OfferPage:
    """Reads one answer; a bad item does not keep out the others. Raises `PageError` for what is no page."""
    try:
        page = msgspec.json.decode(content, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PageError(f"the answer is no page of offers: {error}") from error
    read = OfferPage(page.page_count, [], [])
    for position, raw in enumerate(page.items, start=1):
        try:
            read.items.append(msgspec.json.decode(raw, type=OfferItem))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            read.refused.append(f"item {position}: {error}")
    return read
