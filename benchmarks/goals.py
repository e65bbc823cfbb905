"""What a figure is held against, and what came of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Against(Enum):
    """What the numbers of a goal count."""

    PEER = "× peer"
    RAW = "× raw"
    ONE_BY_ONE = "× one by one"
    SMALL = "× small store"
    EMPTY = "× empty store"
    ITSELF = ""


class Reached(Enum):
    """How far a goal was reached."""

    AIM = "aim"
    MUST = "must"
    HALF = "half"
    NO = "NO"
    UNKNOWN = "?"


class Goal(Protocol):
    """A must, perhaps an aim, and which way is better."""

    @property
    def against(self) -> Against: ...

    def judge(self, value: float | None) -> Reached: ...

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AtLeast:
    """More is better; half of the must is half as much."""

    must: float
    aim: float | None = None
    against: Against = Against.ITSELF

    def judge(self, value: float | None) -> Reached:
        if value is None:
            return Reached.UNKNOWN
        if value >= self.must:
            return Reached.AIM if self.aim is None or value >= self.aim else Reached.MUST
        return Reached.HALF if value >= self.must / 2 else Reached.NO

    def __str__(self) -> str:
        aim = "" if self.aim is None else f", aim {self.aim:g}"
        return f"≥ {self.must:g}{aim} {self.against.value}".rstrip()


@dataclass(frozen=True, slots=True)
class AtMost:
    """Less is better; half of the must is twice as much. There is no aim beyond."""

    must: float
    against: Against = Against.ITSELF

    def judge(self, value: float | None) -> Reached:
        if value is None:
            return Reached.UNKNOWN
        if value <= self.must:
            return Reached.AIM
        return Reached.HALF if value <= 2 * self.must else Reached.NO

    def __str__(self) -> str:
        return f"≤ {self.must:g} {self.against.value}".rstrip()
