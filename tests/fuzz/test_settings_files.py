"""Any bytes in a settings file are read, or refused with an error of ours that names the file and shows no password."""

import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given

from dawam.errors import SettingsError
from dawam.host.options import HostOptions
from dawam.settings import Settings, SettingsSources
from dawam.stores.base import StoreOptions
from tests.fuzz.mutation import grown, kept

PASSWORD = "hunter2"


def read(data: bytes, suffix: str) -> None:
    """What an application does with a file, up to the listing that `dawam settings show` prints."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"shop{suffix}"
        file.write_bytes(data)
        try:
            settings = Settings.load(SettingsSources(files=(file,)))
            store = settings.bind("Store", StoreOptions())
            host = settings.bind("Host", HostOptions())
            doubts = settings.finish()
        except SettingsError as error:
            refusal = str(error)
        else:
            check_bound(store, host, settings, doubts, data)
            return
        assert any(word in refusal for word in (file.name, "Host", "Store"))
        check_fit_to_be_shown(refusal, data)


def check_bound(
    store: StoreOptions, host: HostOptions, settings: Settings, doubts: tuple[str, ...], data: bytes
) -> None:
    assert isinstance(store.url, str)
    assert isinstance(host.poll, timedelta)
    listing = "\n".join([*doubts, *(f"{value.name} {value.text} {value.source}" for value in settings.report())])
    check_fit_to_be_shown(listing, data)


def check_fit_to_be_shown(text: str, data: bytes) -> None:
    text.encode()
    assert f"//dawam:{PASSWORD}" not in text.replace("\\/", "/")
    if b"://dawam:hunter2@db.example" in data:  # only there a reader can tell that it is one
        assert f":{PASSWORD}@" not in text


@pytest.mark.parametrize("path", kept("settings"), ids=lambda path: path.name)
def test_kept_files_are_read_or_refused_in_our_words(path: Path) -> None:
    read(path.read_bytes(), path.suffix)


@pytest.mark.parametrize("suffix", [".json", ".toml"])
@pytest.mark.parametrize(
    "data",
    [
        b'{"Shop": {' + b"".join(b'"key%d": 1,\n' % number for number in range(20_000)) + b"}}",
        b'{"Store": {"' + b"a" * 200_000 + b'": 1}}',
        b'{"Store": {"Url": "' + b"a://b:" * 20_000 + b'" }',
        b"[Store]\nUrl = '" + b"://b:@" * 20_000 + b"'\n=",
        b"/*" * 100_000,
    ],
    ids=["many keys", "a long key", "many URLs", "many passwords", "many comments"],
)
def test_a_long_file_is_read_or_refused_before_anybody_gives_up(data: bytes, suffix: str) -> None:
    began = time.process_time()
    read(data, suffix)
    assert time.process_time() - began < 5  # ten times as long as it takes; what is quadratic takes minutes


@pytest.mark.parametrize("suffix", [".json", ".toml"])
@given(data=grown("settings"))
def test_any_bytes_are_read_or_refused_in_our_words(suffix: str, data: bytes) -> None:
    read(data, suffix)
