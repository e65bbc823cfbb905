"""Where the jobs of a run are kept: the driver says it in a variable, every measured program reads it here."""

import os

STORE = "DAWAM_BENCH_STORE"
"""The variable with the URL: `sqlite:////absolute/file.db` or `postgresql://user@host:port/database`."""


def url() -> str:
    """The URL of this run."""
    return os.environ[STORE]


def file() -> str:
    """The file of this run, where it keeps its jobs in one."""
    return url().removeprefix("sqlite:///")
