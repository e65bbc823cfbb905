"""Small sets of whole numbers, each kept as one number in which bit n says that n belongs to it."""

from collections.abc import Iterable, Iterator

NONE = -1
"""No member was found."""


def set_of(values: Iterable[int]) -> int:
    """The set of these values."""
    found = 0
    for value in values:
        found |= 1 << value
    return found


def bits(members: int) -> Iterator[int]:
    """The members, least first."""
    while members:
        lowest = members & -members
        yield lowest.bit_length() - 1
        members ^= lowest


def least_from(members: int, value: int) -> int:
    """The least member that is `value` or more; `NONE` if there is none."""
    rest = members >> value
    return value + (rest & -rest).bit_length() - 1 if rest else NONE


def greatest_to(members: int, value: int) -> int:
    """The greatest member that is `value` or less; `NONE` if there is none."""
    return (members & (2 << value) - 1).bit_length() - 1
