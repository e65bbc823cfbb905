"""Small files that are worth keeping, and what grows from them: bits flipped, pieces cut, doubled and spliced.

A file in `corpus/<what>` is replayed as it is by every run. To keep an input that once broke something, save its bytes
there under a name that says what it is.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
_MOST_CHANGES = 4
_LONGEST = 20_000


def kept(what: str) -> list[Path]:
    """The files of this corpus, in the same order everywhere."""
    found = sorted(path for path in (CORPUS / what).iterdir() if path.is_file())
    assert found, f"the corpus {what} is empty"
    return found


def replayed(what: str) -> pytest.MarkDecorator:
    """Runs a test with each file of this corpus, named by it, as the parameter `data`."""
    return pytest.mark.parametrize("data", [pytest.param(path.read_bytes(), id=path.name) for path in kept(what)])


def grown(what: str) -> st.SearchStrategy[bytes]:
    """Bytes of a file of this corpus after a few changes; now and then any bytes at all."""
    return st.one_of(_changed([path.read_bytes() for path in kept(what)]), st.binary(max_size=60))


def grown_text(what: str) -> st.SearchStrategy[str]:
    """The same as text: what is not UTF-8 becomes lone surrogates, as in the arguments of a command."""
    return grown(what).map(as_text)


def as_text(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


@st.composite
def _changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, _MOST_CHANGES))):
        change = draw(st.sampled_from(_CHANGES))
        data = change(draw, data, seeds)[:_LONGEST]
    return data


def _flip(draw: st.DrawFn, data: bytes, _seeds: list[bytes]) -> bytes:
    at, bit = draw(st.integers(0, max(0, len(data) - 1))), draw(st.integers(0, 7))
    return data[:at] + bytes(each ^ 1 << bit for each in data[at : at + 1]) + data[at + 1 :]


def _cut(draw: st.DrawFn, data: bytes, _seeds: list[bytes]) -> bytes:
    begin, end = _piece(draw, data)
    return data[:begin] + data[end:]


def _double(draw: st.DrawFn, data: bytes, _seeds: list[bytes]) -> bytes:
    begin, end = _piece(draw, data)
    return data[:end] + data[begin:end] * draw(st.sampled_from([1, 2, 50])) + data[end:]


def _splice(draw: st.DrawFn, data: bytes, seeds: list[bytes]) -> bytes:
    other = draw(st.sampled_from(seeds))
    begin, end = _piece(draw, other)
    at = draw(st.integers(0, len(data)))
    return data[:at] + other[begin:end] + data[at:]


def _insert(draw: st.DrawFn, data: bytes, _seeds: list[bytes]) -> bytes:
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.sampled_from(_AWKWARD)) + data[at:]


def _piece(draw: st.DrawFn, data: bytes) -> tuple[int, int]:
    begin = draw(st.integers(0, len(data)))
    return begin, draw(st.integers(begin, min(len(data), begin + 40)))


_CHANGES: list[Callable[[st.DrawFn, bytes, list[bytes]], bytes]] = [_flip, _cut, _double, _splice, _insert]
_AWKWARD = [
    b"\0", b"\xff", b"\n", b"\\u0000", b"\\ud800", b"NaN", b"-1", b"1e999", b"9" * 5000, b"0", b"''", b"\xd9\xa3",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"[" * 2000, b'{"a":' * 2000, b"0000-00-00T00:00:00", b"[", b"]", b"%00", b"@",
]  # fmt: skip
