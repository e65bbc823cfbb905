-- Every statement of the SQLite store. Each has a name and a sentence; other databases' files have the same
-- names in the same order, so that a diff of two of them reads as what differs between the databases.

-- name: add_job
-- Inserts one job unless its id is already there, alive or finished.
INSERT INTO dawam_job (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank,
    created_at, first_due_at, counted_from, run_at, expires_at, parent
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?13, ?14, ?15
WHERE NOT EXISTS (SELECT 1 FROM dawam_finished WHERE id = ?1 AND application = ?2)
ON CONFLICT (id, application) DO NOTHING;

-- name: host_may_claim
-- Answers a row only for a registered host that is not stopping and whose lease is live.
SELECT 1 FROM dawam_host
WHERE application = ?1 AND id = ?2 AND boot_id = ?3 AND lease_until > ?4 AND is_stopping = 0;

-- name: select_ready
-- The next ready jobs of one queue, in claim order, read from the partial index alone. Suspects, which are few, are
-- stepped over.
SELECT rank, attempt_count, run_at, id, fence, name, args, args_version, args_encoding, queue, headers,
       crash_count, lost_count, snooze_count, created_at, counted_from, expires_at
FROM dawam_job
WHERE state = 'ready' AND application = ?1 AND queue = ?2 AND crash_count < 2
  AND NOT EXISTS (SELECT 1 FROM dawam_paused_queue p WHERE p.application = ?1 AND p.queue = ?2)
ORDER BY rank, attempt_count, run_at, id
LIMIT ?3;

-- name: select_parked
-- The parked jobs of one name that this host can read.
SELECT rank, attempt_count, run_at, id, fence, name, args, args_version, args_encoding, queue, headers,
       crash_count, lost_count, snooze_count, created_at, counted_from, expires_at
FROM dawam_job
WHERE state = 'parked' AND application = ?1 AND name = ?2 AND args_version <= ?3 AND crash_count < 2
  AND queue IN (SELECT value FROM json_each(?4))
  AND queue NOT IN (SELECT queue FROM dawam_paused_queue WHERE application = ?1)
ORDER BY rank, attempt_count, run_at, id
LIMIT ?5;

-- name: select_suspects
-- Every suspect of some queues, ready or parked, in claim order: they have a small index of their own, which is found
-- by the words of its condition.
SELECT rank, attempt_count, run_at, id, fence, name, args, args_version, args_encoding, queue, headers,
       crash_count, lost_count, snooze_count, created_at, counted_from, expires_at
FROM dawam_job
WHERE state IN ('ready', 'parked') AND crash_count >= 2 AND application = ?1
  AND queue IN (SELECT value FROM json_each(?2))
  AND queue NOT IN (SELECT queue FROM dawam_paused_queue WHERE application = ?1)
ORDER BY rank, attempt_count, run_at, id;

-- name: has_suspect
-- Whether any suspect waits at all.
SELECT 1 FROM dawam_job WHERE state IN ('ready', 'parked') AND crash_count >= 2 AND application = ?1 LIMIT 1;

-- name: has_parked
-- Whether any job is parked at all.
SELECT 1 FROM dawam_job WHERE state = 'parked' AND application = ?1 LIMIT 1;

-- name: mark_claimed
-- Makes the selected jobs the host's own; the fence grows at every claim and never falls. The ids come as one
-- blob, 16 bytes each, beside an array of the same length: one step of the database for the whole batch, during
-- which the interpreter is free to run jobs.
UPDATE dawam_job SET state = 'running', fence = fence + 1, host = ?1, claimed_at = ?2
WHERE id IN (SELECT substr(?3, 1 + 16 * key, 16) FROM json_each(?4)) AND application = ?5;

-- name: claim_of
-- What is needed to judge one settlement.
SELECT state, fence, settled_fence, cancel_requested, host, attempt_count, cancel_reason
FROM dawam_job WHERE id = ?1 AND application = ?2;

-- name: settled_fence_of_finished
-- Under which fence a finished job was settled.
SELECT settled_fence FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: keep_succeeded
-- Copies jobs that succeeded to history, each guarded by its fence. As for mark_claimed the ids come as one blob,
-- beside an array of [fence, finished at, progress, result]. CROSS JOIN keeps SQLite from reading the table first.
INSERT INTO dawam_finished (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, finished_at, progress, last_error, result, parent, batch, limit_key
)
SELECT j.id, j.application, 'succeeded', j.queue, j.name, j.args, j.args_encoding, j.args_version, j.headers, j.tags,
    j.rank, j.fence, j.fence, j.attempt_count, j.crash_count, j.lost_count, j.snooze_count, j.created_at, j.first_due_at,
    j.counted_from, j.run_at, j.expires_at, j.host, j.claimed_at, e.value ->> 1, coalesce(e.value ->> 2, j.progress),
    j.last_error, e.value ->> 3, j.parent, j.batch, j.limit_key
FROM json_each(?2) e
CROSS JOIN dawam_job j ON j.id = substr(?1, 1 + 16 * e.key, 16) AND j.application = ?3
WHERE j.fence = e.value ->> 0 AND j.state = 'running';

-- name: remove_claimed
-- Takes settled jobs out of the hot table, each guarded by its fence.
DELETE FROM dawam_job WHERE application = ?3 AND id IN (
    SELECT j.id FROM json_each(?2) e
    CROSS JOIN dawam_job j ON j.id = substr(?1, 1 + 16 * e.key, 16) AND j.application = ?3
    WHERE j.fence = e.value ->> 0 AND j.state = 'running'
);

-- name: keep_finished
-- Copies a job that failed or was cancelled to history, charged or not; the caller removes it next.
INSERT INTO dawam_finished (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, finished_at, progress, last_error, result, parent, batch, limit_key
)
SELECT id, application, ?2, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, ?3,
    attempt_count + ?4, crash_count + ?10, lost_count + ?5, snooze_count, created_at, first_due_at, counted_from, run_at,
    expires_at, host, claimed_at, ?6, coalesce(?7, progress), coalesce(?8, last_error), NULL, parent, batch, limit_key
FROM dawam_job WHERE id = ?1 AND application = ?9;

-- name: remove_job
-- Takes a job out of the hot table.
DELETE FROM dawam_job WHERE id = ?1 AND application = ?2;

-- name: reschedule_claimed
-- Puts a running job back among the waiting: retried, snoozed, parked or handed back.
UPDATE dawam_job
SET state = ?2, settled_fence = ?3, attempt_count = attempt_count + ?4, snooze_count = snooze_count + ?5,
    run_at = coalesce(?6, run_at), counted_from = coalesce(?7, counted_from),
    progress = coalesce(?8, progress), last_error = coalesce(?9, last_error), host = NULL, claimed_at = NULL
WHERE id = ?1 AND application = ?10;

-- name: add_attempt
-- Records an attempt that failed, or was lost with its host.
INSERT OR IGNORE INTO dawam_attempt (
    job_id, fence, attempt, host, started_at, ended_at, error_type, error_message, traceback, application
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: claims_of_host
-- What the store believes that a host is running.
SELECT id, fence, claimed_at FROM dawam_job WHERE state = 'running' AND application = ?1 AND host = ?2 ORDER BY id;

-- name: register_host
-- Adds a host with a lease that starts now.
INSERT OR REPLACE INTO dawam_host (
    application, id, boot_id, lease_until, is_stopping, process_id, machine, queues, job_names, concurrency, version,
    started_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);

-- name: extend_lease
-- Moves the end of a lease; no row means that the host was declared dead.
UPDATE dawam_host SET lease_until = ?4 WHERE application = ?1 AND id = ?2 AND boot_id = ?3;

-- name: mark_stopping
-- From now on the host claims nothing.
UPDATE dawam_host SET is_stopping = 1 WHERE application = ?1 AND id = ?2;

-- name: select_of_host
-- What a host that is given up still runs.
SELECT id, fence, settled_fence, host, claimed_at, attempt_count, lost_count, crash_count, cancel_requested,
       cancel_reason
FROM dawam_job WHERE state = 'running' AND application = ?1 AND host = ?2 ORDER BY id;

-- name: hand_back
-- Makes ready again, uncharged, what a host that is gone had claimed.
UPDATE dawam_job SET state = 'ready', host = NULL, claimed_at = NULL
WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: remove_host
-- Ends a host's lease for good.
DELETE FROM dawam_host WHERE application = ?1 AND id = ?2;

-- name: dead_hosts
-- Hosts whose lease has lapsed, or was measured on the clock of another boot.
SELECT id FROM dawam_host WHERE application = ?1 AND (boot_id <> ?2 OR lease_until <= ?3) ORDER BY id;

-- name: select_orphans
-- Running jobs whose owner is not a host with a live lease: also those whose claim committed after their
-- host had been given up, which "the jobs of the hosts that lapsed" would miss.
SELECT id, fence, settled_fence, host, claimed_at, attempt_count, lost_count, crash_count, cancel_requested,
       cancel_reason
FROM dawam_job
WHERE state = 'running' AND application = ?1 AND NOT EXISTS (
    SELECT 1 FROM dawam_host h
    WHERE h.application = ?1 AND h.id = dawam_job.host AND h.boot_id = ?2 AND h.lease_until > ?3
)
ORDER BY host, id
LIMIT ?4;

-- name: ready_again
-- Takes a job back that was lost or crashed; its fence stays, so the lost attempt can settle nothing once the job is
-- claimed again, and nothing before, because the job is no longer running.
UPDATE dawam_job
SET state = 'ready', lost_count = lost_count + ?4, crash_count = crash_count + ?5, host = NULL, claimed_at = NULL,
    last_error = ?2
WHERE id = ?1 AND application = ?3;

-- name: list_hosts
-- Every host with what it is doing.
SELECT id, process_id, machine, queues, job_names, concurrency, version, started_at, is_stopping,
       boot_id = ?2 AND lease_until > ?3,
       (SELECT count(*) FROM dawam_job j WHERE j.state = 'running' AND j.application = ?1 AND j.host = dawam_host.id)
FROM dawam_host WHERE application = ?1 ORDER BY started_at, id;

-- name: promote_due
-- Makes the earliest scheduled jobs ready whose time has come.
UPDATE dawam_job SET state = 'ready'
WHERE application = ?1 AND id IN (
    SELECT id FROM dawam_job WHERE state = 'scheduled' AND application = ?1 AND run_at <= ?2
    ORDER BY run_at, id LIMIT ?3
);

-- name: next_run_at
-- When the next scheduled job is due.
SELECT min(run_at) FROM dawam_job WHERE state = 'scheduled' AND application = ?1;

-- name: select_outlived
-- The oldest finished jobs of one kind that are strictly older than their retention.
SELECT id FROM dawam_finished
WHERE application = ?1 AND state = ?2 AND finished_at < ?3
ORDER BY finished_at, id LIMIT ?4;

-- name: remove_finished
-- Deletes some finished jobs.
DELETE FROM dawam_finished WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: remove_attempts
-- Deletes the records of the attempts of some jobs.
DELETE FROM dawam_attempt WHERE job_id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: cancel_orders
-- Running jobs of one host that somebody asked to cancel.
SELECT id FROM dawam_job WHERE state = 'running' AND application = ?1 AND host = ?2 AND cancel_requested = 1;

-- name: paused_queues
-- The queues from which nothing is claimed.
SELECT queue FROM dawam_paused_queue WHERE application = ?1 ORDER BY queue;

-- name: pause_queue
-- Stops claims from one queue.
INSERT OR IGNORE INTO dawam_paused_queue (application, queue) VALUES (?1, ?2);

-- name: resume_queue
-- Lets claims from one queue go on.
DELETE FROM dawam_paused_queue WHERE application = ?1 AND queue = ?2;

-- name: get_job
-- One job that is not finished.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error
FROM dawam_job WHERE id = ?1 AND application = ?2;

-- name: get_finished
-- One job that is finished.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error
FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: list_ready
-- Due jobs in claim order, across queues.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error
FROM dawam_job
WHERE state = 'ready' AND application = ?1 AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR queue = ?3)
  AND (?4 IS NULL OR (rank, attempt_count, run_at, id) >
       (SELECT a.rank, a.attempt_count, a.run_at, a.id FROM dawam_job a WHERE a.id = ?4 AND a.application = ?1))
ORDER BY rank, attempt_count, run_at, id LIMIT ?5;

-- name: list_later
-- Waiting jobs that are not due, or parked, by due time.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error
FROM dawam_job
WHERE state IN ('scheduled', 'parked') AND application = ?1 AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR queue = ?3)
  AND (?4 IS NULL OR (run_at, id) > (SELECT a.run_at, a.id FROM dawam_job a WHERE a.id = ?4 AND a.application = ?1))
ORDER BY run_at, id LIMIT ?5;

-- name: list_running
-- Running jobs, in order of id.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error
FROM dawam_job
WHERE state = 'running' AND application = ?1 AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR queue = ?3)
  AND (?4 IS NULL OR id > ?4)
ORDER BY id LIMIT ?5;

-- name: list_finished
-- Finished jobs of the asked states, newest first.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error
FROM dawam_finished
WHERE application = ?1 AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR queue = ?3)
  AND (?4 IS NULL OR (finished_at, id) < (SELECT a.finished_at, a.id FROM dawam_finished a WHERE a.id = ?4 AND a.application = ?1))
  AND state IN (SELECT value FROM json_each(?6))
ORDER BY finished_at DESC, id DESC LIMIT ?5;

-- name: count_live
-- How many unfinished jobs are in each place; retrying is a scheduled or ready job with attempts behind it.
SELECT state, attempt_count > 0, count(*) FROM dawam_job WHERE application = ?1 GROUP BY 1, 2;

-- name: count_finished
-- How many finished jobs there are of each kind.
SELECT state, count(*) FROM dawam_finished WHERE application = ?1 GROUP BY state;

-- name: waiting_names
-- Which names wait in which queues.
SELECT name, queue, count(*) FROM dawam_job
WHERE application = ?1 AND state IN ('ready', 'scheduled', 'parked')
GROUP BY name, queue ORDER BY name, queue LIMIT 500;

-- name: list_attempts
-- The failed attempts of one job, oldest first.
SELECT job_id, fence, attempt, host, started_at, ended_at, error_type, error_message, traceback
FROM dawam_attempt WHERE job_id = ?1 AND application = ?2 ORDER BY fence;

-- name: request_cancel
-- Notes that a running job is to be cancelled.
UPDATE dawam_job SET cancel_requested = 1, cancel_reason = ?3
WHERE id = ?1 AND application = ?2 AND state = 'running';

-- name: retry_waiting
-- Makes a waiting job ready now, with fresh counters.
UPDATE dawam_job
SET state = 'ready', run_at = ?3, counted_from = ?3, attempt_count = 0, crash_count = 0, lost_count = 0, snooze_count = 0,
    cancel_requested = 0, expires_at = NULL
WHERE id = ?1 AND application = ?2 AND state <> 'running';

-- name: revive_finished
-- Brings a finished job back under its id and fence, with fresh counters; the caller removes the old row next.
INSERT INTO dawam_job (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, counted_from, run_at, expires_at, last_error, parent, batch, limit_key
)
SELECT id, application, 'ready', queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, ?3, ?3, NULL, last_error, parent, batch, limit_key
FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: schema_table
-- Whether our tables are there at all.
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'dawam_schema';

-- name: schema_version
-- Which version the tables have, and which code they need.
SELECT version, minimum_code_version FROM dawam_schema;

-- name: set_schema_version
-- Notes a migration that was applied.
UPDATE dawam_schema SET version = ?1;
