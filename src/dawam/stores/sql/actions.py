"""What people did by hand, in the table of a database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dawam.clock import from_microseconds, to_microseconds
from dawam.stores.actions import KEPT, Action
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import ToId
from dawam.stores.values import JobFilter

_encode = msgspec.json.encode
_decode_filter = msgspec.json.Decoder(JobFilter).decode


def begin(db: Database, place: Place, action: Action) -> None:
    chosen = None if action.chosen is None else _encode(action.chosen).decode()
    what = (action.by, action.via, action.verb, action.subject, chosen, action.reason)
    times = (to_microseconds(action.asked_at), to_microseconds(action.told_at))
    db.execute("begin_action", (place.application, db.key(action.id), *what, *times, action.total)).close()
    db.execute("forget_actions", (place.application, place.now() - KEPT // timedelta(microseconds=1))).close()


def tell(db: Database, place: Place, action_id: UUID, total: int | None, done: int, changed: int) -> bool:
    key = (place.application, db.key(action_id))
    db.execute("tell_action", (*key, total, done, changed, place.now())).close()
    row = db.execute("action_is_stopping", key).fetchone()
    return row is not None and not row[0]


def end(db: Database, place: Place, action_id: UUID, outcome: str, done: int, changed: int) -> None:
    db.execute("end_action", (place.application, db.key(action_id), outcome, done, changed, place.now())).close()


def stop(db: Database, place: Place, action_id: UUID) -> bool:
    return db.execute("stop_action", (place.application, db.key(action_id))).rowcount == 1


def actions(db: Database, place: Place, limit: int, after: UUID | None, under_way: bool) -> list[Action]:
    said = {
        "application": place.application, "after": db.key(after) if after else db.last_key, "limit": max(limit, 0),
        "under_way": int(under_way),
    }  # fmt: skip
    return [_action(row, db.id_of) for row in db.execute("list_actions", said)]


def action(db: Database, place: Place, action_id: UUID) -> Action | None:
    row = db.execute("get_action", (place.application, db.key(action_id))).fetchone()
    return None if row is None else _action(row, db.id_of)


def _action(row: Sequence[Any], id_of: ToId) -> Action:
    key, by, via, verb, subject, chosen, reason, asked, told, ended, outcome, total, done, changed, stopping = row
    return Action(
        id=id_of(key), by=by, via=via, verb=verb, subject=subject, reason=reason, outcome=outcome, total=total,
        done=done, changed=changed, is_stopping=bool(stopping),
        chosen=None if chosen is None else _decode_filter(chosen),
        asked_at=from_microseconds(asked), told_at=from_microseconds(told),
        ended_at=None if ended is None else from_microseconds(ended),
    )  # fmt: skip
