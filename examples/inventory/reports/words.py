"""What a report says, in each of its languages."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ar", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, and which way it runs."""

    is_right_to_left: bool
    title: str
    columns: tuple[str, str, str, str, str]
    """When, stock-keeping unit, product, change, stock afterwards."""
    page: str
    ready_subject: str
    ready_body: str


WORDS: dict[Language, Words] = {
    "en": Words(
        is_right_to_left=False,
        title="Stock movements",
        columns=("When (UTC)", "SKU", "Product", "Change", "Stock"),
        page="Page {page}",
        ready_subject="Your report is ready",
        ready_body="The report of {count} stock movements is ready:\n{links}\n",
    ),
    "ar": Words(
        is_right_to_left=True,
        title="تقرير حركة المخزون",
        columns=("الوقت (UTC)", "الرمز", "المنتج", "التغيير", "المخزون"),
        page="صفحة {page}",
        ready_subject="تقريرك جاهز",
        ready_body="تقرير حركة المخزون جاهز، وفيه {count} حركة:\n{links}\n",
    ),
}
