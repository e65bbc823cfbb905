"""Bad inputs: settings in files and variables."""

from pathlib import Path

from tests.bad_input.case import BadInput, Provoke
from tests.bad_input.provoking import nobody_special, reading

_EXECUTION = "DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED"


def _file(text: str, name: str = "appsettings.json") -> Provoke:
    return reading(lambda folder: (folder / name).write_text(text, encoding="utf-8"))


def _forbidden(folder: Path) -> None:
    path = folder / "appsettings.json"
    path.write_text("{}", encoding="utf-8")
    path.chmod(0)


def _two_files(folder: Path) -> None:
    (folder / "appsettings.json").write_text("{}", encoding="utf-8")
    (folder / "dawam.toml").write_text("", encoding="utf-8")


CASES = (
    BadInput(
        title="A comma is missing in appsettings.json",
        written='{ "Host": { "Concurrency": 4 "Queues": ["mail"] } }',
        provoke=_file('{\n  "Host": {\n    "Concurrency": 4\n    "Queues": ["mail"]\n  }\n}\n'),
        how="SettingsError",
        thing="/appsettings.json, line 4, column 5:",
        problem='        "Queues": ["mail"]\n        ^',
        cure='a "," or "}" was expected here',
    ),
    BadInput(
        title="A brace is missing in appsettings.json",
        written='{ "Host": { "Concurrency": 4 }',
        provoke=_file('{\n  "Host": {\n    "Concurrency": 4\n}\n'),
        how="SettingsError",
        thing="/appsettings.json, line 1, column 1:",
        problem="\n    ^",
        cure='this "{" is never closed',
    ),
    BadInput(
        title="appsettings.json is empty",
        written="(nothing)",
        provoke=_file(""),
        how="SettingsError",
        thing="/appsettings.json, line 1",
        problem="the file is empty",
        cure='an object was expected, at least "{}"',
    ),
    BadInput(
        title="A text in dawam.toml is not closed",
        written='url = "sqlite:///jobs.db',
        provoke=_file('[Store]\nUrl = "sqlite:///jobs.db\n', "dawam.toml"),
        how="SettingsError",
        thing="/dawam.toml, line 2, column 25:",
        problem="\n                            ^",
        cure="Illegal character '\\n'",
    ),
    BadInput(
        title="appsettings.json holds a list",
        written='["mail"]',
        provoke=_file('["mail"]'),
        how="SettingsError",
        thing="/appsettings.json",
        problem="but holds a list",
        cure="the file must hold one object, as in {}",
    ),
    BadInput(
        title="The settings file may not be read by this user",
        written="chmod 000 appsettings.json",
        provoke=reading(_forbidden, user=nobody_special),
        how="SettingsError",
        thing="/appsettings.json",
        problem="may not be read by this user",
        cure="allow it, or name another file",
    ),
    BadInput(
        title="A folder stands where the settings file should be",
        written="mkdir appsettings.json",
        provoke=reading(lambda folder: (folder / "appsettings.json").mkdir()),
        how="SettingsError",
        thing="/appsettings.json",
        problem="is a folder",
        cure="where a settings file was expected",
    ),
    BadInput(
        title="The settings file is not UTF-8",
        written="a file saved as UTF-16",
        provoke=reading(lambda folder: (folder / "appsettings.json").write_bytes("{}".encode("utf-16"))),
        how="SettingsError",
        thing="/appsettings.json",
        problem="is not UTF-8 text",
        cure="save it again with the encoding UTF-8",
    ),
    BadInput(
        title="The settings file that was named is not there",
        written='App(settings="production.json")',
        provoke=reading(file="production.json"),
        how="SettingsError",
        thing="/production.json",
        problem="there is no settings file",
        cure="create it, or name another one",
    ),
    BadInput(
        title="The settings file is of a kind that nobody reads",
        written='App(settings="settings.yaml")',
        provoke=reading(file="settings.yaml"),
        how="SettingsError",
        thing="/settings.yaml",
        problem="a settings file ends in .json or .toml",
        cure="as in appsettings.json",
    ),
    BadInput(
        title="There are two settings files",
        written="appsettings.json and dawam.toml in one folder",
        provoke=reading(_two_files),
        how="SettingsError",
        thing="appsettings.json and dawam.toml",
        problem="holds settings in",
        cure="keep one of them, or name the file to use",
    ),
    BadInput(
        title="A key is misspelt",
        written='{ "BackgroundJobs": { "IsJobExecutionEnable": false } }',
        provoke=_file('{ "BackgroundJobs": { "IsJobExecutionEnable": false } }'),
        how="SettingsError",
        thing="appsettings.json:1",
        problem="IsJobExecutionEnable",
        cure='did you mean "IsJobExecutionEnabled"?',
    ),
    BadInput(
        title="A key is unknown",
        written='{ "Host": { "Colour": "green" } }',
        provoke=_file('{ "Host": { "Colour": "green" } }'),
        how="SettingsError",
        thing="appsettings.json:1",
        problem="Colour",
        cure="it has Name, Queues, QueueWeights, QueueLimits, Concurrency, ThreadCount, "
        "ProcessCount, ProcessMemoryLimit, MemoryLimit, LeakedThreadLimit, Prefetch, Poll, Lease, "
        "Heartbeat, SlowStepWarning, BlockWarning, MaxBlock, ShutdownGrace, MonitorPort, MonitorAddress",
    ),
    BadInput(
        title="A value has the wrong type",
        written='{ "Host": { "Concurrency": "many" } }',
        provoke=_file('{ "Host": { "Concurrency": "many" } }'),
        how="SettingsError",
        thing="appsettings.json:1: Host.Concurrency",
        problem='not "many"',
        cure="a whole number (without quotes) was expected",
    ),
    BadInput(
        title="A number is out of range",
        written='{ "Host": { "Concurrency": 0 } }',
        provoke=_file('{ "Host": { "Concurrency": 0 } }'),
        how="SettingsError",
        thing="Host.concurrency",
        problem="= 0",
        cure="1 or more was expected",
    ),
    BadInput(
        title="A weight is zero",
        written='{ "Host": { "QueueWeights": { "default": 0 } } }',
        provoke=_file('{ "Host": { "QueueWeights": { "default": 0 } } }'),
        how="SettingsError",
        thing="Host.queue_weights: default = 0",
        problem="a whole number of 1 or more was expected",
        cure="leave the queue out for a weight of 1",
    ),
    BadInput(
        title="A limit is negative",
        written='{ "Host": { "QueueLimits": { "default": -1 } } }',
        provoke=_file('{ "Host": { "QueueLimits": { "default": -1 } } }'),
        how="SettingsError",
        thing="Host.queue_limits: default = -1",
        problem="a whole number of 1 or more was expected",
        cure="leave the queue out for no limit",
    ),
    BadInput(
        title="A weight is no number",
        written='{ "Host": { "QueueWeights": { "default": "high" } } }',
        provoke=_file('{ "Host": { "QueueWeights": { "default": "high" } } }'),
        how="SettingsError",
        thing="appsettings.json:1: Host.QueueWeights",
        problem="not default=high",
        cure="a whole number (without quotes) was expected",
    ),
    BadInput(
        title="A weight names a queue that nobody knows",
        written='{ "Host": { "QueueWeights": { "defualt": 3 } } }',
        provoke=_file('{ "Host": { "QueueWeights": { "defualt": 3 } } }'),
        how="SettingsError",
        thing="Host.queue_weights names the queue 'defualt'",
        problem="which neither Host.queues nor a job names",
        cure="did you mean 'default'?",
    ),
    BadInput(
        title="Limits in a variable are no pairs",
        written="DAWAM__HOST__QUEUE_LIMITS=default:2",
        provoke=reading(variables={"DAWAM__HOST__QUEUE_LIMITS": "default:2"}),
        how="SettingsError",
        thing="DAWAM__HOST__QUEUE_LIMITS: Host.QueueLimits",
        problem='not "default:2"',
        cure="a list of pairs, as in a=1,b=2, was expected",
    ),
    BadInput(
        title="A host has a name that none can have",
        written='{ "Host": { "Name": "my host" } }',
        provoke=_file('{ "Host": { "Name": "my host" } }'),
        how="SettingsError",
        thing="Host.name = 'my host'",
        problem="a name of 1 to 40 ASCII letters",
        cure="digits, '_', '.' and '-'",
    ),
    BadInput(
        title="Less than no line of a log is kept",
        written='{ "Log": { "KeptLines": -1 } }',
        provoke=_file('{ "Log": { "KeptLines": -1 } }'),
        how="SettingsError",
        thing="Log.kept_lines = -1",
        problem="0 or more",
        cure="was expected",
    ),
    BadInput(
        title="A variable has the wrong type",
        written=f"{_EXECUTION}=perhaps",
        provoke=reading(variables={_EXECUTION: "perhaps"}),
        how="SettingsError",
        thing=f"{_EXECUTION}: BackgroundJobs.IsJobExecutionEnabled",
        problem='not "perhaps"',
        cure="true or false was expected",
    ),
    BadInput(
        title="A variable names no setting",
        written="DAWAM__CONCURRENCY=4",
        provoke=reading(variables={"DAWAM__CONCURRENCY": "4"}),
        how="SettingsError",
        thing="DAWAM__CONCURRENCY",
        problem="names no setting",
        cure="DAWAM__SECTION__KEY was expected",
    ),
    BadInput(
        title="The name of the environment is no name",
        written="DAWAM_ENVIRONMENT=../secrets",
        provoke=reading(variables={"DAWAM_ENVIRONMENT": "../secrets"}),
        how="SettingsError",
        thing="DAWAM_ENVIRONMENT='../secrets'",
        problem="an environment is named by letters",
        cure="as in Development",
    ),
    BadInput(
        title="A duration is a bare number",
        written='{ "BackgroundJobs": { "GiveUpAfter": 60000 } }',
        provoke=_file('{ "BackgroundJobs": { "GiveUpAfter": 60000 } }'),
        how="SettingsError",
        thing="appsettings.json:1: BackgroundJobs.GiveUpAfter",
        problem="a bare number does not say its unit",
        cure='"60000s" or "60000ms"?',
    ),
    BadInput(
        title="DefaultTimeout, which has two meanings",
        written='{ "BackgroundJobs": { "DefaultTimeout": 60000 } }',
        provoke=_file('{ "BackgroundJobs": { "DefaultTimeout": 60000 } }'),
        how="SettingsError",
        thing="DefaultTimeout",
        problem="it has two meanings",
        cure='"GiveUpAfter" (a job that still fails at this age is given up',
    ),
    BadInput(
        title="The URL of the store is of an unknown kind",
        written='{ "Store": { "Url": "mongodb://server/jobs" } }',
        provoke=_file('{ "Store": { "Url": "mongodb://server/jobs" } }'),
        how="SettingsError",
        thing="Store.Url 'mongodb://server/jobs'",
        problem="names no store that is known",
        cure="as in sqlite:///dawam.db",
    ),
    BadInput(
        title="The URL of the store has an unknown option",
        written='{ "Store": { "Url": "sqlite:///jobs.db?mode=fast" } }',
        provoke=_file('{ "Store": { "Url": "sqlite:///jobs.db?mode=fast" } }'),
        how="SettingsError",
        thing="Store.Url 'sqlite:///jobs.db'",
        problem="unknown option mode",
        cure="known: synchronous",
    ),
)
