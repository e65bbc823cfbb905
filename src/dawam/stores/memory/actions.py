"""What people did by hand, in memory."""

from uuid import UUID

from msgspec.structs import replace

from dawam.stores.actions import KEPT, Action
from dawam.stores.memory.shelf import Place


def begin(place: Place, action: Action) -> None:
    known = place.section.actions
    known.setdefault(action.id, action)
    oldest = place.clock.now() - KEPT
    for action_id in [each.id for each in known.values() if each.asked_at < oldest]:
        del known[action_id]


def tell(place: Place, action_id: UUID, total: int | None, done: int, changed: int) -> bool:
    known = place.section.actions.get(action_id)
    if known is None:
        return False
    place.section.actions[action_id] = replace(
        known, total=total, done=done, changed=changed, told_at=place.clock.now()
    )
    return not known.is_stopping


def end(place: Place, action_id: UUID, outcome: str, done: int, changed: int) -> None:
    known, now = place.section.actions.get(action_id), place.clock.now()
    if known is not None:
        place.section.actions[action_id] = replace(
            known, outcome=outcome, done=done, changed=changed, told_at=now, ended_at=now
        )


def stop(place: Place, action_id: UUID) -> bool:
    known = place.section.actions.get(action_id)
    if known is None or known.ended_at is not None:
        return False
    place.section.actions[action_id] = replace(known, is_stopping=True)
    return True


def actions(place: Place, limit: int, after: UUID | None, under_way: bool) -> list[Action]:
    found = [
        each
        for each in place.section.actions.values()
        if (after is None or each.id < after) and not (under_way and each.ended_at is not None)
    ]
    return sorted(found, key=lambda each: each.id, reverse=True)[: max(limit, 0)]


def action(place: Place, action_id: UUID) -> Action | None:
    return place.section.actions.get(action_id)
