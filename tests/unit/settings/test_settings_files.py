"""A settings file that cannot be read is refused with its name, the place and the cure."""

from pathlib import Path

import pytest

from dawam.errors import SettingsError
from dawam.host.options import HostOptions
from dawam.settings import Settings, SettingsSources


def _refused(path: Path) -> str:
    with pytest.raises(SettingsError) as raised:
        Settings.load(SettingsSources((path,)))
    return str(raised.value)


def test_broken_json_is_shown_with_its_line_and_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{\n  // a note\n  "Store": {\n\t"Url" "x"\n  }\n}')

    assert _refused(path) == (
        f'{path}, line 4, column 8: a ":" was expected after the key "Url"\n     "Url" "x"\n           ^'
    )


def test_broken_toml_is_shown_with_its_line_and_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "dawam.toml"
    path.write_text("[store]\nurl = sqlite\n")

    assert _refused(path) == f"{path}, line 2, column 7: Invalid value\n    url = sqlite\n          ^"


def test_toml_that_ends_too_early_points_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "dawam.toml"
    path.write_text('[store]\nurl = """x')

    assert _refused(path).startswith(f"{path}, line 2, column 11: ")


@pytest.mark.parametrize(
    "line",
    [
        '"Password": "hunter2" 1',
        '"Url": "postgresql://me:hunter2@host/db" 1',
        '"Url": "postgresql:\\/\\/me:hunter2@host\\/db" 1',
        '"Url": "postgresql://me:hunter2.host/db" 1',
        '"Url": "postgresql:///me:hunter2@host/db" 1',
        '"Url": "postgresql://me:hunter2',
        '"postgresql://me:hunter2@host/db": 1, "postgresql://me:hunter2@host/db": 1',
        "api_key = hunter2",
    ],
)
def test_the_line_that_is_shown_keeps_its_secrets(line: str, tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{"Store": {\n' + line + "\n}}")

    message = _refused(path)

    assert "hunter2" not in message
    assert "*******" in message


def test_a_very_long_line_is_shown_around_the_place(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{"Note": "' + "x" * 5000 + '" oops}')

    _, line, caret = _refused(path).split("\n")

    assert len(line) < 150
    assert line[caret.index("^")] == "o"


def test_a_byte_order_mark_is_accepted_because_dot_net_tools_write_it(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_bytes(b'\xef\xbb\xbf{"Store": {}}')

    assert Settings.load(SettingsSources((path,))).finish() == ()


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{"Name": "مخزن"}', encoding="utf-16")

    assert _refused(path) == f"{path} is not UTF-8 text (byte 0): save it again with the encoding UTF-8"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.mkdir()

    assert _refused(path) == f"{path} is a folder, where a settings file was expected"


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything, so a mode would not do

    assert "may not be read by this user" in _refused(tmp_path / "appsettings.json")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.symlink_to(path)

    with pytest.raises(SettingsError, match="cannot be read: Too many levels of symbolic links"):
        Settings.load(SettingsSources.discover(None, folder=tmp_path, environ={}))


def test_a_file_that_holds_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text("[1]")

    assert _refused(path) == f"{path}: the file must hold one object, as in {{}}, but holds a list"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 3000 + "]" * 3000, "nested deeper than 100 levels"),
        ("[" + ".".join(["a"] * 3000) + "]", "nested deeper than 100 levels"),
        ("a = " + "[" * 102 + "]" * 102, "nested deeper than 100 levels"),
        ("a = " + "9" * 5000, "it holds a whole number of more than 64 bits, which TOML does not know"),
        ("a = [0x1" + "0" * 16 + "]", "it holds a whole number of more than 64 bits, which TOML does not know"),
    ],
)
def test_toml_too_deep_or_with_numbers_too_large_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "dawam.toml"
    path.write_text(text)

    assert _refused(path) == f"{path}: {problem}"


def test_half_of_a_character_is_refused_since_no_terminal_could_show_it(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{"Store": {"Application": "\\ud83d"}}')

    assert "line 1, column 27: half of a character stands here" in _refused(path)


def test_each_of_many_keys_is_told_with_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "appsettings.json"
    path.write_text('{"Host": {\n' + "".join(f'  "Key{number}":\n 1,\n' for number in range(100)) + "}}")

    settings = Settings.load(SettingsSources((path,)))
    settings.bind("Host", HostOptions())

    with pytest.raises(SettingsError, match=r'appsettings\.json:200: the section Host has no key "Key99"'):
        settings.finish()
