"""Events go to those who asked for their type, and are not built where nobody does."""

from dawam.events.lifecycle import HostDeclaredDead, JobSettled, LifecycleEvents
from dawam.ids import HostId

DEAD = HostDeclaredDead(HostId("here-1-ab"))


def test_whoever_subscribed_to_its_type_gets_an_event_in_order_of_subscription() -> None:
    events, told = LifecycleEvents(), list[str]()
    events.subscribe(HostDeclaredDead, lambda _: told.append("first"))
    events.subscribe(HostDeclaredDead, lambda _: told.append("second"))
    events.subscribe(JobSettled, lambda _: told.append("another"))
    events.emit(DEAD)
    assert told == ["first", "second"]


def test_a_subscriber_that_raises_keeps_nothing_from_the_others() -> None:
    events, told = LifecycleEvents(), list[HostDeclaredDead]()

    def fail(_: HostDeclaredDead) -> None:
        raise ValueError("a mistake of the subscriber's")

    events.subscribe(HostDeclaredDead, fail)
    events.subscribe(HostDeclaredDead, told.append)
    events.emit(DEAD)
    assert told == [DEAD]


def test_one_can_do_without_the_news_of_success_and_then_nobody_wants_it() -> None:
    events = LifecycleEvents()
    events.subscribe(JobSettled, lambda _: None, routine=False)
    assert events.wants(JobSettled)
    assert not events.wants_routine(JobSettled)
    copied = events.copy()
    copied.subscribe(JobSettled, lambda _: None)
    assert copied.wants_routine(JobSettled)
    assert not events.wants_routine(JobSettled)
    assert copied.copy().wants_routine(JobSettled)
