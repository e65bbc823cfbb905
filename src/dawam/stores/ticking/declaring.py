"""Which workers code has: declared by hosts, withdrawn by them, and forgotten when nobody declares them any more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from dawam.ids import HostId
from dawam.stores.ticking.row import NO_WISH, Key, WorkerRow, digest
from dawam.stores.ticking.table import Declared, WorkerTable
from dawam.workers.record import WorkerDeclaration


def declare_workers(table: WorkerTable, host: HostId, declarations: Sequence[WorkerDeclaration]) -> None:
    if not table.is_registered(host):
        return
    latest = {each.name: each for each in declarations}  # of two with one name the later one is meant
    known = table.declarations(latest, host)
    mine, here = {each for each in known if each.host == host}, _by_key(known)
    keys = [(each.name, each.place) for each in latest.values()]
    rows = table.rows(keys)
    wishes = table.wishes({name for name, place in keys if (name, place) not in rows})
    first_fence, now = table.first_fence(), table.now()
    noted, changed = list[Declared](), list[WorkerRow]()
    for declaration in latest.values():
        declared = Declared(host, declaration.name, declaration.place, digest(declaration))
        key = declared.key
        row = rows.get(key) or WorkerRow.of(
            declaration, declared.definition, now, fence=first_fence, wish=wishes.get(key[0], NO_WISH)
        )
        is_changed = key not in rows or _meets(row, declaration, declared, here[key], now)
        if declaration.run_on_start and not here[key]:
            row.trigger(now)
            is_changed = True
        if declared not in mine:
            noted.append(declared)
        if is_changed:
            changed.append(row)
    table.declare(noted)
    table.save(changed)


def _by_key(known: Iterable[Declared]) -> defaultdict[Key, list[Declared]]:
    found: defaultdict[Key, list[Declared]] = defaultdict(list)
    for each in known:
        found[each.key].append(each)
    return found


def _meets(
    row: WorkerRow, declaration: WorkerDeclaration, declared: Declared, here: Sequence[Declared], now: datetime
) -> bool:
    """What a declaration makes of a row that is there; False: nothing."""
    is_changed = row.is_stored or row.orphaned_at is not None
    row.is_stored, row.orphaned_at = False, None
    if declared.definition == row.definition:
        return is_changed
    is_later = declared.definition not in row.past_definitions
    is_held = any(each.definition == row.definition for each in here if each.host != declared.host)
    if is_later or not is_held:
        row.adopt(declaration, declared.definition, now)
        is_changed = True
    return is_changed


def withdraw_workers(table: WorkerTable, host: HostId, names: Sequence[str]) -> None:
    known = table.declarations(names, host)
    mine = {each.key for each in known if each.host == host}
    theirs = {each.key for each in known if each.host != host}
    table.withdraw(host, names)
    table.delete(table.rows(mine - theirs).values())


def is_to_be_forgotten(row: WorkerRow, after: timedelta, now: datetime) -> bool:
    """Whether a row that no live host declares has been so for long enough."""
    return row.host is None and row.orphaned_at is not None and row.orphaned_at + after <= now


def forget_workers(table: WorkerTable, after: timedelta) -> int:
    now, found, lonely = table.now(), table.found_rows(), table.lonely_rows()
    for row in found:
        row.orphaned_at = None
    gone = [row for row in lonely if is_to_be_forgotten(row, after, now)]
    fresh = [row for row in lonely if row.orphaned_at is None]
    for row in fresh:
        row.orphaned_at = now
    table.save([*found, *fresh])
    table.delete(gone)
    table.forget_remains(now - after)
    return len(gone)
