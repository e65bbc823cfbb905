"""What is typed into the search is a filter, and every filter can be typed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.dashboard.search import KEYS, QUALIFIERS, Search, SearchError, read, with_, written
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState
from dawam.stores.values import ArgsMatch, JobFilter

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda text: text.strip() == text)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
paths = st.from_regex(r"[a-z_]{1,8}(\.[a-z0-9_]{1,8}){0,2}", fullmatch=True)
filters = st.builds(
    JobFilter,
    states=st.frozensets(st.sampled_from(list(JobState))),
    name=st.none() | texts,
    queue=st.none() | texts,
    due_only=st.booleans(),
    priority=st.none() | st.sampled_from(list(Priority)),
    host=st.none() | texts,
    error=st.none() | texts,
    fingerprint=st.none() | texts,
    tag=st.none() | texts,
    args=st.none() | st.builds(ArgsMatch, paths, texts),
    attempts_from=st.none() | st.integers(0, 10**9 - 1),
    created_from=st.none() | moments,
    created_before=st.none() | moments,
    due_from=st.none() | moments,
    due_before=st.none() | moments,
    finished_from=st.none() | moments,
    finished_before=st.none() | moments,
    took=st.none() | st.timedeltas(timedelta(0), timedelta(days=365)),
)


@given(filters)
def test_every_filter_reads_back_from_its_text(chosen: JobFilter) -> None:
    assert read(written(chosen), NOW) == Search(chosen)


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        found = read(text, NOW)
    except SearchError:
        return
    assert read(written(found.chosen), NOW).chosen == found.chosen


def test_every_field_of_a_filter_can_be_searched_by() -> None:
    fields = {"states", *(qualifier.field for qualifier in QUALIFIERS.values())}
    assert fields == set(JobFilter.__struct_fields__)
    assert len(KEYS) == len(set(KEYS))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", JobFilter()),
        ("state:failed state:waiting", JobFilter(states=frozenset({JobState.FAILED, JobState.WAITING}))),
        ("state:failed,waiting", JobFilter(states=frozenset({JobState.FAILED, JobState.WAITING}))),
        ("orders.receipt", JobFilter(name="orders.receipt")),
        ('"a name with blanks"', JobFilter(name="a name with blanks")),
        (r'error:"a \"quote\" and a \\"', JobFilter(error='a "quote" and a \\')),
        ("args:customer.id=12", JobFilter(args=ArgsMatch("customer.id", "12"))),
        ('args:"note=a = b"', JobFilter(args=ArgsMatch("note", "a = b"))),
        ("took:1.5s attempts:3", JobFilter(took=timedelta(seconds=1.5), attempts_from=3)),
        ("created-after:1h", JobFilter(created_from=NOW - HOUR)),
        ("due-before:+1h", JobFilter(due_before=NOW + HOUR)),
        ("due-before:2026-11-27T13:00", JobFilter(due_before=NOW + HOUR)),
        ("finished-after:2026-11-27T16:00+03:00", JobFilter(finished_from=NOW + HOUR)),
        ("QUEUE:mail due:no", JobFilter(queue="mail")),
    ],
)
def test_what_is_typed_means(text: str, chosen: JobFilter) -> None:
    assert read(text, NOW).chosen == chosen


@pytest.mark.parametrize("text", ["01a21d58", "01A21D58-21CB", "id:01a2", "faefd02f4f8e"])
def test_a_part_of_an_id_is_known_by_its_looks(text: str) -> None:
    assert read(text, NOW).id_part == text.removeprefix("id:")


@pytest.mark.parametrize("text", ["feedback", "decade", "a1", "order-7"])
def test_other_words_are_names(text: str) -> None:
    assert read(text, NOW) == Search(JobFilter(name=text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("size:7", "size: is nothing to search by: one of id, state, queue, name"),
        ("state:done", "state:done is no state of a job: one of waiting, running"),
        ("priority:top", "priority:top is no priority: one of "),
        ("attempts:many", "attempts:many: a whole number was expected, as in attempts:3"),
        ("took:5", "took:5: a duration with its unit"),
        ("args:a", "args:a says no value: a path and a value were expected, as in args:customer.id=12"),
        ("args:a..b=1", "names or numbers with a dot between each two were expected"),
        ("created-after:2026-13-01", "2026-13-01 is no moment: 2026-11-27T13:05 (UTC), or a duration"),
        ("created-after:9999999999d", "is no moment"),
    ],
)
def test_what_cannot_be_meant_is_named_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(SearchError) as refused:
        read(text, NOW)
    assert said in str(refused.value)


def test_a_search_is_narrowed_without_losing_the_rest() -> None:
    assert with_("queue:mail state:failed", NOW, states=frozenset()) == "queue:mail"
    assert with_("nonsense:1", NOW, queue="mail") == "queue:mail"
