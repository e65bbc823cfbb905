"""How urgent a job is."""

from enum import IntEnum


class Priority(IntEnum):
    """Higher runs first; ABP's five values, and any job of a higher one goes before all of a lower one."""

    LOW = 5
    BELOW_NORMAL = 10
    NORMAL = 15
    ABOVE_NORMAL = 20
    HIGH = 25


def nearest_priority(value: int) -> Priority:
    """The priority of this value, or the nearest one where newer code knows more of them."""
    return _BY_VALUE.get(value) or min(Priority, key=lambda priority: abs(priority - value))


def priority_word(priority: Priority) -> str:
    """As people write it: `high`, `below-normal`."""
    return priority.name.lower().replace("_", "-")


PRIORITIES = {priority_word(priority): priority for priority in reversed(Priority)}
"""By the words of people, the highest first."""
_BY_VALUE = {priority.value: priority for priority in Priority}
