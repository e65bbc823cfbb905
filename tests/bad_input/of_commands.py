"""Bad inputs: what is typed behind `dawam`."""

from pathlib import Path

from dawam.clock import SystemClock
from dawam.stores.sqlite.store import SqliteStore
from tests.bad_input.case import BadInput, Provoke, Told
from tests.bad_input.provoking import typing

_HELLO = {"hello.py": "from dawam import App\n\napp = App(store='memory://')\n"}


def _backing_up(target: str) -> Provoke:
    """Copies a store to where nothing can be, or something is."""

    async def provoke(folder: Path) -> Told:
        store = SqliteStore(folder / "dawam.db", clock=SystemClock())
        await store.open()
        await store.close()
        return await typing("store", "backup", target, files={"copy.db": "precious"})(folder)

    return provoke


CASES = (
    BadInput(
        title="No application is named",
        written="dawam run",
        provoke=typing("run"),
        how="exit code 1",
        thing="/pyproject.toml",
        problem="no application was named",
        cure="name it, as in `dawam run module:app` or `dawam run file.py`",
    ),
    BadInput(
        title="The file of the application is not there",
        written="dawam run helo.py",
        provoke=typing("run", "helo.py", files=_HELLO),
        how="exit code 1",
        thing="/helo.py",
        problem="there is no file",
        cure="did you mean 'hello.py'?",
    ),
    BadInput(
        title="The module of the application is not there",
        written="dawam run helo:app",
        provoke=typing("run", "helo:app", files=_HELLO),
        how="exit code 1",
        thing="'helo'",
        problem="there is no module",
        cure="did you mean 'hello'?",
    ),
    BadInput(
        title="The module has no such application",
        written="dawam run hello:application",
        provoke=typing("run", "hello:application", files=_HELLO),
        how="exit code 1",
        thing="hello",
        problem="has no 'application'",
        cure="it holds app (App)",
    ),
    BadInput(
        title="The file holds no application",
        written="dawam run empty.py",
        provoke=typing("run", "empty.py", files={"empty.py": "answer = 42\n"}),
        how="exit code 1",
        thing="empty.py holds no application",
        problem="it holds answer (int)",
        cure="as in `app = App()`",
    ),
    BadInput(
        title="What is named is no application",
        written="dawam run empty.py:answer",
        provoke=typing("run", "empty.py:answer", files={"empty.py": "answer = 42\n"}),
        how="exit code 1",
        thing="empty.py:answer",
        problem="is of the type int",
        cure="an App, or a function that returns one, was expected",
    ),
    BadInput(
        title="The settings that the command names are none",
        written="dawam run hello.py --set Host.Concurency=4",
        provoke=typing("run", "hello.py", "--set", "Host.Concurency=4", files=_HELLO),
        how="exit code 1",
        thing="command line",
        problem='has no key "Concurency"',
        cure='did you mean "Concurrency"?',
    ),
    BadInput(
        title="The id of a job is none",
        written="dawam jobs show 12 --store sqlite:///jobs.db",
        provoke=typing("jobs", "show", "12", "--store", "sqlite:///jobs.db"),
        how="exit code 2",
        thing="'12'",
        problem="is no job id: a UUID was expected",
        cure="enqueue returns it, and `dawam jobs list` shows it",
    ),
    BadInput(
        title="A duration has no unit",
        written="dawam jobs list --older-than 60",
        provoke=typing("jobs", "list", "--older-than", "60"),
        how="exit code 2",
        thing="'--older-than': '60'",
        problem="a bare number does not say its unit",
        cure='a duration with its unit, such as "60s"',
    ),
    BadInput(
        title="Nobody says which jobs to delete",
        written="dawam jobs delete",
        provoke=typing("jobs", "delete"),
        how="exit code 2",
        thing="which jobs?",
        problem="Name them by id, or say which",
        cure="as in `dawam jobs delete --state cancelled --queue mail`",
    ),
    BadInput(
        title="Jobs that have ended are to be cancelled",
        written="dawam jobs cancel --state failed",
        provoke=typing("jobs", "cancel", "--state", "failed"),
        how="exit code 2",
        thing="failed jobs",
        problem="nothing to cancel",
        cure="--state running|waiting was expected",
    ),
    BadInput(
        title="Jobs are chosen by an age that none can have",
        written="dawam jobs list --older-than 2h --newer-than 1h",
        provoke=typing("jobs", "list", "--older-than", "2h", "--newer-than", "1h"),
        how="exit code 2",
        thing="older than 2h and newer than 1h",
        problem="no job is",
        cure="--newer-than has to be the longer one",
    ),
    BadInput(
        title="The queue to be paused has no name that a queue can have",
        written='dawam queues pause "my mail"',
        provoke=typing("queues", "pause", "my mail"),
        how="exit code 2",
        thing="'my mail'",
        problem="is no name of a queue",
        cure="was expected",
    ),
    BadInput(
        title="The copy of a store has no folder",
        written="dawam store backup away/copy.db",
        provoke=_backing_up("away/copy.db"),
        how="exit code 1",
        thing="/away",
        problem="of the copy does not exist",
        cure="create it first",
    ),
    BadInput(
        title="The copy of a store would replace something",
        written="dawam store backup copy.db",
        provoke=_backing_up("copy.db"),
        how="exit code 1",
        thing="/copy.db",
        problem="is there already",
        cure="name another file, or say --force to replace it",
    ),
)
