"""What holds for every schedule, in every zone, and beside two peers wherever those agree with each other."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from croniter import croniter
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from dawam.errors import ScheduleError
from dawam.workers.schedules.schedule import Cron, Dialect
from dawam.workers.schedules.stored import from_text, to_text
from tests.unit.workers.schedules.clocks import following, rule, walked

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BEGIN, END = datetime(2016, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.fixture
def chance() -> random.Random:
    """Random choices, whose seed stands in the report of a test that fails."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


@lru_cache
def changes(name: str) -> list[datetime]:
    """The moments at which clocks changed in ten years."""
    zone = ZoneInfo(name)
    found: list[datetime] = []
    now = BEGIN
    while now < END:
        if now.astimezone(zone).utcoffset() != (now + DAY).astimezone(zone).utcoffset():
            low, high = now, now + DAY
            while high - low > MINUTE:
                middle = low + (high - low) // 2
                is_old = middle.astimezone(zone).utcoffset() == now.astimezone(zone).utcoffset()
                low, high = (middle, high) if is_old else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        now += DAY
    return found


def places(chance: random.Random, count: int) -> Iterator[tuple[str, datetime]]:
    """Zones, each with a moment: mostly one within hours of a change of its clocks."""
    for _ in range(count):
        name = chance.choice(ZONES)
        near = changes(name) if chance.random() < 0.8 else []
        at = chance.choice(near) if near else BEGIN + chance.random() * (END - BEGIN)
        yield name, (at + chance.randint(-180, 180) * MINUTE).replace(second=0, microsecond=0)


def field(chance: random.Random, least: int, most: int, stars: float) -> str:
    """A field that every peer can read."""
    if chance.random() < stars:
        return chance.choice(["*", "*", "*", f"*/{chance.randint(2, (most - least) // 2)}"])
    low, high = sorted(chance.sample(range(least, most + 1), 2))
    return chance.choice([f"{low}", f"{low},{high}", f"{low}-{high}", f"{low}-{high}/{chance.randint(1, high - low)}"])


def five_fields(chance: random.Random) -> str:
    return " ".join(
        field(chance, *each) for each in ((0, 59, 0.4), (0, 23, 0.4), (1, 28, 0.8), (1, 12, 0.9), (0, 6, 0.8))
    )


def test_where_both_peers_agree_we_agree(chance: random.Random) -> None:
    agreed = 0
    for name, at in places(chance, 300):
        expression, local = five_fields(chance), at.astimezone(ZoneInfo(name))
        theirs = next(CronSim(expression, local)).astimezone(UTC)
        if theirs == croniter(expression, local).get_next(datetime).astimezone(UTC):
            agreed += 1
            assert Cron(expression, name).next_after(at) == theirs, (expression, name, at)
    assert agreed > 240


def test_hours_around_a_change_of_clocks_minute_by_minute_in_every_zone(chance: random.Random) -> None:
    for name, at in places(chance, 60):
        schedule = Cron(five_fields(chance).rsplit(" ", 3)[0] + " * * *", name)
        begin, end = at - timedelta(hours=8), at + timedelta(hours=8)
        found = [each for each in following(schedule, begin - MINUTE, 1000) if begin <= each < end]
        assert found == walked(schedule, begin, end, MINUTE), (schedule, begin)


def test_a_fixed_time_comes_once_for_each_day_of_ten_years(chance: random.Random) -> None:
    second = timedelta(seconds=1)
    for name in [*(name for name, _ in places(chance, 10)), "America/Nuuk", "Pacific/Apia"]:
        hour, minute = chance.randint(0, 23), chance.randint(0, 59)
        zone, schedule = ZoneInfo(name), Cron(f"{minute} {hour} * * *", name)
        planned = datetime(2016, 1, 1, hour, minute)  # noqa: DTZ001
        for moment in following(schedule, planned.replace(tzinfo=zone).astimezone(UTC) - second, 3653):
            wall = moment.astimezone(zone).replace(tzinfo=None)
            before = (moment - second).astimezone(zone).replace(tzinfo=None)
            assert wall == planned or before < planned < wall, (schedule, planned)
            planned += DAY
        assert planned.year == 2026


@st.composite
def _parts(draw: st.DrawFn, least: int, most: int) -> str:
    value = st.integers(least, most)
    step = st.integers(1, (most - least) // 2)
    forms = st.one_of(
        st.just("*"),
        value.map(str),
        st.tuples(value, value).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(value, value, step).map(lambda three: f"{three[0]}-{three[1]}/{three[2]}"),
        step.map(lambda each: f"*/{each}"),
        st.just("H"),
    )
    return ",".join(draw(st.lists(forms, min_size=1, max_size=3)))


@st.composite
def _schedules(draw: st.DrawFn) -> Cron:
    day = draw(st.one_of(st.just("*"), _parts(1, 28), st.sampled_from(["L", "LW", "L-3", "15W", "28W", "29-2"])))
    month = draw(st.one_of(st.just("*"), st.just("*"), _parts(1, 12)))
    week = draw(st.one_of(st.just("*"), _parts(1, 7), st.sampled_from(["FRI-MON", "5L", "MON#2", "SUN#5,TUE"])))
    dialect = draw(st.sampled_from(list(Dialect)))
    fields = [draw(_parts(0, 59)), draw(_parts(0, 59)), draw(_parts(0, 23)), day, month, week]
    if dialect is Dialect.UNIX:
        fields = fields[1:]
    if dialect is Dialect.QUARTZ:
        fields[draw(st.sampled_from([3, 5]))] = "?"
        fields += draw(st.sampled_from([[], ["*"], ["2020-2060"]]))
    return Cron(" ".join(fields), draw(st.sampled_from(ZONES)), dialect, draw(st.sampled_from(["stock", "مخزون"])))


@settings(print_blob=True)
@given(_schedules(), MOMENTS)
def test_next_and_previous_undo_each_other(schedule: Cron, moment: datetime) -> None:
    following = schedule.next_after(moment)
    before = schedule.previous_before(moment)

    if following is not None:
        assert following > moment
        assert following.microsecond == 0
        assert schedule.previous_before(following) in (before, moment)
        assert schedule.previous_before(following + timedelta(microseconds=1)) == following
    if before is not None:
        assert before < moment
        assert schedule.next_after(before) in (following, moment)
        assert schedule.next_after(before - timedelta(microseconds=1)) == before


@settings(print_blob=True)
@given(_schedules(), MOMENTS)
def test_what_comes_is_what_the_clock_shows_or_has_just_jumped_over(schedule: Cron, moment: datetime) -> None:
    zone = ZoneInfo(schedule.time_zone)
    following = schedule.next_after(moment)
    if following is None:
        return
    wall = following.astimezone(zone).replace(tzinfo=None, fold=0)
    second = timedelta(seconds=1)
    before = (following - second).astimezone(zone).replace(tzinfo=None, fold=0)
    match = rule(schedule).read.pattern.at_or_before(wall)
    assert match is not None
    assert match == wall or (before < match < wall and before + second < wall and not rule(schedule).read.has_rhythm)


@settings(print_blob=True)
@given(_schedules())
def test_a_schedule_is_kept_and_told_without_loss(schedule: Cron) -> None:
    assert from_text(to_text(schedule)) == schedule
    assert "\n" not in to_text(schedule)
    for language in ("en", "ar"):
        text = schedule.explain(language)
        assert text == text.strip()
        assert "  " not in text


@settings(max_examples=400, print_blob=True)
@given(
    st.one_of(
        st.text(max_size=30),
        st.text("0123456789*/-,?LW#H()@ \tSUNMOAJé", max_size=40),
        st.lists(st.text("0123456789*/-,?LW#H()MON", min_size=1, max_size=8), min_size=5, max_size=7).map(" ".join),
    ),
    st.sampled_from([None, *Dialect]),
    st.sampled_from(["", "stock", "\ud800"]),
)
def test_any_text_is_read_or_refused_with_our_own_error(text: str, dialect: Dialect | None, hash_key: str) -> None:
    try:
        schedule = Cron(text, "Europe/Berlin", dialect, hash_key)
    except ScheduleError:
        return
    assert Cron(schedule.expression, schedule.time_zone, schedule.dialect, schedule.hash_key) == schedule
    assert schedule.explain()
    assert schedule.explain("ar")
    schedule.next_after(BEGIN)
