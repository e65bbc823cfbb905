"""The JSON form of args and results: msgspec's, with pydantic's own for pydantic's classes."""

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Any

import msgspec

from dawam.jobs.data_class import class_of, is_pydantic, is_pydantic_model

ToJson = Callable[[Any], bytes]
FromJson = Callable[[bytes | str], Any]


def json_functions(wanted: Any) -> tuple[ToJson, FromJson]:
    """How values of this type are written and read: made once, used for every job."""
    if is_pydantic(wanted):
        return _pydantic_writer(wanted), wanted.__pydantic_validator__.validate_json
    return _ENCODER.encode, msgspec.json.Decoder(wanted, dec_hook=_decode_foreign).decode


def plain_json(value: object) -> bytes:
    """The JSON of whatever it is."""
    return _ENCODER.encode(value)


def explain(error: Exception, owner: str) -> str:
    """An error of either library in one line that begins with the field: `Order.items[0].price: Expected ...`."""
    details = getattr(error, "errors", None)
    if callable(details):
        return _explain_pydantic(error, owner)
    message, _, path = str(error).partition(" - at `$")
    return f"{owner}{path.rstrip('`')}: {message or type(error).__name__}"


def _explain_pydantic(error: Any, owner: str) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{owner}{_path(first['loc'])}: {first['msg']}"


def _path(steps: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _pydantic_writer(kind: Any) -> ToJson:
    # round_trip leaves out what is only computed; a value of the wrong type is an error and no warning
    return partial(kind.__pydantic_serializer__.to_json, by_alias=True, round_trip=True, warnings="error")


def _encode_foreign(value: Any) -> Any:
    kind = class_of(value)
    if is_pydantic_model(kind):
        return msgspec.Raw(_pydantic_writer(kind)(value))
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a value of the class {kind.__qualname__} has no JSON form")


def _decode_foreign(wanted: type[Any], plain: Any) -> Any:
    if is_pydantic_model(wanted):
        return _read_model(wanted, plain)
    if issubclass(wanted, PurePath) and isinstance(plain, str):
        return wanted(plain)
    raise TypeError(f"Expected `{wanted.__qualname__}`, got `{type(plain).__name__}`")


def _read_model(model: Any, plain: Any) -> Any:
    try:
        return model.__pydantic_validator__.validate_json(msgspec.json.encode(plain))
    except ValueError as error:
        if callable(getattr(error, "errors", None)):
            raise ValueError(_explain_pydantic(error, model.__qualname__)) from error  # noqa: TRY004
        raise


_ENCODER = msgspec.json.Encoder(enc_hook=_encode_foreign)
