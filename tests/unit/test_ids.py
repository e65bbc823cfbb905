"""Ids grow in the order in which they are made."""

import os
import threading
import time
from uuid import UUID

import pytest

from dawam import ids


def test_an_id_is_a_uuid_of_version_7_that_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after + 1


def test_ids_grow_strictly_within_a_process() -> None:
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_grow_although_the_wall_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.new_id()
    earlier = time.time_ns() - 3_600 * 1_000_000_000
    monkeypatch.setattr(ids.time, "time_ns", lambda: earlier)
    made = [first, *(ids.new_id() for _ in range(1_000))]
    assert made == sorted(set(made))


def test_ids_of_many_threads_are_all_different() -> None:
    made: list[UUID] = []

    def make() -> None:
        made.extend([ids.new_id() for _ in range(2_000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_makes_other_ids_than_its_parent() -> None:
    ids.new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids.new_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    theirs = UUID(bytes=os.read(reading, 16))
    os.close(reading)
    os.close(writing)
    assert theirs != ids.new_id()


def test_an_id_given_as_text_is_read() -> None:
    made = ids.new_id()
    assert ids.job_id(str(made)) == ids.job_id(made) == made


@pytest.mark.parametrize("wrong", ["17", "", None])
def test_what_is_no_id_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no job id: a UUID was expected"):
        ids.job_id(wrong)


def test_a_host_id_names_its_process_and_is_never_the_same() -> None:
    first, second = ids.new_host_id(), ids.new_host_id()
    assert f"-{os.getpid()}-" in first
    assert first != second
    assert ids.host_name(first) is None


def test_the_name_that_people_give_a_host_leads_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.platform, "node", lambda: "rack@shop")
    named, other, unnamed = ids.new_host_id("mail"), ids.new_host_id("mail"), ids.new_host_id()
    assert named.startswith(f"mail@rack-shop-{os.getpid()}-")
    assert unnamed.startswith(f"rack-shop-{os.getpid()}-")
    assert named != other  # it is a label: several hosts may have the same one
    assert [ids.host_name(host) for host in (named, other, unnamed)] == ["mail", "mail", None]
