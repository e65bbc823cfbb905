"""Profiles every thread of a worker, and says where its time went: by own time, thread by thread."""

import cProfile
import io
import pstats
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def profiled(file: str) -> Generator[None, None, None]:
    """Profiles what runs inside, and the threads that are started inside, into `file`.txt; without a name, nothing."""
    if not file:
        yield
        return
    profiles = {"main thread, with the event loop": cProfile.Profile()}

    def start(*_: object) -> None:
        name = f"thread {threading.current_thread().name}"
        profiles[name] = profile = cProfile.Profile()
        try:
            profile.enable()
        except ValueError:  # since Python 3.12 one thread at a time can be profiled
            del profiles[name]

    threading.setprofile(start)  # called once per new thread, whose own profile then takes its place
    profiles["main thread, with the event loop"].enable()
    try:
        yield
    finally:
        profiles["main thread, with the event loop"].disable()
        threading.setprofile(None)
        Path(f"{file}.txt").write_text("".join(_by_own_time(name, each) for name, each in profiles.items()))


def _by_own_time(name: str, profile: cProfile.Profile) -> str:
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(40)
    return f"==== {name}\n{text.getvalue()}"
