"""What became of a job that was settled in somebody's own transaction."""

from uuid import UUID

from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.values import CompletionAnswer


def is_committed(db: Database, place: Place, job_id: UUID, fence: int) -> bool:
    """Whether it is seen to be. If not, it may come yet."""
    return _ended(db, place, job_id, fence) is CompletionAnswer.COMMITTED


def completion_of(db: Database, place: Place, job_id: UUID, fence: int) -> CompletionAnswer:
    """For good, inside a transaction that writes: nobody commits it once the row is ours."""
    if db.execute("hold_claim", (db.key(job_id), place.application, fence)).fetchone() is not None:
        return CompletionAnswer.NOT_COMMITTED
    return _ended(db, place, job_id, fence)


def _ended(db: Database, place: Place, job_id: UUID, fence: int) -> CompletionAnswer:
    row = db.execute("ends_of", (db.key(job_id), place.application, fence)).fetchone()
    if row is None:  # jobs that succeed are not kept
        return CompletionAnswer.COMMITTED
    is_running, settled_fence = row
    if is_running:
        return CompletionAnswer.OPEN
    return CompletionAnswer.COMMITTED if settled_fence == fence else CompletionAnswer.NOT_COMMITTED
