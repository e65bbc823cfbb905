"""Bad inputs: what is typed behind `dawam`."""

from tests.bad_input.case import BadInput
from tests.bad_input.provoking import typing

_HELLO = {"hello.py": "from dawam import App\n\napp = App(store='memory://')\n"}

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
)
