"""Bytes in words."""

import pytest

from dawam.cli.sizes import spoken_size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (4_096, "4.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (712_658_944, "712.7 MB"),
        (1_300_000_000, "1.3 GB"),
        (5_000_000_000_000_000, "5,000.0 TB"),
    ],
)
def test_sizes_are_told_with_one_digit_behind_the_point(size: int, text: str) -> None:
    assert spoken_size(size) == text
