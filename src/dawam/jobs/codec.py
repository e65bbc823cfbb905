"""Args and results to JSON and back: nothing is stored that would not read back as it was."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from dawam.errors import ArgsError, ArgsUnreadableError, RegistrationError
from dawam.jobs.generics import origin_of
from dawam.jobs.json_form import explain, json_functions, plain_json
from dawam.jobs.read_back import first_difference, first_unstorable
from dawam.jobs.type_check import check_args_type

A = TypeVar("A")

_NUL = b"\\u0000"


class ArgsCodec(Generic[A]):
    """Writes and reads args of one class.

    Making one walks through the class and raises `RegistrationError` for what would not read back.
    """

    def __init__(self, args_type: type[A]) -> None:
        proof = check_args_type(args_type)
        self._must_be_equal, self._must_be_walked = proof.be_equal, proof.be_walked
        self._is_strict = proof.be_walked and not proof.list_for_tuple
        self._class: type[Any] = origin_of(args_type)
        self._name = self._class.__qualname__
        try:
            self._to_json, self._from_json = json_functions(args_type)
        except (TypeError, ValueError, NameError) as error:
            raise RegistrationError(f"the args class {self._name} has no JSON form: {error}") from error

    def encode(self, args: A) -> bytes:
        """The args as JSON. Raises `ArgsError`, naming the field, when they would not read back as they are."""
        if type(args) is not self._class:
            raise ArgsError(self._of_another_class(args))
        try:
            data = self._to_json(args)
            back = self._from_json(data)
            is_same = self._to_json(back) == data and _NUL not in data and not (self._must_be_equal and back != args)
        except Exception as error:
            raise ArgsError(self._refusal(args, error)) from error
        if not is_same or self._must_be_walked:
            self._compare(args, back)
        return data

    def decode(self, data: bytes | str) -> A:
        """The args from JSON. Raises `ArgsUnreadableError`, naming the field, when they do not fit the class."""
        try:
            args: A = self._from_json(data)
        except Exception as error:
            raise ArgsUnreadableError(f"stored args cannot be read: {explain(error, self._name)}") from error
        return args

    def of_fields(self, fields: Mapping[str, Any], owner: str) -> A:
        """The args with these fields, as JSON would bring them. Raises `ArgsError`, naming the field that does not fit.

        `owner` says in the error whose args they are.
        """
        try:
            args: A = self._from_json(plain_json(fields))
        except Exception as error:
            raise ArgsError(f"{owner} do not fit {self._name}: {explain(error, self._name)}") from error
        return args

    def _compare(self, args: A, back: A) -> None:
        found = first_unstorable(args, self._name) or first_difference(args, back, self._name, strict=self._is_strict)
        if found is not None:
            raise ArgsError(f"the args would not read back as they are: {found}")

    def _refusal(self, args: A, error: Exception) -> str:
        if isinstance(error, RecursionError):
            return f"the args {self._name} hold themselves, or are nested too deeply to be stored"
        found = first_unstorable(args, self._name) or explain(error, self._name)
        return f"the args cannot be stored: {found}"

    def _of_another_class(self, args: object) -> str:
        given = type(args)
        if issubclass(given, self._class):
            return (
                f"args of the class {self._name} were expected, not of its subclass {given.__qualname__}, whose own "
                f"fields would vanish: pass a {self._name}, or give {given.__qualname__} a job of its own"
            )
        return f"args of the class {self._name} were expected, not {_article(given.__qualname__)}"


class ResultCodec:
    """Writes and reads what one job returns, typed by its return annotation.

    Without an annotation, and with one that has no JSON form, results are plain JSON values.
    """

    def __init__(self, result_type: object, owner: str) -> None:
        self._owner = owner
        try:
            self._to_json, self._from_json = json_functions(result_type)
        except (TypeError, ValueError, NameError):
            self._to_json, self._from_json = json_functions(Any)

    def encode(self, value: object) -> bytes | None:
        """The result as JSON, None for None. Raises `TypeError` when it does not read back as annotated."""
        if value is None:
            return None
        try:
            data = self._to_json(value)
            self._from_json(data)
        except Exception as error:
            raise TypeError(f"the result of {self._owner} cannot be stored: {explain(error, 'result')}") from error
        return data

    def decode(self, data: bytes | None) -> Any:
        """The result from JSON."""
        return None if data is None else self._from_json(data)


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
