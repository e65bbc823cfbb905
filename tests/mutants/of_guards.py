"""Each guard of the protocol, switched off: state re-check, fence, lease, unique tick, hand-back; in every store."""

from tests.mutants.mutant import Mutant

_MEMORY, _SQL = "src/dawam/stores/memory", "src/dawam/stores/sql"
_SQLITE, _POSTGRES = "src/dawam/stores/sqlite/statements.sql", "src/dawam/stores/postgres/statements.sql"
_HOST = "src/dawam/host"

GUARD_MUTANTS = (
    # -- memory
    Mutant(
        row="memory",
        breaks="fence: a settlement of an earlier claim is accepted",
        path=f"{_MEMORY}/settling.py",
        text="if row.state is not StoredState.RUNNING or row.fence != settlement.fence:",
        sabotage="if row.state is not StoredState.RUNNING:",
    ),
    Mutant(
        row="memory",
        breaks="state: a settlement of a job that runs no more is accepted",
        path=f"{_MEMORY}/settling.py",
        text="if row.state is not StoredState.RUNNING or row.fence != settlement.fence:",
        sabotage="if row.fence != settlement.fence:",
    ),
    Mutant(
        row="memory",
        breaks="lease: a host whose lease has lapsed claims",
        path=f"{_MEMORY}/claiming.py",
        text="return lease is not None and place.is_live(lease) and not lease.is_stopping",
        sabotage="return lease is not None and not lease.is_stopping",
    ),
    Mutant(
        row="memory",
        breaks="hand-back: it is charged",
        path=f"{_MEMORY}/settling.py",
        text="if isinstance(outcome, Retrying | Failed):\n        _charge(row, settlement, outcome.error)",
        sabotage=(
            "if isinstance(outcome, HandedBack):\n        row.attempt_count += 1\n"
            "    if isinstance(outcome, Retrying | Failed):\n        _charge(row, settlement, outcome.error)"
        ),
    ),
    # -- sqlite, and what it shares with others
    Mutant(
        row="sqlite",
        breaks="fence: a failure of an earlier claim is accepted",
        path=f"{_SQL}/settling.py",
        text='if state != "running" or fence != settlement.fence:',
        sabotage='if state != "running":',
    ),
    Mutant(
        row="sqlite",
        breaks="fence: a success of an earlier claim takes the job away",
        path=_SQLITE,
        text="AND fence = ?3 AND +state = 'running';",
        sabotage="AND ?3 IS NOT NULL AND +state = 'running';",
    ),
    Mutant(
        row="sqlite",
        breaks="fence: an earlier claim completes the job in a transaction",
        path=_SQLITE,
        text="FROM dawam_job WHERE id = ?1 AND application = ?2 AND fence = ?3 AND state = 'running'\nRETURNING 1;",
        sabotage="FROM dawam_job WHERE id = ?1 AND application = ?2 AND ?3 > 0 AND state = 'running'\nRETURNING 1;",
    ),
    Mutant(
        row="sqlite",
        breaks="lease: a host whose lease has lapsed claims",
        path=_SQLITE,
        text="AND boot_id = ?3 AND lease_until > ?4 AND is_stopping = 0;",
        sabotage="AND boot_id = ?3 AND ?4 > 0 AND is_stopping = 0;",
    ),
    Mutant(
        row="sqlite",
        breaks="lease: a host of another boot of the machine claims",
        path=_SQLITE,
        text="AND boot_id = ?3 AND lease_until > ?4 AND is_stopping = 0;",
        sabotage="AND ?3 <> '' AND lease_until > ?4 AND is_stopping = 0;",
    ),
    Mutant(
        row="sqlite",
        breaks="hand-back: what a host gives up goes nowhere",
        path=_SQLITE,
        text=(
            "UPDATE dawam_job SET state = 'ready', host = NULL, claimed_at = NULL\n"
            "WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;"
        ),
        sabotage=(
            "UPDATE dawam_job SET claimed_at = NULL\n"
            "WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;"
        ),
    ),
    # -- postgres
    Mutant(
        row="postgres",
        breaks="fence: a success of an earlier claim is kept",
        path=_POSTGRES,
        text="AND j.fence = e.fence AND j.host IS NOT NULL\n    RETURNING j.*, e.finished_at",
        sabotage="AND j.host IS NOT NULL\n    RETURNING j.*, e.finished_at",
    ),
    Mutant(
        row="postgres",
        breaks="fence: a success of an earlier claim takes the job away",
        path=_POSTGRES,
        text="AND j.fence = e.fence AND j.host IS NOT NULL\n    RETURNING j.id, j.fence",
        sabotage="AND j.host IS NOT NULL\n    RETURNING j.id, j.fence",
    ),
    Mutant(
        row="postgres",
        breaks="fence: a failure of an earlier claim is accepted",
        path=_POSTGRES,
        text="AND j.fence = e.fence AND j.host IS NOT NULL\n    RETURNING j.*, e.state",
        sabotage="AND j.host IS NOT NULL\n    RETURNING j.*, e.state",
    ),
    Mutant(
        row="postgres",
        breaks="fence: an earlier claim puts the job back",
        path=_POSTGRES,
        text="AND j.fence = e.fence AND j.host IS NOT NULL\n        AND j.cancel_requested = 0",
        sabotage="AND j.host IS NOT NULL\n        AND j.cancel_requested = 0",
    ),
    Mutant(
        row="postgres",
        breaks="state: a job that waits again is settled under its last fence",
        path=_POSTGRES,
        text="AND j.fence = e.fence AND j.host IS NOT NULL\n    RETURNING j.*, e.finished_at",
        sabotage="AND j.fence = e.fence\n    RETURNING j.*, e.finished_at",
    ),
    # No mutant of a claim's second look at the state: what was chosen is locked, and looked up by where it lies, and a
    # row that others have changed lies elsewhere, so the server finds it no more. Each of the three is enough.
    Mutant(
        row="postgres",
        breaks="fence: an earlier claim completes the job in a transaction",
        path=_POSTGRES,
        text="AND application = $2::text AND fence = $3::bigint AND host IS NOT NULL\n    RETURNING *",
        sabotage="AND application = $2::text AND $3::bigint > 0 AND host IS NOT NULL\n    RETURNING *",
    ),
    Mutant(
        row="postgres",
        breaks="lease: a host whose lease has lapsed claims",
        path=_POSTGRES,
        text="AND is_stopping = 0 AND lease_until > coalesce($3::bigint, {now})",
        sabotage="AND is_stopping = 0 AND coalesce($3::bigint, {now}) > 0",
    ),
    Mutant(
        row="postgres",
        breaks="hand-back: what a host gives up goes nowhere",
        path=_POSTGRES,
        text="UPDATE dawam_job SET place = 'ready', host = NULL, claimed_at = NULL WHERE id = ANY ($1)",
        sabotage="UPDATE dawam_job SET claimed_at = NULL WHERE id = ANY ($1)",
    ),
    Mutant(
        row="postgres",
        breaks="hand-back: it is charged",
        path="src/dawam/stores/postgres/settling.py",
        text="counts = (_charges(ends, Retrying), _charges(ends, Snoozed))",
        sabotage="counts = (_charges(ends, object), _charges(ends, Snoozed))",
    ),
    # -- the host
    Mutant(
        row="host",
        breaks="hand-back: a job that was stopped with its host has failed",
        path="src/dawam/judging.py",
        text="if stop_reason in (HOST_STOPPING, CLAIM_LOST):",
        sabotage="if stop_reason == CLAIM_LOST:",
    ),
    Mutant(
        row="host",
        breaks="hand-back: what has not started when the host stops is kept",
        path=f"{_HOST}/runner.py",
        text="        for job in self._lanes.take_ahead():\n            self._hand_back(job)\n",
        sabotage="        for job in self._lanes.take_ahead():\n",
    ),
    Mutant(
        row="host",
        breaks="hand-back: a claim whose answer was lost stays with the host",
        path=f"{_HOST}/auditor.py",
        text="self._doubted = {claim: self._doubted.get(claim, now) for claim in claims - self._known()}",
        sabotage="self._doubted = {claim: self._doubted.get(claim, now) for claim in claims & self._known()}",
    ),
    Mutant(
        row="host",
        breaks="lease: who was late itself judges others",
        path=f"{_HOST}/heartbeat.py",
        text="return self.is_on_time() and on_time_for >= self._lease.total_seconds()",
        sabotage="return self.is_on_time()",
    ),
    Mutant(
        row="host",
        breaks="lease: a host that was declared dead goes on",
        path=f"{_HOST}/heartbeat.py",
        text="if command is None:",
        sabotage="command = command or HostCommand.GO_ON\n        if command is None:",
    ),
)
