"""What the operator says beats what the programmer wrote; each value knows where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest

from dawam.errors import SettingsError
from dawam.host.options import HostOptions
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.settings import Settings, SettingsSources, SettingValue, process_environment
from dawam.stores.base import StoreOptions

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Colour(StrEnum):
    LIGHT_BLUE = "light-blue"
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Mail:
    server: str
    port: int = 25


@dataclass(kw_only=True)
class Sample:
    """One field of every kind that settings can hold."""

    name: str = "sample"
    count: int = 1
    ratio: float = 0.5
    is_on: bool = False
    wait: timedelta = MINUTE
    limit: timedelta | None = None
    colour: Colour = Colour.RED
    priority: Priority = Priority.NORMAL
    mode: Literal["fast", "safe"] = "safe"
    folder: Path = Path()
    queues: tuple[str, ...] = ()
    pair: tuple[str, int] = ("a", 1)
    limits: dict[str, int] = field(default_factory=dict[str, int])
    count_or_name: int | str = 0
    password: str = field(default="", metadata={"secret": True})
    mail: Mail | None = None
    retry: Retry = field(default_factory=Retry)
    computed: int = field(default=7, init=False)


def settings_of(tmp_path: Path, *files: str, **sources: Any) -> Settings:
    paths = [
        tmp_path / ("appsettings.json" if number == 0 else f"appsettings.{number}.json") for number in range(len(files))
    ]
    for path, text in zip(paths, files, strict=True):
        path.write_text(text)
    return Settings.load(SettingsSources(tuple(paths), **sources))


def said(text: str, tmp_path: Path) -> Sample:
    return settings_of(tmp_path, f'{{"Sample": {text}}}').bind("Sample", Sample())


def refused(settings: Settings, section: str = "Sample", options: Any = None) -> str:
    def bind_and_finish() -> None:
        settings.bind(section, options or Sample())
        settings.finish()

    with pytest.raises(SettingsError) as raised:
        bind_and_finish()
    return str(raised.value)


def reported(settings: Settings) -> Mapping[str, SettingValue]:
    return {value.name: value for value in settings.report()}


# ------------------------------------------------------------------------------------------------ layers


@pytest.mark.guide(11)
def test_the_guides_own_file_switches_execution_off_in_its_environment_only(tmp_path: Path) -> None:
    (tmp_path / "appsettings.json").write_text("{}")
    (tmp_path / "appsettings.Development.json").write_text(
        '// appsettings.Development.json\n{\n  "BackgroundJobs": {\n    "IsJobExecutionEnabled": false\n  }\n}\n'
    )

    def execution_in(environment: str) -> bool:
        environ = {"ASPNETCORE_ENVIRONMENT": environment}
        settings = Settings.load(SettingsSources.discover(None, folder=tmp_path, environ=environ))
        return settings.bind("BackgroundJobs", BackgroundJobOptions()).is_job_execution_enabled

    assert (execution_in("Development"), execution_in("Production")) == (False, True)


@pytest.mark.guide(11)
def test_each_source_beats_the_one_before_and_remembers_what_it_shadowed(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        '{"Sample": {"Count": 3}}',
        '{\n"Sample": {"Count": 4}}',
        environ={"DAWAM__SAMPLE__COUNT": "5"},
        command_line={"Sample.Count": "6"},
        overrides={"Sample.Count": 7},
    )

    bound = settings.bind("Sample", Sample(count=2))

    assert bound.count == 7
    value = reported(settings)["Sample.Count"]
    assert (value.source, value.value) == ("test harness", 7)
    assert value.shadowed == (
        ("command line", 6),
        ("DAWAM__SAMPLE__COUNT", 5),
        ("appsettings.1.json:2", 4),
        ("appsettings.json:1", 3),
        ("code", 2),
        ("default", 1),
    )


def test_what_nobody_says_stays_as_the_code_says_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "{}")

    assert settings.bind("Sample", Sample(count=2)) == Sample(count=2)
    assert (reported(settings)["Sample.Count"].source, reported(settings)["Sample.Ratio"].source) == ("code", "default")


@pytest.mark.guide(11)
def test_a_variable_reaches_the_options_by_the_name_that_the_guide_of_settings_gives(tmp_path: Path) -> None:
    environ = {"DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED": "false", "DAWAM_ENVIRONMENT": "x", "PATH": "/bin"}

    bound = settings_of(tmp_path, environ=environ).bind("BackgroundJobs", BackgroundJobOptions())

    assert bound.is_job_execution_enabled is False


@pytest.mark.parametrize("section", ["BackgroundJobs", "backgroundJobs", "background_jobs", "background-jobs"])
@pytest.mark.parametrize("key", ["IsJobExecutionEnabled", "isJobExecutionEnabled", "is_job_execution_enabled"])
def test_every_spelling_names_the_same_key(section: str, key: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, f'{{"{section}": {{"{key}": false}}}}')

    assert settings.bind("BackgroundJobs", BackgroundJobOptions()).is_job_execution_enabled is False
    assert settings.finish() == ()


def test_the_same_key_in_two_spellings_is_refused(tmp_path: Path) -> None:
    message = refused(settings_of(tmp_path, '{"Sample": {"IsOn": true,\n"is_on": false}}'))

    assert message == "appsettings.json:1 and appsettings.json:2 say the same setting twice: keep one of them"


def test_toml_says_the_same_things(tmp_path: Path) -> None:
    path = tmp_path / "dawam.toml"
    path.write_text('[sample]\ncount = 3\nwait = "5m"\nqueues = ["a"]\n[sample.mail]\nserver = "localhost"\n')

    bound = Settings.load(SettingsSources((path,))).bind("Sample", Sample())

    assert bound == Sample(count=3, wait=5 * MINUTE, queues=("a",), mail=Mail(server="localhost"))


@pytest.mark.parametrize("name", ["DAWAM__STORE", "DAWAM__", "DAWAM____URL", "DAWAM__STORE__"])
def test_a_variable_that_names_no_setting_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} names no setting: DAWAM__SECTION__KEY was expected"):
        Settings.load(SettingsSources(environ={name: "x"}))


def test_an_argument_that_names_no_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"command line: 'Store\.' names no setting: Section.Key was expected"):
        Settings.load(SettingsSources(command_line={"Store.": "x"}))


def test_the_environment_of_the_process_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWAM__SAMPLE__COUNT", "9")

    assert process_environment()["DAWAM__SAMPLE__COUNT"] == "9"


# ------------------------------------------------------------------------------------------------ values


def test_a_file_can_hold_every_kind_of_value(tmp_path: Path) -> None:
    bound = said(
        """{
        "Name": "x", "Count": 2, "Ratio": 1, "IsOn": true, "Wait": "PT60S", "Limit": "00:01:00", "Colour": "LightBlue",
        "Priority": "High", "Mode": "Fast", "Folder": "data", "Queues": ["a", "b"], "Pair": ["b", 2],
        "Limits": {"mail": 3, "a.b": 4}, "CountOrName": "many", "Mail": {"Server": "localhost", "Port": 2525},
        "Retry": {"FirstWait": "1s", "MaxAttempts": 3}
        }""",
        tmp_path,
    )

    assert bound == Sample(
        name="x",
        count=2,
        ratio=1.0,
        is_on=True,
        wait=MINUTE,
        limit=MINUTE,
        colour=Colour.LIGHT_BLUE,
        priority=Priority.HIGH,
        mode="fast",
        folder=Path("data"),
        queues=("a", "b"),
        pair=("b", 2),
        limits={"mail": 3, "a.b": 4},
        count_or_name="many",
        mail=Mail(server="localhost", port=2525),
        retry=Retry(first_wait=SECOND, max_attempts=3),
    )


def test_the_environment_can_say_every_kind_of_value_as_text() -> None:
    environ = {
        "NAME": "",
        "COUNT": "2",
        "RATIO": "0.25",
        "IS_ON": "Yes",
        "WAIT": "5m",
        "LIMIT": "null",
        "COLOUR": "light_blue",
        "PRIORITY": "25",
        "MODE": "fast",
        "QUEUES": "a, b",
        "PAIR": '["b", 2]',
        "LIMITS__SMS": "4",
        "COUNT_OR_NAME": "12",
        "MAIL__SERVER": "localhost",
        "RETRY__MAX_ATTEMPTS": "3",
    }

    bound = Settings.load(
        SettingsSources(environ={f"DAWAM__SAMPLE__{key}": text for key, text in environ.items()})
    ).bind("Sample", Sample(limit=SECOND))

    assert bound == Sample(
        name="",
        count=2,
        ratio=0.25,
        is_on=True,
        wait=5 * MINUTE,
        colour=Colour.LIGHT_BLUE,
        priority=Priority.HIGH,
        mode="fast",
        queues=("a", "b"),
        pair=("b", 2),
        limits={"SMS": 4},
        count_or_name=12,
        mail=Mail(server="localhost"),
        retry=Retry(max_attempts=3),
    )


def test_a_harness_gives_values_as_they_are() -> None:
    overrides = {"Sample": {"Wait": SECOND, "Queues": ("a",), "Folder": Path("x"), "Retry": {"MaxAttempts": 2}}}

    bound = Settings.load(SettingsSources(overrides=overrides)).bind("Sample", Sample())

    assert bound == Sample(wait=SECOND, queues=("a",), folder=Path("x"), retry=Retry(max_attempts=2))


def test_objects_of_several_sources_are_merged_key_by_key(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        '{"Sample": {"Limits": {"mail": 1}, "Retry": {"FirstWait": "1s"}}}',
        '{"Sample": {"Limits": {"sms": 2}, "Retry": {"MaxAttempts": 3}}}',
    )

    bound = settings.bind("Sample", Sample(limits={"push": 3}, retry=Retry(factor=3)))

    assert bound.limits == {"push": 3, "mail": 1, "sms": 2}
    assert bound.retry == Retry(factor=3, first_wait=SECOND, max_attempts=3)


def test_null_takes_nested_options_away_and_later_sources_may_bring_them_back(tmp_path: Path) -> None:
    code = Sample(mail=Mail(server="code", port=1))
    null = '{"Sample": {"Mail": null}}'

    assert settings_of(tmp_path, null).bind("Sample", code).mail is None
    again = settings_of(tmp_path, null, '{"Sample": {"Mail": {"Server": "new"}}}').bind("Sample", code)
    assert again.mail == Mail(server="new", port=25)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"Count": "2"}', 'Sample.Count: a whole number (without quotes) was expected, not "2"'),
        ('{"Count": 2.5}', "Sample.Count: a whole number (without quotes) was expected, not 2.5"),
        ('{"Count": true}', "Sample.Count: a whole number (without quotes) was expected, not true"),
        ('{"Count": null}', "Sample.Count: a whole number (without quotes) was expected, not null"),
        ('{"Ratio": "x"}', 'Sample.Ratio: a number (without quotes) was expected, not "x"'),
        ('{"IsOn": "true"}', 'Sample.IsOn: true or false was expected, not "true"'),
        ('{"Name": 5}', "Sample.Name: a text in quotes was expected, not 5"),
        ('{"Wait": 60000}', '"60000s" or "60000ms"'),
        ('{"Wait": true}', "Sample.Wait: a duration with its unit"),
        ('{"Limit": "soon"}', "or null was expected"),
        ('{"Colour": "green"}', 'Sample.Colour: one of "LightBlue", "Red" was expected, not "green"'),
        ('{"Mode": "slow"}', 'Sample.Mode: one of "fast", "safe" was expected, not "slow"'),
        ('{"Folder": 1}', "Sample.Folder: a path was expected, not 1"),
        ('{"Queues": "a"}', 'Sample.Queues: a list, as in [ ... ], was expected, not "a"'),
        ('{"Queues": [1]}', "Sample.Queues: a text in quotes was expected, not 1"),
        ('{"Pair": ["a"]}', "Sample.Pair: a list of 2 values was expected, not a"),
        ('{"Limits": 3}', "Sample.Limits: an object, as in { ... }, was expected, not 3"),
        ('{"Limits": {"a": "x"}}', "Sample.Limits: a whole number (without quotes) was expected, not a=x"),
        ('{"Mail": "localhost"}', "Sample.Mail: an object with keys of its own was expected"),
        ('{"Retry": null}', "Sample.Retry: an object with keys of its own was expected"),
        ('{"Mail": {"Port": 1}}', "Sample.Mail.Server is missing"),
        ('{"Retry": {"On": ["OSError"]}}', "Sample.Retry.On: this option is not for settings: set it in code"),
        ('{"Retry": {"Factor": 0}}', "Sample.Retry: Retry(factor=0.0): waits must not shrink"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place_and_what_was_expected(
    text: str, problem: str, tmp_path: Path
) -> None:
    message = refused(settings_of(tmp_path, f'{{"Sample": {text}}}'))

    assert problem in message
    assert "appsettings.json:1" in message or "missing" in message


def test_all_problems_of_a_section_are_told_at_once(tmp_path: Path) -> None:
    message = refused(settings_of(tmp_path, '{"Sample": {\n"Count": "2",\n"IsOn": 1}}'))

    assert [line.split(":")[:2] for line in message.split("\n")] == [
        ["appsettings.json", "2"],
        ["appsettings.json", "3"],
    ]


def test_a_variable_can_hold_a_whole_object_as_json() -> None:
    settings = Settings.load(SettingsSources(environ={"DAWAM__SAMPLE__LIMITS": '{"mail": 3}'}))

    assert settings.bind("Sample", Sample()).limits == {"mail": 3}


def test_a_variable_can_hold_pairs() -> None:
    settings = Settings.load(SettingsSources(environ={"DAWAM__SAMPLE__LIMITS": " mail=3, a.b=4,, Mail=5"}))

    assert settings.bind("Sample", Sample()).limits == {"mail": 3, "a.b": 4, "Mail": 5}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("mail", "a list of pairs, as in a=1,b=2, was expected"),
        ("mail=3,=2", "a list of pairs, as in a=1,b=2, was expected"),
        ("mail=few", "a whole number was expected"),
        ('{"mail"', "JSON in this text"),
    ],
)
def test_pairs_that_are_none_are_refused(said: str, expected: str) -> None:
    settings = Settings.load(SettingsSources(environ={"DAWAM__SAMPLE__LIMITS": said}))

    assert f"DAWAM__SAMPLE__LIMITS: Sample.Limits: {expected}" in refused(settings)


def test_the_keys_of_a_mapping_are_told_apart_letter_by_letter(tmp_path: Path) -> None:
    """They are values of the user's, such as names of queues, and no keys of ours."""
    assert said('{"Limits": {"mail": 1, "Mail": 2, "m_ail": 3}}', tmp_path).limits == {"mail": 1, "Mail": 2, "m_ail": 3}


def test_text_that_is_no_json_list_is_refused() -> None:
    settings = Settings.load(SettingsSources(environ={"DAWAM__SAMPLE__QUEUES": '["a"'}))

    assert 'DAWAM__SAMPLE__QUEUES: Sample.Queues: JSON in this text (line 1, column 1: this "[" is' in refused(settings)


@pytest.mark.guide(12)
def test_default_timeout_is_refused_and_both_its_meanings_are_shown(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"BackgroundJobs": {"DefaultTimeout": 60000}}')

    message = refused(settings, "BackgroundJobs", BackgroundJobOptions())

    assert message.startswith("appsettings.json:1: BackgroundJobs.DefaultTimeout = 60000 is refused")
    assert '"GiveUpAfter"' in message
    assert '"DefaultTimeLimit"' in message


@pytest.mark.guide(12)
def test_both_meanings_of_a_time_out_can_be_set(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"BackgroundJobs": {"GiveUpAfter": "1.00:00:00", "DefaultTimeLimit": "60s"}}')

    bound = settings.bind("BackgroundJobs", BackgroundJobOptions())

    assert (bound.give_up_after, bound.default_time_limit) == (timedelta(days=1), MINUTE)


# ------------------------------------------------------------------------------------- sections and keys


def test_an_unknown_key_of_a_claimed_section_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"BackgroundJobs": {\n"IsJobExecutionEnable": false}}')

    assert refused(settings, "BackgroundJobs", BackgroundJobOptions()) == (
        'appsettings.json:2: the section BackgroundJobs has no key "IsJobExecutionEnable": '
        'did you mean "IsJobExecutionEnabled"?'
    )


def test_an_unknown_key_far_from_any_other_lists_what_there_is(tmp_path: Path) -> None:
    message = refused(settings_of(tmp_path, '{"Mail": {"Zzz": 1}}'), "Mail", Mail(server="x"))

    assert message.endswith('the section Mail has no key "Zzz": it has Server, Port')


def test_an_unknown_key_of_nested_options_is_refused_too(tmp_path: Path) -> None:
    message = refused(settings_of(tmp_path, '{"Sample": {"Retry": {"MaxAttempt": 3}}}'))

    assert message.endswith('the section Sample has no key "Retry.MaxAttempt": did you mean "Retry.MaxAttempts"?')


def test_a_field_that_is_computed_is_no_key(tmp_path: Path) -> None:
    assert 'no key "Computed"' in refused(settings_of(tmp_path, '{"Sample": {"Computed": 3}}'))


def test_a_section_that_is_no_object_is_refused(tmp_path: Path) -> None:
    assert refused(settings_of(tmp_path, '{"Sample": 5}')) == (
        "appsettings.json:1: the section Sample must be an object, as in { ... }"
    )


@pytest.mark.parametrize("empty", ["{}", "null"])
def test_an_empty_section_says_nothing(empty: str, tmp_path: Path) -> None:
    assert said(empty, tmp_path) == Sample()


def test_sections_of_others_are_left_alone(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, '{"Logging": {"LogLevel": {"Default": "Information"}}, "AllowedHosts": "*", "Sample": {"Count": 3}}'
    )

    assert settings.bind("Sample", Sample()).count == 3
    assert settings.finish() == ()


def test_a_section_that_looks_misspelled_is_pointed_out(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"BackgroundJob": {"IsJobExecutionEnabled": false}}')
    settings.bind("BackgroundJobs", BackgroundJobOptions())

    assert (
        settings.finish()
        == ('appsettings.json:1: nobody reads the section "BackgroundJob"; was "BackgroundJobs" meant?',)
        or len(settings.finish()) == 2
    )


def test_two_owners_of_one_section_know_each_others_keys(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"Shared": {"Server": "localhost", "Concurrency": 3}}')

    assert settings.bind("Shared", Mail(server="x")).server == "localhost"
    assert settings.bind("Shared", HostOptions()).concurrency == 3
    assert settings.finish() == ()


def test_a_section_within_a_section_can_be_claimed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"Inventory": {"Mail": {"Server": "localhost"}, "Other": 1}}')

    assert settings.bind("Inventory.Mail", Mail(server="x")) == Mail(server="localhost")
    assert settings.finish() == ()


# --------------------------------------------------------------------------------- instances and reports


def test_bind_leaves_the_given_options_as_they_are(tmp_path: Path) -> None:
    options = Sample()

    assert settings_of(tmp_path, '{"Sample": {"Count": 3}}').bind("Sample", options).count == 3
    assert options.count == 1


def test_apply_changes_the_very_instance_that_others_hold(tmp_path: Path) -> None:
    options = BackgroundJobOptions()

    settings_of(tmp_path, '{"BackgroundJobs": {"DefaultRetry": {"MaxAttempts": 3}}}').apply("BackgroundJobs", options)

    assert options.default_retry == Retry(max_attempts=3)


def test_options_whose_types_cannot_be_looked_up_are_refused() -> None:
    @dataclass
    class Broken:
        value: "Nowhere" = None  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(SettingsError, match=r"Broken have types that cannot be looked up .*import them for real"):
        Settings().bind("Broken", Broken())


def test_what_is_no_dataclass_is_refused() -> None:
    nothing: Any = object()

    with pytest.raises(SettingsError, match="object is not a dataclass"):
        Settings().bind("Nothing", nothing)


def test_the_report_shows_every_setting_as_people_write_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"Sample": {"Mail": {"Server": "localhost"}}}')
    settings.bind("Sample", Sample(queues=("a", "b"), limits={"mail": 3}, priority=Priority.ABOVE_NORMAL))

    texts = {name.removeprefix("Sample."): value.text for name, value in reported(settings).items()}

    assert texts == {
        "Name": "sample",
        "Count": "1",
        "Ratio": "0.5",
        "IsOn": "false",
        "Wait": "1m",
        "Limit": "null",
        "Colour": "Red",
        "Priority": "AboveNormal",
        "Mode": "safe",
        "Folder": ".",
        "Queues": "a, b",
        "Pair": "a, 1",
        "Limits": "mail=3",
        "CountOrName": "0",
        "Password": "",
        "Mail.Server": "localhost",
        "Mail.Port": "25",
        "Retry.FirstWait": "1m",
        "Retry.Factor": "2.0",
        "Retry.LongestWait": "null",
        "Retry.Jitter": "0.1",
        "Retry.MaxAttempts": "null",
        "Retry.GiveUpAfter": "2d",
    }


def test_secrets_are_masked_in_the_report_wherever_they_come_from(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        '{"Sample": {"Password": "hunter2"}, "Store": {"Url": "postgresql://me:hunter2@host/db"}}',
        environ={"DAWAM__SAMPLE__PASSWORD": "hunter3"},
    )

    assert settings.bind("Sample", Sample(password="hunter1")).password == "hunter3"
    assert settings.bind("Store", StoreOptions()).url == "postgresql://me:hunter2@host/db"
    assert reported(settings)["Sample.Password"].is_secret
    assert "hunter" not in repr(settings.report())


def test_a_wrong_secret_is_not_shown_in_the_error(tmp_path: Path) -> None:
    assert "1234567" not in refused(settings_of(tmp_path, '{"Sample": {"Password": 1234567}}'))


@pytest.mark.parametrize("text", ["a\0b", "\udcff"])
def test_a_text_that_no_database_keeps_is_refused(text: str, tmp_path: Path) -> None:
    message = refused(settings_of(tmp_path, environ={"DAWAM__SAMPLE__NAME": text}))

    assert "Sample.Name: a text in UTF-8 without NUL characters and lone surrogates was expected" in message


def test_a_url_where_a_key_should_stand_in_a_text_of_json_is_told_so_too(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, environ={"DAWAM__SAMPLE__LIMITS": '{"postgresql://me:hunter2@host/db"'})

    message = refused(settings)

    assert 'after the key "postgresql://me:***@host/db"' in message
    assert "hunter2" not in message


def test_a_url_where_a_key_should_stand_is_told_without_its_password(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '{"Sample": {"postgresql://me:hunter2@host/db": 1}}')

    assert 'no key "postgresql://me:***@host/db"' in refused(settings)
