"""From a function's signature to the args that are stored for it."""

import inspect
from collections.abc import AsyncIterator, Iterator
from logging import Logger
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec
import pytest

from dawam.errors import ArgsError, RegistrationError
from dawam.jobs.codec import ArgsCodec
from dawam.jobs.signature import FunctionSignature, injected


async def greet(name: str, times: int = 1, *, loud: bool = False) -> str:
    return f"Hello {name}! " * times


def test_the_args_are_derived_with_names_types_and_defaults() -> None:
    signature = FunctionSignature(greet)
    assert signature.args_type.__name__ == "greet"
    assert signature.args_type.__module__ == __name__
    assert [each.name for each in msgspec.structs.fields(signature.args_type)] == ["name", "times", "loud"]
    assert (signature.is_async, signature.result_type, dict(signature.injected)) == (True, str, {})


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [(("Amal",), {}), ((), {"name": "Amal"}), (("Amal", 1), {}), (("Amal",), {"times": 1, "loud": False})],
)
def test_a_call_becomes_the_same_args_however_it_is_written(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    signature = FunctionSignature(greet)
    bound = signature.bind(*args, **kwargs)
    assert signature.call_arguments(bound) == {"name": "Amal", "times": 1, "loud": False}


def test_the_args_of_a_call_are_stored_and_read_back() -> None:
    signature = FunctionSignature(greet)
    codec = ArgsCodec(signature.args_type)
    bound = signature.bind("Amal", times=2)
    assert codec.encode(bound) == b'{"name":"Amal","times":2,"loud":false}'
    assert codec.decode(codec.encode(bound)) == bound


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, r"greet\(\) cannot be called so: missing a required argument: 'name'"),
        (("Amal",), {"tmes": 2}, r"greet\(\) .*unexpected keyword argument 'tmes'"),
        (("Amal", 1, True), {}, r"greet\(\) .*too many positional arguments"),
        (("Amal",), {"name": "x"}, r"greet\(\) .*multiple values for argument 'name'"),
    ],
)
def test_a_wrong_call_is_refused_and_names_the_parameter(args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(ArgsError, match=message):
        FunctionSignature(greet).bind(*args, **kwargs)


def test_positional_only_parameters_are_given_by_position() -> None:
    def add(first: int, second: int = 2, /) -> int:
        return first + second

    signature = FunctionSignature(add)
    assert signature.call_arguments(signature.bind(1)) == {"first": 1, "second": 2}
    with pytest.raises(ArgsError, match="positional"):
        signature.bind(first=1)


def test_injected_parameters_are_kept_apart_wherever_they_stand() -> None:
    def pay(
        order_id: int, log: Logger = injected, amount: int = 1, *, key: Annotated[str, "vault"] = injected
    ) -> None: ...

    signature = FunctionSignature(pay)
    assert dict(signature.injected) == {"log": Logger, "key": Annotated[str, "vault"]}
    assert signature.call_arguments(signature.bind(3, 4)) == {"order_id": 3, "amount": 4}
    assert signature.is_async is False
    with pytest.raises(ArgsError, match="'log' is injected when the job runs, leave it out"):
        signature.bind(3, log=None)


def test_injected_shows_itself_in_signatures() -> None:
    def pay(log: Logger = injected) -> None: ...

    assert repr(injected) == "injected"
    assert "injected" in str(inspect.signature(pay))


def test_a_default_is_fresh_for_every_call() -> None:
    def collect(items: list[int] = [1]) -> None: ...  # noqa: B006

    signature = FunctionSignature(collect)
    first, second = signature.bind(), signature.bind()
    first.items.append(2)
    assert second.items == [1]
    assert signature.bind().items == [1]


def test_a_function_without_annotation_of_its_result_returns_anything() -> None:
    def tidy(): ...  # type: ignore[no-untyped-def]

    assert FunctionSignature(tidy).result_type is Any
    assert FunctionSignature(tidy).call_arguments(FunctionSignature(tidy).bind()) == {}


class Product:
    __mapper__ = __table__ = SimpleNamespace()


def with_star(*names: str) -> None: ...
def with_stars(**names: str) -> None: ...
def without_annotation(name) -> None: ...  # type: ignore[no-untyped-def]
def with_unannotated_injection(log=injected) -> None: ...  # type: ignore[no-untyped-def]
def with_row(product: Product) -> None: ...
def with_unknown(name: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821


async def async_generator(name: str) -> AsyncIterator[int]:
    yield 1


def generator(name: str) -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (with_star, r"with_star\(\*names: str\): .*name the parameters, or take one list"),
        (with_stars, r"with_stars\(\*\*names: str\): .*name the parameters"),
        (without_annotation, r"without_annotation\(name\) has no annotation: give it a type, to store"),
        (with_unannotated_injection, r"with_unannotated_injection\(log\) has no annotation: .*what to inject"),
        (with_row, r"with_row\(product\): Product is a database row .*pass its id"),
        (with_unknown, r"with_unknown\.name: .*'Nowhere'.*import it at run time"),
        (async_generator, r"async_generator is a generator: .*`return` instead of `yield`"),
        (generator, r"generator is a generator"),
    ],
)
def test_a_signature_that_cannot_be_stored_is_refused_with_the_cure(function: Any, message: str) -> None:
    with pytest.raises(RegistrationError, match=message):
        FunctionSignature(function)
