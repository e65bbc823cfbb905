"""What is larger, or freer, than the house rules allow, each with its reason.

An entry that is no longer needed fails its test as well, so this list only ever says what is true.
"""

FILE_SIZES: dict[str, str] = {}
"""Files beyond the limit of lines."""

FUNCTION_SIZES = {
    "src/dawam/composition.py:_Site.build": "the wiring of an application: one call for each part, nothing is decided",
}
"""Functions beyond the limit of lines, as `path:name`."""

CLASS_SIZES = {
    "src/dawam/inspector.py:JobInspector": "what people may ask about jobs, one short method for each question",
    "src/dawam/stores/memory/store.py:MemoryStore": "implements the whole port, one short method for each of its verbs",
    "src/dawam/stores/memory/worker_table.py:MemoryWorkerTable": "a short method for each question to the table",
    "src/dawam/stores/sql/worker_table.py:SqlWorkerTable": "a short method for each question to the table",
    "src/dawam/stores/ticking/table.py:WorkerTable": "what a store brings for workers, to be read in one place",
    "src/dawam/testing/conformance/stores/machines/model.py:Model": "a plain method for each verb that changes jobs",
    "src/dawam/testing/conformance/stores/machines/worker_machine.py:WorkerMachine": "a step for all that can happen",
    "src/dawam/testing/conformance/stores/worker_bench.py:WorkerBench": "the words of the stories of workers",
    "src/dawam/stores/sql/store.py:SqlStore": "a short method for each verb that all databases have in the same way",
    "src/dawam/stores/sqlite/store.py:SqliteStore": "a short method for each verb that is special in a file",
    "src/dawam/stores/postgres/store.py:PostgresStore": "a short method for each verb that is special on a server",
    "src/dawam/workers/schedules/arabic.py:Arabic": "a language: one short method for each thing that can be said",
    "src/dawam/workers/schedules/english.py:English": "a language: one short method for each thing that can be said",
    "src/dawam/workers/schedules/spoken.py:Spoken": "what a language must be able to say, in one place",
    "src/dawam/testing/conformance/stores/bench.py:Bench": "the words in which the stories of the suite are told",
}
"""Classes beyond the limit of public methods, as `path:name`."""

ENVIRONMENT_READS = {}
"""Files beside the settings that read the environment."""

LOADED_BY_NAME = {
    "src/dawam/cli/importing.py": "imports the user's application by the name on the command line",
    "src/dawam/job_process.py": "imports the module that holds the user's application, as the host told its name",
    "src/dawam/modules/discovery.py": "imports the packages that the user asks to discover",
    "src/dawam/opening.py": "the table of the composition root: stores, container and adapters, loaded when asked for",
    "src/dawam/stores/transaction.py": "adapters for connections of drivers that an application may not have",
    "src/dawam/workers/schedules/schedule.py": "what reads cron expressions is loaded with the first `Cron`",
}
"""Files that load modules by name."""

SQL_IN_PYTHON: dict[str, str] = {}
"""Files that hold an SQL statement."""
