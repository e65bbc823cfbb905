"""Huey's queue and its job, which the consumer and the enqueuing program both import: Huey goes by module names."""

from importlib import import_module

from benchmarks.programs import store
from benchmarks.programs.stamps import Stamps

# by name, because Huey is installed in an environment of its own, where no type checker looks
queue = import_module("huey").SqliteHuey("bench", filename=store.file(), results=False)
stamps = Stamps.of_this_process()


@queue.task()  # type: ignore[untyped-decorator]
def note(number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is to be decoded)
    """The measured job."""
    if stamps is not None:
        stamps.stamp(number)
