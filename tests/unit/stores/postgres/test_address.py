"""What `Store.Url` says about a server."""

import re
from datetime import timedelta

import pytest

from dawam.errors import SettingsError
from dawam.stores.postgres.address import Address

SECRET = "correct-horse"


def test_a_whole_address() -> None:
    address = Address.of(
        f"postgresql://shop:{SECRET}@db.example:6432/orders?schema=jobs&statement_timeout=5s&sslmode=require"
    )

    assert address.place == "orders at db.example:6432"
    assert address.schema == "jobs"
    assert address.statement_timeout == timedelta(seconds=5)
    assert address.parameters["sslmode"] == "require"
    assert address.parameters["password"] == SECRET


def test_the_least_that_can_be_said() -> None:
    address = Address.of("postgresql:///orders")

    assert address.place == "orders at the local socket:5432"
    assert (address.schema, address.has_session, address.notifies) == ("public", None, True)


def test_the_other_scheme_means_the_same() -> None:
    assert Address.of("postgres://db.example/orders") == Address.of("postgresql://db.example/orders")


def test_no_repr_shows_the_password() -> None:
    assert SECRET not in repr(Address.of(f"postgresql://shop:{SECRET}@db.example/orders"))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://db.example/orders?schema=Jobs%20Of%20Shop", "schema='Jobs Of Shop'"),
        ("postgresql://db.example/orders?statement_timeout=5", "statement_timeout='5'"),
        ("postgresql://db.example/orders?connect_timeout=0s", "connect_timeout='0s'"),
        ("postgresql://db.example/orders?session=maybe", "session='maybe'"),
        ("postgresql://db.example/orders?notify=", "notify=''"),
        ("postgresql://db.example/orders?sslmood=require", "unknown option sslmood"),
        ("postgresql://db.example/orders?conninfo=x", "unknown option conninfo"),
        ("postgresql://db.example:port/orders", "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_named(url: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address.of(url)

    assert complaint in str(caught.value)


@pytest.mark.parametrize("password", ["ses@me", "ses/me", "ses?me", "ses#me", "123?me", "12/3?me", "ses%me"])
def test_a_password_that_is_not_encoded_is_refused_and_no_part_of_it_shown(password: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address.of(f"postgresql://shop:{password}@db.example/orders")

    shown = str(caught.value).partition("postgresql://user:password")[0]
    assert [part for part in re.split("[@/?#% ]", password) if part in shown] == []
    assert "special characters of the password written as %40" in str(caught.value)


def test_a_word_is_named_with_the_nearest_that_there_is() -> None:
    with pytest.raises(SettingsError, match=r"unknown option shcema; was schema meant\?"):
        Address.of("postgresql://db.example/orders?shcema=jobs")
    with pytest.raises(SettingsError, match=r"unknown option sslmood; was sslmode meant\?"):
        Address.of("postgresql://db.example/orders?sslmood=require")


def test_several_hosts_and_other_forms_of_libpq_are_understood() -> None:
    assert Address.of("postgresql://shop@one:6001,two:6002/orders").place == "orders at one,two:6001,6002"
    assert Address.of("postgresql://[::1]:6432/orders").place == "orders at ::1:6432"
    assert Address.of("postgresql://%2Frun%2Fpostgresql/orders").place == "orders at /run/postgresql:5432"
    assert Address.of("postgresql:///orders?host=/run/postgresql").place == "orders at /run/postgresql:5432"


@pytest.mark.parametrize("ending", ["?schema=BAD", "?sslmood=x", ":port/orders", "?statement_timeout=5"])
def test_no_complaint_shows_the_password(ending: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address.of(f"postgresql://shop:{SECRET}@db.example{ending}")

    assert SECRET not in str(caught.value)
