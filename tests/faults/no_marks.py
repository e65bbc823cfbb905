"""Hosts that can leave no start marks: where one of them dies, nothing but its lease tells."""

from collections.abc import Generator
from contextlib import contextmanager

from dawam.stores.base import JobStore


@contextmanager
def no_marks(store: JobStore) -> Generator[None]:
    """A file stands where the folder of marks would be, from before the first host on."""
    assert store.marks_folder is not None
    place = store.marks_folder.parent
    place.touch(exist_ok=False)
    try:
        yield
    finally:
        place.unlink()
