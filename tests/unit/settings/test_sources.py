"""Which files are read, and which environment this is."""

from pathlib import Path

import pytest

from dawam.errors import SettingsError
from dawam.settings import SettingsSources


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("{}" if name.endswith("json") else "")


def _names(sources: SettingsSources) -> list[str]:
    return [path.name for path in sources.files]


def test_without_any_file_there_is_nothing_to_read(tmp_path: Path) -> None:
    sources = SettingsSources.discover(None, folder=tmp_path, environ={})

    assert (sources.files, sources.environment) == ((), "Production")


@pytest.mark.guide(11)
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "Production"),
        ({"ASPNETCORE_ENVIRONMENT": "Development"}, "Development"),
        ({"ASPNETCORE_ENVIRONMENT": "Development", "DAWAM_ENVIRONMENT": "Staging"}, "Staging"),
        ({"ASPNETCORE_ENVIRONMENT": "Development", "DAWAM_ENVIRONMENT": ""}, "Development"),
    ],
)
def test_the_environment_is_named_by_dawam_then_by_aspnet(
    environ: dict[str, str], expected: str, tmp_path: Path
) -> None:
    _write(tmp_path, "appsettings.json", f"appsettings.{expected}.json", "appsettings.Other.json")

    sources = SettingsSources.discover(None, folder=tmp_path, environ=environ)

    assert sources.environment == expected
    assert _names(sources) == ["appsettings.json", f"appsettings.{expected}.json"]


@pytest.mark.guide(11)
def test_the_environments_file_alone_is_enough(tmp_path: Path) -> None:
    _write(tmp_path, "appsettings.Development.json")

    sources = SettingsSources.discover(None, folder=tmp_path, environ={"DAWAM_ENVIRONMENT": "Development"})

    assert _names(sources) == ["appsettings.Development.json"]


def test_toml_is_found_as_well(tmp_path: Path) -> None:
    _write(tmp_path, "dawam.toml", "dawam.Production.toml")

    assert _names(SettingsSources.discover(None, folder=tmp_path, environ={})) == [
        "dawam.toml",
        "dawam.Production.toml",
    ]


def test_two_kinds_of_file_at_once_are_refused(tmp_path: Path) -> None:
    _write(tmp_path, "dawam.toml", "appsettings.json")

    with pytest.raises(SettingsError, match=r"appsettings.json and dawam.toml: keep one of them"):
        SettingsSources.discover(None, folder=tmp_path, environ={})


def test_a_file_that_was_named_is_taken_from_the_folder(tmp_path: Path) -> None:
    _write(tmp_path, "mine.json", "mine.Production.json", "appsettings.json")

    assert _names(SettingsSources.discover("mine.json", folder=tmp_path, environ={})) == [
        "mine.json",
        "mine.Production.json",
    ]


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no settings file .*mine\.json: create it, or name another one"):
        SettingsSources.discover("mine.json", folder=tmp_path, environ={})


def test_a_kind_of_file_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mine\.yaml: a settings file ends in \.json or \.toml"):
        SettingsSources.discover(tmp_path / "mine.yaml", folder=tmp_path, environ={})


@pytest.mark.parametrize("name", ["../etc", "a/b", "a b"])
def test_an_environment_cannot_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"DAWAM_ENVIRONMENT=.*an environment is named by letters"):
        SettingsSources.discover(None, folder=tmp_path, environ={"DAWAM_ENVIRONMENT": name})


def test_secrets_in_the_environment_do_not_show_in_the_repr(tmp_path: Path) -> None:
    sources = SettingsSources.discover(None, folder=tmp_path, environ={"DAWAM__STORE__URL": "hunter2"})

    assert "hunter2" not in repr(sources)
