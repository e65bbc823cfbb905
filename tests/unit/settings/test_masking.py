"""Secrets do not reach listings and messages."""

import pytest

from dawam.settings.masking import masked, masked_line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgresql://me:hunter2@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://me:p@ss/w:rd@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:p\"ss 'word@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me@host/db?sslkey=k&sslpassword=hunter2", "postgresql://me@host/db?sslkey=k&sslpassword=***"),
        ("redis://:hunter2@host", "redis://:***@host"),
        ("mysql://host/db?user=me&password=hunter2&x=1", "mysql://host/db?user=me&password=***&x=1"),
        ("Server=.;User=sa;Password=hunter2;Timeout=5", "Server=.;User=sa;Password=***;Timeout=5"),
        ("sqlite:///dawam.db", "sqlite:///dawam.db"),
        ("postgresql://me:hunter2.host/db", "postgresql://me:***"),
        ("postgresql:/me:hunter2@host/db", "postgresql:/me:***@host/db"),
        ("me:hunter2@host", "me:***@host"),
        ("a postgresql://me:hunter2@postgresql://me:hunter2", "a postgresql://me:***@postgresql://me:***"),
        ("me@host:25", "me@host:25"),
        ("http://host:8080/path", "http://host:8080/path"),
        ("http://host:8080", "http://host:8080"),
        ("sqlite:///C:/shop/dawam.db", "sqlite:///C:/shop/dawam.db"),
        (("redis://:hunter2@host", 1), ("redis://:***@host", 1)),
        ({"url": "redis://:hunter2@host"}, {"url": "redis://:***@host"}),
        (12, 12),
    ],
)
def test_passwords_in_values_are_masked(value: object, shown: object) -> None:
    assert masked(value) == shown


def test_a_marked_value_is_masked_whole_but_one_can_see_that_it_is_not_set() -> None:
    assert [masked(value, is_secret=True) for value in ("hunter2", 12, None, "")] == ["***", "***", None, ""]


def test_a_masked_line_keeps_its_length() -> None:
    line = '"Smtp": {"Password": "hun\\"ter2", "Port": 25}'

    assert masked_line(line) == '"Smtp": {"Password": ***********, "Port": 25}'
    assert len(masked_line(line)) == len(line)
