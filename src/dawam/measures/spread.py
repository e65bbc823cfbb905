"""How long many things took, in a few numbers.

A histogram whose classes grow with what they count, as in Gil Tene's HdrHistogram: eight of them for each doubling, so
that a percentile is right to a sixteenth of itself, whether it is a microsecond or a day, and any two can be added up.
"""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

_MICROSECOND = timedelta(microseconds=1)
_BITS = 3
"""Of a duration, behind its first one, that tell classes apart."""
_FIRST_SHIFT = 1 << _BITS + 1
"""Below it each microsecond is a class of its own."""
_decode = msgspec.json.Decoder(dict[int, int]).decode


class Spread:
    """So many durations, by class."""

    __slots__ = ("_text", "classes")
    _text: str

    def __init__(self, classes: dict[int, int] | None = None) -> None:
        self.classes: dict[int, int] = {} if classes is None else classes

    @classmethod
    def of_text(cls, text: str) -> "Spread":
        """What `to_text` wrote; it is read when it is asked for: many who read a row want its counts only."""
        spread = cls.__new__(cls)
        spread._text = text
        return spread

    def __getattr__(self, name: str) -> dict[int, int]:
        if name != "classes":
            raise AttributeError(name)
        self.classes = _decode(self._text)
        return self.classes

    def to_text(self) -> str:
        """JSON: class -> count."""
        return msgspec.json.encode(dict(sorted(self.classes.items()))).decode()

    @property
    def count(self) -> int:
        return sum(self.classes.values())

    def add(self, duration: timedelta) -> None:
        """One more. A negative one, as a clock that is set makes it, counts as none."""
        self.add_microseconds(duration // _MICROSECOND)

    def add_microseconds(self, duration: int, times: int = 1) -> None:
        """The same, for so many at once, where every microsecond counts."""
        number = class_of(duration)
        self.classes[number] = self.classes.get(number, 0) + times

    def durations(self) -> list[tuple[timedelta, int]]:
        """Each class by its middle, the shortest first, with how many are in it."""
        return [(_middle(number), self.classes[number]) for number in sorted(self.classes)]

    def percentile(self, share: float) -> timedelta | None:
        """The duration that this share of all did not exceed; 0.5 is the median. None where there is none.

        The middle of its class stands for it.
        """
        left = share * self.count
        for number in sorted(self.classes):
            left -= self.classes[number]
            if left <= 0:
                return _middle(number)
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spread) and self.classes == other.classes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.count} durations, median {self.percentile(0.5)}>"


def added_up(spreads: Iterable[Spread]) -> Spread:
    """All of them in one."""
    total = dict[int, int]()
    for spread in spreads:
        for number, count in spread.classes.items():  # three times as fast as a Counter is with dicts
            total[number] = total.get(number, 0) + count
    return Spread(total)


def class_of(microseconds: int) -> int:
    """The number of the class; larger durations are in later ones."""
    if microseconds < _FIRST_SHIFT:
        return max(0, microseconds)
    shift = microseconds.bit_length() - _BITS - 1
    return (shift << _BITS) + (microseconds >> shift)


def _middle(number: int) -> timedelta:
    shift = max(0, (number >> _BITS) - 1)
    first = (number - (shift << _BITS)) << shift
    return timedelta(microseconds=first + (1 << shift) // 2)
