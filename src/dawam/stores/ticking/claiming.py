"""Ticks are claimed, and settled, or lost with their host."""

from collections.abc import Collection, Sequence
from datetime import datetime

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.ticking.row import Key, WorkerRow, in_utc
from dawam.stores.ticking.table import WorkerTable
from dawam.workers.record import CLUSTER, TickClaim, TickOutcome, TickRecord, TickSettlement

_HOST_LOST = "HostLost"


class Written:
    """What a batch writes, gathered row by row, so that it takes a few statements for all of them."""

    def __init__(self, table: WorkerTable) -> None:
        self._table = table
        self._changed: dict[Key, WorkerRow] = {}
        self._records: list[TickRecord] = []
        self._kept: dict[str, int] = {}

    def changed(self, row: WorkerRow) -> None:
        self._changed[row.key] = row

    def record(self, row: WorkerRow, record: TickRecord) -> None:
        self._records.append(record)
        self._kept[record.worker] = row.declared.kept_records

    def write(self) -> None:
        self._table.save(self._changed.values())
        if self._records:
            self._table.record(self._records, self._kept)


def claim_ticks(table: WorkerTable, host: HostId, claims: Sequence[TickClaim]) -> list[bool]:
    if not table.may_claim(host):
        return [False] * len(claims)
    rows, now, written = table.rows({(each.name, each.place) for each in claims}), table.now(), Written(table)
    answers = [_claim_one(rows.get((each.name, each.place)), host, each, now, written) for each in claims]
    written.write()
    return answers


def _claim_one(row: WorkerRow | None, host: HostId, claim: TickClaim, now: datetime, written: Written) -> bool:
    if row is None or not row.allows(claim):
        return False
    if claim.missed is not None:
        written.record(row, _missed_record(row, claim, now))
    if claim.planned_at is None:
        row.plan(claim.next_at, claim.next_at if claim.due_at is None else claim.due_at, now)
    else:
        row.begin(claim, host, now)
    written.changed(row)
    return True


def settle_ticks(table: WorkerTable, host: HostId, settlements: Sequence[TickSettlement]) -> list[SettleAnswer]:
    rows, now, written = table.rows({(each.name, each.place) for each in settlements}), table.now(), Written(table)
    answers = list[SettleAnswer]()
    accepted = list[TickSettlement]()
    for each in settlements:
        row = rows.get((each.name, each.place))
        if row is None or row.host != host or row.fence != each.fence:
            is_done = row is not None and row.settled_fence == each.fence
            answers.append(SettleAnswer.ALREADY if is_done else SettleAnswer.LOST)
            continue
        written.record(row, _settled_record(row, host, each))
        row.end(each, now)
        written.changed(row)
        accepted.append(each)
        answers.append(SettleAnswer.ACCEPTED)
    new_jobs = [job for each in accepted for job in each.new_jobs]
    if new_jobs:
        table.add_jobs(new_jobs)
    written.write()
    return answers


def lose_ticks(table: WorkerTable, hosts: Collection[HostId], *, given_up: bool) -> tuple[str, ...]:
    """Takes back the ticks of hosts that are gone, forgets what they declared, and answers whose ticks were lost.

    With `given_up` those of these hosts; else those of every host whose lease is not live, of which `hosts` are the
    ones that are declared dead by this very transaction.
    """
    now, written = table.now(), Written(table)
    lost = table.running_rows(hosts if given_up else None)
    for row in lost:
        why = f"the host {row.host} {'ended' if given_up else 'stopped extending its lease'}"
        written.record(row, _lost_record(row, why, now))
        row.lose(f"{_HOST_LOST}: {why}", now)
        written.changed(row)
    written.write()
    for host in hosts:
        table.withdraw(host, None)
        if host != CLUSTER:
            table.delete(table.rows_in(host), with_records=False)
    return tuple(sorted(row.key[0] for row in lost))


def _missed_record(row: WorkerRow, claim: TickClaim, now: datetime) -> TickRecord:
    missed, (name, place) = claim.missed, row.key
    assert missed is not None  # noqa: S101  (asked by the caller)
    return TickRecord(
        worker=name,
        place=place,
        outcome=TickOutcome.MISSED,
        planned_at=_utc(missed.first_at),
        planned_until=in_utc(missed.last_at),
        count=missed.count,
        ended_at=now,
    )


def _settled_record(row: WorkerRow, host: HostId, settlement: TickSettlement) -> TickRecord:
    (name, place), error = row.key, settlement.error
    is_recurring = row.declared.job is not None
    return TickRecord(
        worker=name,
        place=place,
        outcome=settlement.outcome,
        planned_at=_utc(settlement.planned_at),
        is_triggered=settlement.is_triggered,
        fence=settlement.fence,
        host=host,
        started_at=in_utc(settlement.started_at),
        ended_at=_utc(settlement.ended_at),
        attempt_count=settlement.attempt_count,
        error_type="" if error is None else error.type,
        error_message="" if error is None else error.message,
        traceback="" if error is None else error.traceback,
        job_id=settlement.new_jobs[0].id if is_recurring and settlement.new_jobs else None,
    )


def _lost_record(row: WorkerRow, why: str, now: datetime) -> TickRecord:
    name, place = row.key
    return TickRecord(
        worker=name,
        place=place,
        outcome=TickOutcome.LOST,
        planned_at=row.running_planned_at or now,
        is_triggered=row.running_is_triggered,
        fence=row.fence,
        host=row.host or "",
        started_at=row.claimed_at,
        ended_at=now,
        error_type=_HOST_LOST,
        error_message=why,
    )


def _utc(moment: datetime) -> datetime:
    found = in_utc(moment)
    assert found is not None  # noqa: S101  (a moment stays one)
    return found
