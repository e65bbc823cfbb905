"""What every measured job takes: four typed fields, the same for everybody who is measured."""

from typing import TypedDict


class Payload(TypedDict):
    """An int, a text, a float and a bool."""

    number: int
    name: str
    ratio: float
    flag: bool


def payload(number: int) -> Payload:
    """The args of job `number`."""
    return {"number": number, "name": f"user-{number}", "ratio": number * 0.5, "flag": bool(number & 1)}
