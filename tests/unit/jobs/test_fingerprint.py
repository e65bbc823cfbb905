"""Two errors are the same one when they are of one type and came by one way through the code."""

import types
from collections.abc import Callable

import pytest

from dawam.jobs.fingerprint import fingerprint
from dawam.jobs.outcome import ErrorDetails

CODE = """
def deliver(order):
    return print_receipt(order)

def print_receipt(order):
    raise OSError(f"no paper for order {order}")

def refund(order):
    return print_receipt(order)

def recurse(depth):
    return recurse(depth - 1) if depth else print_receipt(1)
"""


def shop(code: str = CODE) -> types.ModuleType:
    """The code of a shop, as it is after a deployment."""
    module = types.ModuleType("shop")
    exec(code, vars(module))
    return module


def raised(call: Callable[[], object]) -> str:
    """By what the error is known that the call raises."""
    with pytest.raises(Exception) as caught:
        call()
    return ErrorDetails.of(caught.value).fingerprint


def known_by(module: types.ModuleType, name: str, order: int = 1) -> str:
    return raised(lambda: getattr(module, name)(order))


def test_the_message_makes_no_new_error() -> None:
    assert known_by(shop(), "deliver", 1) == known_by(shop(), "deliver", 2)


def test_a_line_more_above_makes_no_new_error() -> None:
    assert known_by(shop("import os\n\n" + CODE), "deliver") == known_by(shop(), "deliver")


def test_another_way_another_type_and_another_module_do() -> None:
    same = known_by(shop(), "deliver")
    assert known_by(shop(), "refund") != same
    assert known_by(shop(CODE.replace("OSError", "ValueError")), "deliver") != same
    elsewhere = shop()
    vars(elsewhere)["__name__"] = "bakery"
    assert known_by(elsewhere, "deliver") != same


def test_how_deep_a_recursion_went_does_not_matter() -> None:
    assert known_by(shop(), "recurse", 3) == known_by(shop(), "recurse", 300)


def test_the_way_through_dawam_does_not_matter() -> None:
    between, deliver = types.ModuleType("between"), shop().deliver
    exec("def execute(job):\n    return job(1)\ndef run(job):\n    return execute(job)", vars(between))

    def by_way_of(name: str, function: str) -> str:
        vars(between)["__name__"] = name
        return raised(lambda: getattr(between, function)(deliver))

    assert by_way_of("dawam.executor", "execute") == by_way_of("dawam.host.runner", "run")
    assert by_way_of("shop.helpers", "execute") != by_way_of("shop.helpers", "run")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the host a-1 is gone", "the host a-27 is gone"),
        ("no file 'x.pdf'", "no file 'y.pdf'"),
        ('key "a" is missing', 'key "b" is missing'),
        ("at 0x7f00", "at 0x8a11"),
        ("job 01a21d58-21cb-7778-98a5-faefd02f4f8e", "job 01a21db9-bdd1-74dd-9589-22a3561cd9eb"),
    ],
)
def test_without_code_the_message_counts_but_for_what_is_quoted_or_counted(one: str, other: str) -> None:
    assert fingerprint("HostLost", one) == fingerprint("HostLost", other)
    assert fingerprint("HostLost", one) != fingerprint("HostLost", "something else")
    assert fingerprint("HostLost", one) != fingerprint("HostCrashed", one)


def test_a_text_that_no_encoding_takes_has_one_as_well() -> None:
    assert len(fingerprint("ValueError", "\ud800")) == 16
