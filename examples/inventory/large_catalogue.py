"""Writes a catalogue of any size, the same one every time, with rows that are no good here and there."""

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

from examples.inventory.catalogue import COLUMNS

_NAMES = ("شاي أخضر", "قهوة عربية", 'Chair, "folding"', "Desk lamp\nwith two arms", "Pen")
BAD_EVERY, REPEATED_EVERY = 1_000, 2_500
REPEATED_SKU = "LRG-000001"


@dataclass(frozen=True, slots=True)
class Written:
    """What is in the file."""

    good_count: int
    bad_count: int
    repeated_count: int
    stock: int
    """Of all good rows together."""


def write_large_catalogue(path: Path, row_count: int, seed: int = 7) -> Written:
    """Every thousandth row has a price that is none, and every 2,500th but these repeats the first product."""
    random = Random(seed)  # noqa: S311  (nothing is secret here)
    bad = repeated = total = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(1, row_count + 1):
            is_bad = number % BAD_EVERY == 0
            is_repeated = number % REPEATED_EVERY == 0 and not is_bad
            stock = random.randint(50, 500)
            sku = REPEATED_SKU if is_repeated else f"LRG-{number:06}"
            price = "cheap" if is_bad else f"{random.randint(1, 9_999) / 100:.2f}"
            writer.writerow((sku, _NAMES[number % len(_NAMES)], "Large", price, stock, 10))
            bad, repeated = bad + is_bad, repeated + is_repeated
            total += 0 if is_bad or is_repeated else stock
    return Written(row_count - bad - repeated, bad, repeated, total)
