"""The human hand: pause, resume, trigger, reschedule, and the recurring jobs that people put there."""

from collections.abc import Callable
from datetime import datetime

from dawam.stores.ticking.row import NO_WISH, WorkerRow, digest
from dawam.stores.ticking.table import WorkerTable
from dawam.workers.record import WorkerDeclaration


def pause_worker(table: WorkerTable, name: str) -> bool:
    def pause(row: WorkerRow, now: datetime) -> None:
        row.is_paused = True
        row.aim(now)

    return _each(table, name, pause)


def resume_worker(table: WorkerTable, name: str, next_at: datetime | None) -> bool:
    def resume(row: WorkerRow, now: datetime) -> None:
        if row.is_paused:  # resuming twice, or what goes on anyway, leaves the plan as it is
            row.is_paused = False
            row.plan(next_at, next_at, now)

    return _each(table, name, resume)


def trigger_worker(table: WorkerTable, name: str) -> bool:
    return _each(table, name, WorkerRow.trigger)


def reschedule_worker(table: WorkerTable, name: str, schedule: str | None, next_at: datetime | None) -> bool:
    return _each(table, name, lambda row, now: row.choose(schedule, next_at, now))


def put_recurring(table: WorkerTable, declaration: WorkerDeclaration) -> bool:
    rows = {row.key: row for row in table.rows_of(declaration.name)}
    if not all(row.is_stored for row in rows.values()) or table.is_declared(declaration.name):
        return False
    now, definition, row = table.now(), digest(declaration), rows.get((declaration.name, declaration.place))
    if row is None:
        wish = table.wishes([declaration.name]).get(declaration.name, NO_WISH)
        fence = table.first_fence()
        table.save([WorkerRow.of(declaration, definition, now, fence=fence, wish=wish, is_stored=True)])
    elif row.definition != definition:
        row.adopt(declaration, definition, now)
        table.save([row])
    return True


def remove_worker(table: WorkerTable, name: str) -> bool:
    rows = table.rows_of(name)
    table.delete(rows)
    table.keep_wish(name, NO_WISH)
    return bool(rows)


def _each(table: WorkerTable, name: str, change: Callable[[WorkerRow, datetime], None]) -> bool:
    """Changes all rows of the name; False: there is none."""
    rows, now = table.rows_of(name), table.now()
    for row in rows:
        change(row, now)
    table.save(rows)
    if rows:
        table.keep_wish(name, rows[0].wish)
    return bool(rows)
