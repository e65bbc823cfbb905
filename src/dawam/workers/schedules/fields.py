"""One field of a cron expression: which values it takes, and how its text becomes a set of them."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from dawam.workers.schedules.bits import set_of

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class FieldError(Exception):
    """What is wrong with a field, and at which of its characters (the first is 0)."""

    def __init__(self, at: int, reason: str) -> None:
        self.at, self.reason = at, reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Field:
    """A place in the expression."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    """What may be written for `first_named` and the values after it."""
    first_named: int = 0
    wraps: bool = True
    """Whether a range may go over the end, as in 22-2."""
    hashed_to: int = -1
    """The greatest value that `H` stands for; none, if it is below `least`."""
    size: int = 0
    """How many values follow each other until the first comes again."""

    def number(self, text: str, at: int) -> int:
        """The value that a number or a name stands for."""
        if text.isascii() and text.isdigit():
            value = int(text)
            if not self.least <= value <= self.most:
                raise FieldError(at, f"{text} is not between {self.least} and {self.most}{self._hint(value)}")
            return value
        if text in self.names:
            return self.first_named + self.names.index(text)
        raise FieldError(at, self._unknown(text) if text else "a value is missing here")

    def _hint(self, value: int) -> str:
        if self.name == "hour" and value == self.most + 1:
            return " (midnight is 0)"
        return " (Sunday is 1, Saturday 7)" if self.name == "weekday" and self.least == 1 else ""

    def _unknown(self, text: str) -> str:
        near = difflib.get_close_matches(text, self.names, n=1)
        if near:
            return f"{text!r} is not known; did you mean {near[0]}?"
        names = f" or a name from {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{text!r} is not known; a number from {self.least} to {self.most}{names} was expected"


@dataclass(frozen=True, slots=True)
class Values:
    """A field that was read."""

    members: int
    """As bits."""
    has_rhythm: bool
    """One of its items is `*`, or has a step and no end."""


def items(text: str) -> Iterable[tuple[int, str]]:
    """What the commas separate, each with the place where it begins."""
    at = 0
    for item in text.split(","):
        if not item:
            raise FieldError(at, "a value is missing here")
        yield at, item
        at += len(item) + 1


def refuse_question(text: str) -> None:
    """Raises `FieldError` for a `?`, which says that the other day field decides, in a field that is neither."""
    if "?" in text:
        raise FieldError(text.index("?"), "? can stand in the two day fields only; write *")


def read_item(field: Field, item: str, at: int, hash_key: str) -> Values:
    """One item: `*`, a value, a range or `H`, perhaps with a step. Raises `FieldError`."""
    body, slash, step_text = item.partition("/")
    step = _step(field, step_text, at + len(body) + 1) if slash else 1
    if body == "*":
        return Values(_span(field, field.least, field.least + field.size - 1, step), has_rhythm=True)
    if body[:1] == "H" and (body == "H" or body[1] == "("):
        first, last = _hashed(field, body, at, step if slash else None, hash_key)
        return Values(_span(field, first, last, step), has_rhythm=bool(slash) and body == "H")
    if not body:
        raise FieldError(at, "a value is missing before the step; write * for all of them")
    first_text, dash, last_text = body.partition("-")
    first = field.number(first_text, at)
    if not dash:
        last = first + field.size - 1 - (first - field.least) % field.size if slash else first
        return Values(_span(field, first, last, step), has_rhythm=bool(slash))
    last_at = at + len(first_text) + 1
    last = field.number(last_text, last_at)
    if first > last and not field.wraps:
        raise FieldError(last_at, f"the range goes from {first_text} back to {last_text}")
    return Values(_span(field, first, last, step), has_rhythm=False)


def _step(field: Field, text: str, at: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise FieldError(at, f"{text!r} is no step; a whole number was expected" if text else "the step is missing")
    step = int(text)
    if step == 0:
        raise FieldError(at, "a step of 0 goes nowhere")
    if step >= field.size:
        raise FieldError(
            at,
            f"a step of {text} is longer than the {field.name} field, in which it would start anew each time; leave it "
            "out, or give the worker `every=` instead of `cron=`",
        )
    return step


def _span(field: Field, first: int, last: int, step: int) -> int:
    """The set from first to last; over the end, and on from the beginning, if they are not in order."""
    if step == 1 and first <= last < field.least + field.size:
        return (2 << last) - (1 << first)
    if first > last:
        last += field.size
    return set_of((value - field.least) % field.size + field.least for value in range(first, last + 1, step))


def _hashed(field: Field, body: str, at: int, step: int | None, hash_key: str) -> tuple[int, int]:
    """The range that `H` stands for: one value, or with a step all from a first one on."""
    if field.hashed_to < field.least:
        raise FieldError(at, f"H cannot stand in the {field.name} field")
    if not hash_key:
        raise FieldError(at, "H stands for a value computed from the worker's name, and no hash_key was given")
    least, most = field.least, field.hashed_to
    if body != "H":
        first_text, dash, last_text = body[2:-1].partition("-")
        if not dash or not body.endswith(")"):
            raise FieldError(at, f"{body!r} is not known; H or a range was expected, as in H({least}-{most})")
        least, most = field.number(first_text, at + 2), field.number(last_text, at + 3 + len(first_text))
        if least > most:
            raise FieldError(at + 2, f"the range goes from {first_text} back to {last_text}")
    count = most - least + 1 if step is None else min(step, most - least + 1)
    digest = blake2b(f"{field.name} {hash_key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    first = least + int.from_bytes(digest, "big") % count
    return first, first if step is None else most
