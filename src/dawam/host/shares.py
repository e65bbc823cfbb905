"""How slots are shared out by weight: nobody gets more than it can use, and what one cannot use goes to the others."""

import math
from collections.abc import Sequence
from typing import NamedTuple

_ROUNDING = 1e-6
"""What sums of parts may be off by."""


class Demand(NamedTuple):
    """What one of several wants of the slots."""

    weight: int
    least: int
    """Slots that it has already, and that nobody can take from it."""
    most: int
    """Slots that it can use."""
    turn: float = 0.0
    """How far it has come: of those who are owed a part of a slot, whoever is furthest behind gets the whole."""


class Share(NamedTuple):
    """What one gets."""

    exact: float
    """Slots, and parts of one."""
    slots: int
    """Whole ones: the exact share rounded down, or up for whose turn it is."""


def shared_out(slots: int, demands: Sequence[Demand]) -> list[Share]:
    """The shares, in order of the demands. No slot is left over while somebody can use it."""
    used = min(slots, sum(demand.most for demand in demands))
    exact = _exact(used, demands)
    whole = [math.floor(share + _ROUNDING) for share in exact]
    left = used - sum(whole)
    for each in sorted(range(len(demands)), key=lambda each: demands[each].turn):
        if left > 0 and exact[each] - whole[each] > _ROUNDING:
            whole[each] += 1
            left -= 1
    return [Share(*share) for share in zip(exact, whole, strict=True)]


def _exact(slots: int, demands: Sequence[Demand]) -> list[float]:
    """As much for each unit of weight, but nobody less than its least or more than its most.

    Whose part is out of its bounds gets the bound, and the others share the rest: first those below their least, while
    that takes more than those above their most give back. (The boxes of a flexible row of CSS are sized like this.)
    """
    shares, open_ones, left = [0.0] * len(demands), set(range(len(demands))), float(slots)
    while open_ones:
        unit = left / sum(demands[each].weight for each in open_ones)
        parts = {each: unit * demands[each].weight for each in open_ones}
        bounded = {each: min(max(part, demands[each].least), demands[each].most) for each, part in parts.items()}
        excess = sum(bounded.values()) - left
        if excess > _ROUNDING:
            settled = {each for each in open_ones if bounded[each] > parts[each]}
        elif excess < -_ROUNDING:
            settled = {each for each in open_ones if bounded[each] < parts[each]}
        else:
            settled = set(open_ones)
        for each in settled:
            shares[each] = float(bounded[each])
            left = max(0.0, left - bounded[each])
        open_ones -= settled
    return shares
