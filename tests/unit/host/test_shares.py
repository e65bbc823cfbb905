"""Slots are shared out by weight: all of them while there is work, and nobody gets more than it can use."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.host.shares import Demand, Share, shared_out

ANY_SLOTS = st.integers(1, 200)


@st.composite
def demands(draw: st.DrawFn, slots: int) -> list[Demand]:
    """What up to six want of these slots; what they have already is no more than there is."""
    count, held = draw(st.integers(1, 6)), 0
    wanted: list[Demand] = []
    for _ in range(count):
        least = draw(st.integers(0, slots - held))
        held += least
        most = draw(st.integers(least, slots))
        wanted.append(Demand(draw(st.integers(1, 20)), least, most, draw(st.floats(0, 100))))
    return wanted


CASES = ANY_SLOTS.flatmap(lambda slots: st.tuples(st.just(slots), demands(slots)))
Case = tuple[int, list[Demand]]


def hungry(*weights: int, slots: int) -> list[Demand]:
    """Each of them could use every slot."""
    return [Demand(weight, 0, slots) for weight in weights]


@pytest.mark.parametrize(
    ("slots", "wanted", "given_out"),
    [
        pytest.param(40, hungry(3, 1, slots=40), [30, 10], id="by weight"),
        pytest.param(40, [Demand(3, 0, 0), Demand(1, 0, 40)], [0, 40], id="who wants nothing leaves all to the others"),
        pytest.param(40, [Demand(3, 0, 4), Demand(1, 0, 40)], [4, 36], id="or all but the little that it wants"),
        pytest.param(40, [*hungry(1, 1, slots=40), Demand(1, 0, 2)], [19, 19, 2], id="a limit"),
        pytest.param(40, [Demand(1, 30, 40), Demand(1, 0, 40)], [30, 10], id="what is taken cannot be given away"),
        pytest.param(40, [Demand(1, 0, 2), Demand(1, 0, 3)], [2, 3], id="more slots than anybody can use"),
        pytest.param(4, hungry(1, 1, 1, slots=4), [2, 1, 1], id="an odd slot goes to the first, at first"),
    ],
)
def test_slots_are_shared_out(slots: int, wanted: list[Demand], given_out: list[int]) -> None:
    assert [share.slots for share in shared_out(slots, wanted)] == given_out


def test_an_odd_slot_goes_to_whoever_is_furthest_behind() -> None:
    wanted = [Demand(1, 0, 4, turn=0.5), Demand(1, 0, 4, turn=0.25), Demand(1, 0, 4, turn=0.75)]

    assert shared_out(4, wanted) == [Share(4 / 3, 1), Share(4 / 3, 2), Share(4 / 3, 1)]


@given(CASES)
def test_nobody_gets_more_than_it_can_use_or_loses_what_it_has(case: Case) -> None:
    slots, wanted = case
    for share, demand in zip(shared_out(slots, wanted), wanted, strict=True):
        assert demand.least <= share.slots <= demand.most
        assert abs(share.exact - share.slots) < 1


@given(CASES)
def test_every_slot_is_used_while_anybody_can_use_it(case: Case) -> None:
    slots, wanted = case
    shares = shared_out(slots, wanted)

    usable = min(slots, sum(demand.most for demand in wanted))
    assert sum(share.slots for share in shares) == usable
    assert math.isclose(sum(share.exact for share in shares), usable, abs_tol=1e-6)


@given(CASES)
def test_whoever_could_use_more_has_no_less_for_its_weight_than_others_were_given(case: Case) -> None:
    """What somebody had from the start is not given: nobody can take it away."""
    slots, wanted = case
    shares = shared_out(slots, wanted)

    per_weight = [share.exact / demand.weight for share, demand in zip(shares, wanted, strict=True)]
    given_to = [
        unit for unit, share, demand in zip(per_weight, shares, wanted, strict=True) if share.exact > demand.least
    ]
    wanting = [
        unit for unit, share, demand in zip(per_weight, shares, wanted, strict=True) if share.exact < demand.most
    ]
    assert not given_to or not wanting or min(wanting) >= max(given_to) - 1e-6
