"""The vocabulary of services: what is kept, what wins, and what is refused."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import pytest

from dawam.errors import RegistrationError
from dawam.events.bus import LocalEventHandler
from dawam.modules.registration import InstanceRegistration, Lifetime, Registration
from dawam.modules.services import Services


class Sender(ABC):
    @abstractmethod
    def send(self) -> None: ...


class MailSender(Sender):
    def send(self) -> None: ...


class LogSender(Sender):
    def send(self) -> None: ...


class Sending(Protocol):
    name: str

    def send(self) -> None: ...


@dataclass
class ShopOptions:
    minimum_stock: int = 10


@pytest.fixture
def services() -> Services:
    return Services()


def test_registrations_are_plain_values_and_the_last_one_wins(services: Services) -> None:
    services.add_scoped(Sender, MailSender)
    services.add_singleton(Sender, LogSender)
    assert services.registrations == (Registration(Sender, LogSender, Lifetime.SINGLETON),)


def test_replacing_keeps_the_lifetime(services: Services) -> None:
    services.add_transient(Sender, MailSender)
    services.replace(Sender, LogSender)
    assert services.registrations == (Registration(Sender, LogSender, Lifetime.TRANSIENT),)


def test_an_instance_is_handed_out_under_its_class_or_another(services: Services) -> None:
    mail = MailSender()
    services.add_instance(mail)
    services.add_instance(mail, as_type=Sender)
    assert services.registrations == (InstanceRegistration(MailSender, mail), InstanceRegistration(Sender, mail))


def number() -> int:
    return 1


def yielding() -> Iterator[int]:
    yield 1


async def awaited() -> int:
    return 1


async def yielding_later() -> AsyncIterator[int]:
    yield 1


def annotated() -> Annotated[int, "a number"]:
    return 1


@pytest.mark.parametrize("factory", [number, yielding, awaited, yielding_later, annotated])
def test_a_factory_provides_what_its_annotation_says(services: Services, factory: Callable[..., Any]) -> None:
    services.provide(factory, scope="singleton")
    assert services.registrations == (Registration(int, factory, Lifetime.SINGLETON),)


def test_options_are_one_object_for_all_modules_and_can_be_injected(services: Services) -> None:
    services.options(ShopOptions).minimum_stock = 20
    assert services.options(ShopOptions).minimum_stock == 20
    assert services.registrations == (InstanceRegistration(ShopOptions, services.options(ShopOptions)),)


def test_a_section_of_the_settings_belongs_to_its_options(services: Services) -> None:
    services.options(ShopOptions, section="Shop")
    assert services.sections == (("Shop", ShopOptions),)


def silent():  # type: ignore[no-untyped-def]
    return 1


def wrongly_yielding() -> int:  # type: ignore[misc]
    yield 1


@dataclass
class Demanding:
    size: int


class Handler(LocalEventHandler[int]):
    async def handle_event(self, event: int) -> None: ...


@pytest.mark.parametrize(
    ("say", "message"),
    [
        (lambda s: s.add_scoped(Sender), "it is abstract .*send.* add_scoped.Sender, Implementation"),
        (lambda s: s.add_scoped(MailSender, LogSender), "LogSender is no subclass of MailSender"),
        (lambda s: s.add_singleton(Sender, MailSender()), "for an object, add_instance"),
        (lambda s: s.replace(Sender, MailSender), "nobody has registered it yet"),
        (lambda s: s.add_instance(3, as_type=Sender), "3 is no Sender"),
        (lambda s: s.provide(silent), "its return annotation has to say what it provides"),
        (lambda s: s.provide(wrongly_yielding), "should be Iterator"),
        (lambda s: s.options(Demanding), "cannot be made without arguments"),
        (lambda s: s.add_event_handler(MailSender), "a subclass of LocalEventHandler"),
        (lambda s: s.add_event_handler(Handler()), "a subclass of LocalEventHandler"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_cure(
    services: Services, say: Callable[[Services], None], message: str
) -> None:
    with pytest.raises(RegistrationError, match=message):
        say(services)
    assert services.registrations == ()


def test_a_protocol_with_fields_takes_any_implementation(services: Services) -> None:
    services.add_scoped(Sending, MailSender)
    assert services.registrations == (Registration(Sending, MailSender, Lifetime.SCOPED),)
