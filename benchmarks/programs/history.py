"""Makes history: all that waits becomes what it would be if it had succeeded, in one statement."""

import sqlite3
from contextlib import closing

_COLUMNS = """
    id, application, queue, name, args, args_encoding, args_version, headers, tags, rank, attempt_count, crash_count,
    lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at, parent, batch, limit_key
"""


def finish_all(database: str) -> None:
    """A microsecond lies between two of them, as if they had finished one after another."""
    with closing(sqlite3.connect(database)) as db:
        db.execute(
            f"""
            INSERT INTO dawam_finished ({_COLUMNS}, state, fence, settled_fence, host, claimed_at, finished_at)
            SELECT {_COLUMNS}, 'succeeded', 1, 1, 'a host', run_at, run_at + row_number() OVER (ORDER BY id)
            FROM dawam_job ORDER BY id
            """
        )
        db.execute("DELETE FROM dawam_job")
        db.commit()
