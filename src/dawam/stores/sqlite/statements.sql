-- Every statement of the SQLite store. Each has a name and a sentence; other databases' files have the same
-- names in the same order, so that a diff of two of them reads as what differs between the databases. `{word}` stands
-- for the statement of that name.

-- name: add_job
-- Inserts one job unless its id is already there, alive or finished. The row of question marks may be repeated.
INSERT INTO dawam_job (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank,
    created_at, first_due_at, counted_from, run_at, expires_at, parent
)
SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11,
    column12, column13, column13, column13, column14, column15
FROM (VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))
WHERE NOT EXISTS (SELECT 1 FROM dawam_finished WHERE id = column1 AND application = column2)
ON CONFLICT (id, application) DO NOTHING;

-- name: host_may_claim
-- Answers a row only for a registered host that is not stopping and whose lease is live.
SELECT 1 FROM dawam_host
WHERE application = ?1 AND id = ?2 AND boot_id = ?3 AND lease_until > ?4 AND is_stopping = 0;

-- name: claimed_columns
-- Part of the statements that find what to claim: what as_claimed needs, and no more, because SQLite copies each.
rank, attempt_count, run_at, id, fence, name, args, args_version, args_encoding, queue, headers, crash_count, lost_count,
snooze_count, created_at, counted_from, expires_at;

-- name: as_claimed
-- Part of the statements that find what to claim: all rows as one JSON array, whose fields are those of ClaimedJob. It is
-- a blob: a single step of the database for all of them, and no text for the driver to check. The fence is what it is
-- after the claim. Where ?1 is 0, args come as hexadecimal digits.
CAST(json_group_array(json_array(
    rank, attempt_count, run_at, hex(id), fence + 1, name, iif(?1, CAST(args AS TEXT), hex(args)), NOT ?1,
    args_version, args_encoding, queue, headers, crash_count, lost_count, snooze_count, created_at, counted_from,
    expires_at
)) AS BLOB);

-- name: select_ready
-- The next ready jobs of one queue, in claim order, read from the partial index alone. Suspects, which are few, are
-- stepped over.
SELECT {as_claimed}
FROM (
    SELECT {claimed_columns} FROM dawam_job
    WHERE state = 'ready' AND application = ?2 AND queue = ?4 AND crash_count < 2
      AND NOT EXISTS (SELECT 1 FROM dawam_paused_queue p WHERE p.application = ?2 AND p.queue = ?4)
    ORDER BY rank, attempt_count, run_at, id
    LIMIT ?3
);

-- name: select_parked
-- The parked jobs of one name that this host can read, in the form of select_ready.
SELECT {as_claimed}
FROM (
    SELECT {claimed_columns} FROM dawam_job
    WHERE state = 'parked' AND application = ?2 AND name = ?4 AND args_version <= ?5 AND crash_count < 2
      AND queue IN (SELECT value FROM json_each(?6))
      AND queue NOT IN (SELECT queue FROM dawam_paused_queue WHERE application = ?2)
    ORDER BY rank, attempt_count, run_at, id
    LIMIT ?3
);

-- name: select_suspects
-- Every suspect of some queues, ready or parked, in the form of select_ready: they have a small index of their own,
-- which is found by the words of its condition.
SELECT {as_claimed}
FROM (
    SELECT {claimed_columns} FROM dawam_job
    WHERE state IN ('ready', 'parked') AND crash_count >= 2 AND application = ?2
      AND queue IN (SELECT value FROM json_each(?4))
      AND queue NOT IN (SELECT queue FROM dawam_paused_queue WHERE application = ?2)
    ORDER BY rank, attempt_count, run_at, id
    LIMIT ?3
);

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
-- Copies jobs that succeeded to history, all under one fence: which of them are claimed under it, remove_claimed finds
-- out, and unless it was all of them nothing of this stays. As for mark_claimed the ids come as one blob, beside an
-- array of when each finished, or of [finished at, progress, result] where there is more to say. CROSS JOIN keeps
-- SQLite from reading the table first.
INSERT INTO dawam_finished (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, finished_at, progress, last_error, result, parent, batch, limit_key
)
SELECT j.id, j.application, 'succeeded', j.queue, j.name, j.args, j.args_encoding, j.args_version, j.headers, j.tags,
    j.rank, j.fence, j.fence, j.attempt_count, j.crash_count, j.lost_count, j.snooze_count, j.created_at, j.first_due_at,
    j.counted_from, j.run_at, j.expires_at, j.host, j.claimed_at,
    iif(e.type = 'integer', e.value, e.value ->> 0),
    iif(e.type = 'integer', j.progress, coalesce(e.value ->> 1, j.progress)),
    j.last_error, iif(e.type = 'integer', NULL, e.value ->> 2), j.parent, j.batch, j.limit_key
FROM json_each(?2) e
CROSS JOIN dawam_job j ON j.id = substr(?1, 1 + 16 * e.key, 16) AND j.application = ?4;

-- name: remove_claimed
-- Takes settled jobs out of the hot table, all under one fence. The plus keeps SQLite from walking through all that
-- runs.
DELETE FROM dawam_job
WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?4
  AND fence = ?3 AND +state = 'running';

-- name: complete_kept
-- Copies one job that succeeded to history on somebody's own connection; answers with a row if it was claimed under that
-- fence. The caller removes it next.
INSERT INTO dawam_finished (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, finished_at, progress, last_error, result, parent, batch, limit_key
)
SELECT id, application, 'succeeded', queue, name, args, args_encoding, args_version, headers, tags, rank, fence, fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, ?4, coalesce(?5, progress), last_error, ?6, parent, batch, limit_key
FROM dawam_job WHERE id = ?1 AND application = ?2 AND fence = ?3 AND state = 'running'
RETURNING 1;

-- name: complete_removed
-- The same where jobs that succeed are not kept: it is removed at once, and the records of its attempts are next.
DELETE FROM dawam_job WHERE id = ?1 AND application = ?2 AND fence = ?3 AND state = 'running' RETURNING 1;

-- name: hold_claim
-- Answers with a row if a job is running under a fence. Inside a transaction that writes nobody else has settled it
-- and not committed yet.
SELECT 1 FROM dawam_job WHERE id = ?1 AND application = ?2 AND fence = ?3 AND state = 'running';

-- name: ends_of
-- Whether a job is running under a fence, and under which one it was settled last; no row where it is gone.
SELECT fence = ?3 AND state = 'running', settled_fence FROM dawam_job WHERE id = ?1 AND application = ?2
UNION ALL
SELECT false, settled_fence FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: keep_finished
-- Copies a job that ended to history, charged or not; the caller removes it next.
INSERT INTO dawam_finished (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    attempt_count, crash_count, lost_count, snooze_count, created_at, first_due_at, counted_from, run_at, expires_at,
    host, claimed_at, finished_at, progress, last_error, result, parent, batch, limit_key, fingerprint
)
SELECT id, application, ?2, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, ?3,
    attempt_count + ?4, crash_count + ?10, lost_count + ?5, snooze_count, created_at, first_due_at, counted_from, run_at,
    expires_at, host, claimed_at, ?6, coalesce(?7, progress), coalesce(?8, last_error), ?11, parent, batch, limit_key,
    CASE ?2 WHEN 'failed' THEN coalesce(?12, fingerprint) END
FROM dawam_job WHERE id = ?1 AND application = ?9;

-- name: remove_job
-- Takes a job out of the hot table.
DELETE FROM dawam_job WHERE id = ?1 AND application = ?2;

-- name: reschedule_claimed
-- Puts a running job back among the waiting: retried, snoozed, parked or handed back.
UPDATE dawam_job
SET state = ?2, settled_fence = ?3, attempt_count = attempt_count + ?4, snooze_count = snooze_count + ?5,
    run_at = coalesce(?6, run_at), counted_from = coalesce(?7, counted_from),
    progress = coalesce(?8, progress), last_error = coalesce(?9, last_error),
    fingerprint = coalesce(?11, fingerprint), host = NULL, claimed_at = NULL
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
-- Moves the end of a lease, and answers what is wanted of the host; no row means that it was declared dead.
UPDATE dawam_host SET lease_until = ?4 WHERE application = ?1 AND id = ?2 AND boot_id = ?3 RETURNING command;

-- name: command_host
-- Notes what is wanted of a host, unless it is ending already.
UPDATE dawam_host SET command = ?3, is_stopping = ?4
WHERE application = ?1 AND id = ?2 AND command <> 'stop';

-- name: mark_stopping
-- From now on the host claims nothing, and takes no other word.
UPDATE dawam_host SET is_stopping = 1, command = 'stop' WHERE application = ?1 AND id = ?2;

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
    last_error = ?2, fingerprint = ?6
WHERE id = ?1 AND application = ?3;

-- name: list_hosts
-- Every host with what it is doing.
SELECT id, process_id, machine, queues, job_names, concurrency, version, started_at, is_stopping,
       boot_id = ?2 AND lease_until > ?3, CASE WHEN boot_id = ?2 AND lease_until <= ?3 THEN ?3 - lease_until END,
       (SELECT count(*) FROM dawam_job j WHERE j.state = 'running' AND j.application = ?1 AND j.host = dawam_host.id),
       command
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
-- The oldest finished jobs of one kind that are strictly older than their retention, each with its end before it.
SELECT finished_at, id FROM dawam_finished
WHERE application = ?1 AND state = ?2 AND finished_at < ?3
ORDER BY finished_at, id LIMIT ?4;

-- name: remove_finished
-- Deletes some finished jobs.
DELETE FROM dawam_finished WHERE id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: remove_attempts
-- Deletes the records of the attempts of some jobs.
DELETE FROM dawam_attempt WHERE job_id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: remove_logs
-- Deletes what some jobs logged.
DELETE FROM dawam_log WHERE job_id IN (SELECT substr(?1, 1 + 16 * key, 16) FROM json_each(?2)) AND application = ?3;

-- name: is_there
-- Part of others: whether a job is there at all.
(
    EXISTS (SELECT 1 FROM dawam_job WHERE id = ?1 AND application = ?2)
    OR EXISTS (SELECT 1 FROM dawam_finished WHERE id = ?1 AND application = ?2)
);

-- name: keep_log
-- Keeps what an attempt logged, in the place of what was kept of it before, as long as its job is there.
INSERT INTO dawam_log (job_id, application, fence, attempt, host, missing, lines)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE {is_there}
ON CONFLICT (job_id, application, fence) DO UPDATE SET missing = excluded.missing, lines = excluded.lines;

-- name: forget_logs
-- Deletes of what one job logged that of one claim, and of all up to another one; all of it when the job is gone.
DELETE FROM dawam_log
WHERE job_id = ?1 AND application = ?2 AND (fence = ?3 OR fence <= ?4 OR NOT {is_there});

-- name: note_progress
-- Keeps what a running job says of itself, as long as this host runs it under that fence.
UPDATE dawam_job SET progress = ?5
WHERE id = ?1 AND application = ?2 AND state = 'running' AND host = ?3 AND fence = ?4;

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

-- name: queue_limits
-- How many jobs of a queue people allow in each process.
SELECT queue, jobs FROM dawam_queue_limit WHERE application = ?1;

-- name: limit_queue
-- Allows so many from now on.
INSERT INTO dawam_queue_limit (application, queue, jobs) VALUES (?1, ?2, ?3)
ON CONFLICT (application, queue) DO UPDATE SET jobs = excluded.jobs;

-- name: unlimit_queue
-- Allows as many as the settings do.
DELETE FROM dawam_queue_limit WHERE application = ?1 AND queue = ?2;

-- name: get_job
-- One job that is not finished.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error, fingerprint
FROM dawam_job WHERE id = ?1 AND application = ?2;

-- name: get_finished
-- One job that is finished.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error, fingerprint
FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: chosen
-- A part of others: what of a `JobFilter` holds for jobs in every state. What is not said is NULL. It is one term in
-- a CASE, because of many SQLite believes that they leave so few rows that it may as well sort them.
CASE WHEN (:name IS NULL OR name = :name) AND (:queue IS NULL OR queue = :queue) AND (:rank IS NULL OR rank = :rank)
  AND (:host IS NULL OR host = :host) AND (:error IS NULL OR instr(last_error, :error) > 0)
  AND (:fingerprint IS NULL OR fingerprint = :fingerprint)
  AND (:tag IS NULL OR (tags <> '' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag)))
  AND (:args_paths IS NULL OR (args_encoding = 'json' AND json_valid(CAST(args AS TEXT)) AND EXISTS (
        SELECT 1 FROM json_each(:args_paths) p
        WHERE :args_value = CASE json_type(CAST(args AS TEXT), p.value)
            WHEN 'text' THEN CAST(args AS TEXT) ->> p.value ELSE CAST(args AS TEXT) -> p.value END)))
  AND attempt_count >= :attempts_from AND run_at >= :due_from AND run_at < :due_before
  AND created_at >= :created_from AND created_at < :created_before
THEN true END;

-- name: chosen_finished
-- A part of others: the same for finished jobs.
finished_at >= :finished_from AND finished_at < :finished_before
  AND (:took IS NULL OR finished_at - claimed_at >= :took) AND {chosen};

-- name: ready_queues
-- The queues that have ready jobs, by one step of the index for each.
WITH RECURSIVE step (queue) AS (
    SELECT min(queue) FROM dawam_job WHERE state = 'ready' AND application = :application
    UNION ALL
    SELECT (SELECT min(queue) FROM dawam_job WHERE state = 'ready' AND application = :application AND queue > step.queue)
    FROM step WHERE step.queue IS NOT NULL
)
SELECT queue FROM step WHERE queue IS NOT NULL;

-- name: behind_ready
-- Part of others: due jobs of one queue, behind one of them in claim order.
state = 'ready' AND application = :application AND queue = :lane
  AND (rank, attempt_count, run_at, id) > (:after_rank, :after_attempts, :after_moment, :after);

-- name: list_ready
-- Due jobs of one queue in claim order, between two of them.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error, fingerprint
FROM dawam_job
WHERE {behind_ready} AND (rank, attempt_count, run_at, id) <= (:until_rank, :until_attempts, :until_moment, :until)
  AND {chosen}
ORDER BY rank, attempt_count, run_at, id LIMIT :limit;

-- name: end_of_ready
-- Where a look at so many due jobs of one queue ends; nothing where there are fewer.
SELECT rank, attempt_count, run_at, id FROM dawam_job WHERE {behind_ready}
ORDER BY rank, attempt_count, run_at, id LIMIT 1 OFFSET :within;

-- name: list_scheduled
-- Jobs that are not due, by due time, between two of them.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error, fingerprint
FROM dawam_job
WHERE state = 'scheduled' AND application = :application AND (run_at, id) > (:after_moment, :after)
  AND (run_at, id) <= (:until_moment, :until) AND {chosen}
ORDER BY run_at, id LIMIT :limit;

-- name: end_of_scheduled
-- Where a look at so many jobs that are not due ends.
SELECT 0, 0, run_at, id FROM dawam_job
WHERE state = 'scheduled' AND application = :application AND (run_at, id) > (:after_moment, :after)
ORDER BY run_at, id LIMIT 1 OFFSET :within;

-- name: list_parked
-- Parked jobs, by due time, between two of them.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error, fingerprint
FROM dawam_job
WHERE state = 'parked' AND application = :application AND (run_at, id) > (:after_moment, :after)
  AND (run_at, id) <= (:until_moment, :until) AND {chosen}
ORDER BY run_at, id LIMIT :limit;

-- name: end_of_parked
-- Where a look at so many parked jobs ends.
SELECT 0, 0, run_at, id FROM dawam_job
WHERE state = 'parked' AND application = :application AND (run_at, id) > (:after_moment, :after)
ORDER BY run_at, id LIMIT 1 OFFSET :within;

-- name: list_running
-- Running jobs, in order of id, behind one of them.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL, parent, progress, NULL,
       last_error, fingerprint
FROM dawam_job
WHERE state = 'running' AND application = :application AND id > :after AND {chosen}
ORDER BY id LIMIT :limit;

-- name: behind_finished
-- Part of others: finished jobs of one state, behind one of them, where the newest come first.
application = :application AND state = :lane AND (finished_at, id) < (:after_moment, :after);

-- name: behind_finished_by_error
-- Part of others: the same for one fingerprint, which has an index of its own.
application = :application AND fingerprint = :fingerprint AND state = :lane
  AND (finished_at, id) < (:after_moment, :after);

-- name: list_finished
-- Finished jobs of one state, newest first, between two of them.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error, fingerprint
FROM dawam_finished
WHERE {behind_finished} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished}
ORDER BY finished_at DESC, id DESC LIMIT :limit;

-- name: list_finished_by_error
-- The same for one fingerprint.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error, fingerprint
FROM dawam_finished
WHERE {behind_finished_by_error} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished}
ORDER BY finished_at DESC, id DESC LIMIT :limit;

-- name: end_of_finished
-- Where a look at so many finished jobs of one state ends.
SELECT 0, 0, finished_at, id FROM dawam_finished WHERE {behind_finished}
ORDER BY finished_at DESC, id DESC LIMIT 1 OFFSET :within;

-- name: end_of_finished_by_error
-- The same for one fingerprint.
SELECT 0, 0, finished_at, id FROM dawam_finished WHERE {behind_finished_by_error}
ORDER BY finished_at DESC, id DESC LIMIT 1 OFFSET :within;

-- name: find_ids
-- Jobs whose id lies between two, or is among the newest and ends with some digits. The plus keeps SQLite on the ids.
SELECT id FROM dawam_job WHERE +application = :application AND id BETWEEN :lowest AND :highest
UNION
SELECT id FROM dawam_finished WHERE +application = :application AND id BETWEEN :lowest AND :highest
UNION
SELECT id FROM (SELECT id FROM dawam_job WHERE +application = :application ORDER BY id DESC LIMIT :newest) WHERE substr(lower(hex(id)), -:tail) = :part
UNION
SELECT id FROM (SELECT id FROM dawam_finished WHERE +application = :application ORDER BY id DESC LIMIT :newest) WHERE substr(lower(hex(id)), -:tail) = :part
ORDER BY 1 LIMIT :limit;

-- name: ids_of_live
-- The ids of unfinished jobs that are meant, between two of them; each as the place behind which to go on.
SELECT 0, id FROM dawam_job
WHERE application = :application AND id > :after AND id <= :until AND state IN (SELECT value FROM json_each(:states)) AND {chosen}
ORDER BY id LIMIT :limit;

-- name: end_of_live
-- Where a look at so many unfinished jobs ends.
SELECT 0, 0, 0, id FROM dawam_job WHERE application = :application AND id > :after ORDER BY id LIMIT 1 OFFSET :within;

-- name: ids_of_finished
-- The same for finished jobs of one state, newest first.
SELECT finished_at, id FROM dawam_finished
WHERE {behind_finished} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished}
ORDER BY finished_at DESC, id DESC LIMIT :limit;

-- name: ids_of_finished_by_error
-- The same for one fingerprint.
SELECT finished_at, id FROM dawam_finished
WHERE {behind_finished_by_error} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished}
ORDER BY finished_at DESC, id DESC LIMIT :limit;

-- name: still_live
-- Those of some unfinished jobs that are meant.
SELECT id FROM dawam_job
WHERE application = :application AND id IN (SELECT substr(:keys, 1 + 16 * key, 16) FROM json_each(:numbers))
  AND state IN (SELECT value FROM json_each(:states)) AND {chosen};

-- name: still_finished
-- Those of some finished jobs that are meant. The plus keeps SQLite on the ids.
SELECT id FROM dawam_finished
WHERE +application = :application AND id IN (SELECT substr(:keys, 1 + 16 * key, 16) FROM json_each(:numbers))
  AND state IN (SELECT value FROM json_each(:states)) AND {chosen_finished};

-- name: count_of_live
-- How many unfinished jobs are meant, between two of them.
SELECT count(*) FROM dawam_job
WHERE application = :application AND id > :after AND id <= :until AND state IN (SELECT value FROM json_each(:states)) AND {chosen};

-- name: count_of_finished
-- How many finished jobs of one state are meant, between two of them.
SELECT count(*) FROM dawam_finished
WHERE {behind_finished} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished};

-- name: count_of_finished_by_error
-- The same for one fingerprint.
SELECT count(*) FROM dawam_finished
WHERE {behind_finished_by_error} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished};

-- name: count_live
-- How many unfinished jobs are in each place, no further than a limit (NULL: none). A scheduled job with attempts
-- behind it is retrying.
SELECT 'due', count(*)
FROM (SELECT 1 FROM dawam_job WHERE state = 'ready' AND application = ?1 LIMIT coalesce(?2, -1))
UNION ALL
SELECT CASE WHEN attempt_count > 0 THEN 'retrying' ELSE 'scheduled' END, count(*)
FROM (SELECT attempt_count FROM dawam_job WHERE state = 'scheduled' AND application = ?1 LIMIT coalesce(?2, -1))
GROUP BY 1
UNION ALL
SELECT 'parked', count(*)
FROM (SELECT 1 FROM dawam_job WHERE state = 'parked' AND application = ?1 LIMIT coalesce(?2, -1))
UNION ALL
SELECT 'running', count(*)
FROM (SELECT 1 FROM dawam_job WHERE state = 'running' AND application = ?1 LIMIT coalesce(?2, -1));

-- name: count_finished
-- How many finished jobs there are of each kind, no further than a limit.
SELECT 'succeeded', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'succeeded' AND application = ?1 LIMIT coalesce(?2, -1))
UNION ALL
SELECT 'failed', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'failed' AND application = ?1 LIMIT coalesce(?2, -1))
UNION ALL
SELECT 'cancelled', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'cancelled' AND application = ?1 LIMIT coalesce(?2, -1));

-- name: count_due
-- How many jobs are due in each queue, no further than a limit (NULL: none), and since when the first has been. One step
-- of the index leads from each queue, rank and number of attempts to the next, where the oldest of them comes first.
WITH RECURSIVE step (queue, rank, attempt_count, run_at) AS (
    SELECT * FROM (
        SELECT queue, rank, attempt_count, run_at FROM dawam_job WHERE state = 'ready' AND application = :application
        ORDER BY queue, rank, attempt_count, run_at, id LIMIT 1
    )
    UNION ALL
    SELECT j.queue, j.rank, j.attempt_count, j.run_at FROM step
    JOIN dawam_job j ON j.application = :application AND j.id = coalesce((
        SELECT id FROM dawam_job WHERE state = 'ready' AND application = :application
          AND queue = step.queue AND rank = step.rank AND attempt_count > step.attempt_count
        ORDER BY attempt_count, run_at, id LIMIT 1
    ), (
        SELECT id FROM dawam_job WHERE state = 'ready' AND application = :application
          AND queue = step.queue AND rank > step.rank
        ORDER BY rank, attempt_count, run_at, id LIMIT 1
    ), (
        SELECT id FROM dawam_job WHERE state = 'ready' AND application = :application AND queue > step.queue
        ORDER BY queue, rank, attempt_count, run_at, id LIMIT 1
    ))
), lane AS (
    SELECT queue, min(run_at) AS oldest FROM step GROUP BY queue
)
SELECT queue, (
    SELECT count(*) FROM (
        SELECT 1 FROM dawam_job WHERE state = 'ready' AND application = :application AND queue = lane.queue
        LIMIT coalesce(:at_most, -1)
    )
), oldest FROM lane;

-- name: count_others
-- How many jobs of each queue are scheduled, parked or running, where so many of each are looked at (NULL: all).
SELECT queue, 'scheduled', count(*) FROM (
    SELECT queue FROM dawam_job WHERE state = 'scheduled' AND application = :application LIMIT coalesce(:at_most, -1)
) GROUP BY 1
UNION ALL
SELECT queue, 'parked', count(*) FROM (
    SELECT queue FROM dawam_job WHERE state = 'parked' AND application = :application LIMIT coalesce(:at_most, -1)
) GROUP BY 1
UNION ALL
SELECT queue, 'running', count(*) FROM (
    SELECT queue FROM dawam_job WHERE state = 'running' AND application = :application LIMIT coalesce(:at_most, -1)
) GROUP BY 1;

-- name: ready_names
-- Which names are ready in one queue, among its first ones (NULL: all).
SELECT name, queue, count(*) FROM (
    SELECT name, queue FROM dawam_job WHERE state = 'ready' AND application = ?1 AND queue = ?2 LIMIT coalesce(?3, -1)
) GROUP BY name;

-- name: later_names
-- Which names wait in which queues for their time, or for a host that knows them, among the first ones.
SELECT name, queue, count(*) FROM (
    SELECT * FROM (
        SELECT name, queue FROM dawam_job WHERE state = 'scheduled' AND application = ?1 LIMIT coalesce(?2, -1)
    )
    UNION ALL
    SELECT * FROM (
        SELECT name, queue FROM dawam_job WHERE state = 'parked' AND application = ?1 LIMIT coalesce(?2, -1)
    )
) GROUP BY name, queue;

-- name: oldest
-- Since when the first due job has been due, and when the oldest finished one finished.
SELECT
    (SELECT min(run_at) FROM dawam_job WHERE state = 'ready' AND application = ?1),
    (SELECT min(finished_at) FROM (
        SELECT min(finished_at) AS finished_at FROM dawam_finished WHERE state = 'succeeded' AND application = ?1
        UNION ALL SELECT min(finished_at) FROM dawam_finished WHERE state = 'failed' AND application = ?1
        UNION ALL SELECT min(finished_at) FROM dawam_finished WHERE state = 'cancelled' AND application = ?1
    ));

-- name: count_attempts
-- How many records of failed attempts there are, and of how many attempts it is kept what they logged.
SELECT (SELECT count(*) FROM dawam_attempt WHERE application = ?1), (SELECT count(*) FROM dawam_log WHERE application = ?1);

-- name: count_workers
-- How many workers there are, and how many records of their ticks.
SELECT (SELECT count(*) FROM dawam_worker WHERE application = ?1), (SELECT count(*) FROM dawam_tick WHERE application = ?1);

-- name: other_applications
-- Who else has something in the file.
SELECT application FROM dawam_job WHERE application <> ?1
UNION SELECT application FROM dawam_finished WHERE application <> ?1
UNION SELECT application FROM dawam_host WHERE application <> ?1
UNION SELECT application FROM dawam_worker WHERE application <> ?1
UNION SELECT application FROM dawam_tick WHERE application <> ?1
ORDER BY 1;

-- name: list_attempts
-- The failed attempts of one job, oldest first.
SELECT job_id, fence, attempt, host, started_at, ended_at, error_type, error_message, traceback
FROM dawam_attempt WHERE job_id = ?1 AND application = ?2 ORDER BY fence;

-- name: list_logs
-- What was kept of what one job logged, oldest first.
SELECT fence, attempt, host, missing, lines FROM dawam_log WHERE job_id = ?1 AND application = ?2 ORDER BY fence;

-- name: request_cancel
-- Notes that a running job is to be cancelled.
UPDATE dawam_job SET cancel_requested = 1, cancel_reason = ?3
WHERE id = ?1 AND application = ?2 AND state = 'running';

-- name: retry_waiting
-- Makes a waiting job ready now, with fresh counters.
UPDATE dawam_job
SET state = 'ready', run_at = ?3, counted_from = ?3, attempt_count = 0, crash_count = 0, lost_count = 0, snooze_count = 0,
    cancel_requested = 0, expires_at = NULL, progress = NULL
WHERE id = ?1 AND application = ?2 AND state IN ('ready', 'scheduled', 'parked');

-- name: revive_finished
-- Brings a finished job back under its id and fence, with fresh counters; the caller removes the old row next.
INSERT INTO dawam_job (
    id, application, state, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, counted_from, run_at, expires_at, last_error, parent, batch, limit_key,
    fingerprint
)
SELECT id, application, 'ready', queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, ?3, ?3, NULL, last_error, parent, batch, limit_key, fingerprint
FROM dawam_finished WHERE id = ?1 AND application = ?2;

-- name: live_hosts
-- Part of others: the hosts whose lease is live.
SELECT id FROM dawam_host WHERE application = :application AND boot_id = :boot AND lease_until > :boot_now;

-- name: worker_columns
-- Part of others: a row of a worker, in the order of save_worker.
name, place, schedule, catch_up, jitter, after_crash, kept_records, job, definition, past_definitions, chosen_schedule,
is_stored, is_paused, is_triggered, revision, next_at, planned_due_at, due_at, host, claimed_at, running_planned_at,
running_is_triggered, running_revision, fence, settled_fence, lost_count, tick_count, failure_count, last_outcome,
last_planned_at, last_started_at, last_ended_at, last_error, orphaned_at;

-- name: select_workers
-- The workers of some names in some places.
SELECT {worker_columns} FROM dawam_worker
WHERE application = ?1 AND name IN (SELECT value FROM json_each(?2)) AND place IN (SELECT value FROM json_each(?3));

-- name: workers_named
-- All rows of one name.
SELECT {worker_columns} FROM dawam_worker WHERE application = ?1 AND name = ?2 ORDER BY place;

-- name: workers_of_host
-- The rows that are a host's own. The plus keeps SQLite from walking through all workers of the application, here and
-- in those that follow.
SELECT {worker_columns} FROM dawam_worker WHERE +application = ?1 AND place = ?2 AND place <> '' ORDER BY name;

-- name: workers_running_on
-- The rows whose tick a host is running.
SELECT {worker_columns} FROM dawam_worker WHERE +application = ?1 AND host = ?2 ORDER BY name, place;

-- name: workers_running_nowhere
-- The rows whose tick is said to run on a host without a live lease: also on one that is not registered at all.
SELECT {worker_columns} FROM dawam_worker
WHERE +application = :application AND host IS NOT NULL AND host NOT IN ({live_hosts})
ORDER BY name, place LIMIT coalesce(:limit, -1);

-- name: declared_here
-- Part of others: whether a live host declares a worker.
EXISTS (
    SELECT 1 FROM dawam_declaration d
    WHERE d.application = :application AND d.worker = w.name AND d.place = w.place AND d.host IN ({live_hosts})
);

-- name: lonely_workers
-- The rows that code put there and that no live host declares.
SELECT {worker_columns} FROM dawam_worker w
WHERE application = :application AND is_stored = 0 AND NOT {declared_here}
ORDER BY name, place;

-- name: found_workers
-- The rows that nobody declared for a while, and that a live host declares.
SELECT {worker_columns} FROM dawam_worker w
WHERE application = :application AND orphaned_at IS NOT NULL AND {declared_here}
ORDER BY name, place;

-- name: save_worker
-- Writes one row of a worker, a new one or one that was changed.
INSERT INTO dawam_worker (
    name, place, schedule, catch_up, jitter, after_crash, kept_records, job, definition, past_definitions,
    chosen_schedule, is_stored, is_paused, is_triggered, revision, next_at, planned_due_at, due_at, host, claimed_at,
    running_planned_at, running_is_triggered, running_revision, fence, settled_fence, lost_count, tick_count,
    failure_count, last_outcome, last_planned_at, last_started_at, last_ended_at, last_error, orphaned_at, application
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
    ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35
)
ON CONFLICT (application, name, place) DO UPDATE SET
    schedule = excluded.schedule, catch_up = excluded.catch_up, jitter = excluded.jitter, after_crash =
    excluded.after_crash, kept_records = excluded.kept_records, job = excluded.job, definition = excluded.definition,
    past_definitions = excluded.past_definitions, chosen_schedule = excluded.chosen_schedule, is_stored =
    excluded.is_stored, is_paused = excluded.is_paused, is_triggered = excluded.is_triggered, revision =
    excluded.revision, next_at = excluded.next_at, planned_due_at = excluded.planned_due_at, due_at = excluded.due_at,
    host = excluded.host, claimed_at = excluded.claimed_at, running_planned_at = excluded.running_planned_at,
    running_is_triggered = excluded.running_is_triggered, running_revision = excluded.running_revision, fence =
    excluded.fence, settled_fence = excluded.settled_fence, lost_count = excluded.lost_count, tick_count =
    excluded.tick_count, failure_count = excluded.failure_count, last_outcome = excluded.last_outcome, last_planned_at =
    excluded.last_planned_at, last_started_at = excluded.last_started_at, last_ended_at = excluded.last_ended_at,
    last_error = excluded.last_error, orphaned_at = excluded.orphaned_at;

-- name: remove_worker
-- Deletes one row of a worker.
DELETE FROM dawam_worker WHERE application = ?1 AND name = ?2 AND place = ?3;

-- name: remove_ticks
-- Deletes the records of a name that has no row any more.
DELETE FROM dawam_tick
WHERE application = ?1 AND worker = ?2
  AND NOT EXISTS (SELECT 1 FROM dawam_worker WHERE application = ?1 AND name = ?2);

-- name: keep_fence
-- Notes the fence of a row that is deleted.
INSERT INTO dawam_last_fence (application, fence) VALUES (?1, ?2)
ON CONFLICT (application) DO UPDATE SET fence = max(fence, excluded.fence);

-- name: last_fence
-- The largest fence of the rows that were deleted.
SELECT fence FROM dawam_last_fence WHERE application = ?1;

-- name: select_wishes
-- What people want of workers of some names.
SELECT name, is_paused, schedule FROM dawam_wish
WHERE application = ?1 AND name IN (SELECT value FROM json_each(?2));

-- name: keep_wish
-- Notes what a person wants of a worker.
INSERT INTO dawam_wish (application, name, is_paused, schedule) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (application, name) DO UPDATE SET is_paused = excluded.is_paused, schedule = excluded.schedule;

-- name: remove_wish
-- Nobody wants anything of a worker any more.
DELETE FROM dawam_wish WHERE application = ?1 AND name = ?2;

-- name: is_registered
-- Whether a host is in the list, with a live lease or a lapsed one.
SELECT 1 FROM dawam_host WHERE application = ?1 AND id = ?2;

-- name: select_declarations
-- What live hosts declare under some names, and what one host does, live or not.
SELECT host, worker, place, definition FROM dawam_declaration
WHERE application = :application AND worker IN (SELECT value FROM json_each(:names))
  AND (host = :host OR host IN ({live_hosts}));

-- name: is_declared
-- Whether any live host declares a name.
SELECT 1 FROM dawam_declaration WHERE application = :application AND worker = :name AND host IN ({live_hosts}) LIMIT 1;

-- name: declare
-- Notes that a host's code has a worker.
INSERT INTO dawam_declaration (host, worker, place, definition, application) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (application, host, worker) DO UPDATE SET place = excluded.place, definition = excluded.definition;

-- name: withdraw
-- A host's code has some workers no more.
DELETE FROM dawam_declaration
WHERE application = ?1 AND host = ?2 AND worker IN (SELECT value FROM json_each(?3));

-- name: withdraw_all
-- Forgets all that a host declared.
DELETE FROM dawam_declaration WHERE application = ?1 AND host = ?2;

-- name: needs_declaring
-- Whether a row that a host declared is gone, or has another definition that no live host declares.
SELECT 1
FROM dawam_declaration m
LEFT JOIN dawam_worker w ON w.application = m.application AND w.name = m.worker AND w.place = m.place
WHERE m.application = :application AND m.host = :host AND (
    w.name IS NULL
    OR w.definition <> m.definition AND NOT EXISTS (
        SELECT 1 FROM dawam_declaration d
        WHERE d.application = :application AND d.worker = m.worker AND d.place = m.place
          AND d.definition = w.definition AND d.host IN ({live_hosts})
    )
)
LIMIT 1;

-- name: runnable_by
-- Part of others: a row that waits for a moment and that a host may run: what it declared, and what people put there.
application = :application AND host IS NULL AND due_at IS NOT NULL AND (is_stored = 1 OR EXISTS (
    SELECT 1 FROM dawam_declaration d
    WHERE d.application = :application AND d.host = :host AND d.worker = w.name AND d.place = w.place
));

-- name: due_workers
-- The rows whose time has come and that a host may run, from the partial index.
SELECT {worker_columns} FROM dawam_worker w
WHERE {runnable_by} AND due_at <= :now
ORDER BY due_at, name, place LIMIT :limit;

-- name: next_due_at
-- When the next row is due that a host may run.
SELECT due_at FROM dawam_worker w WHERE {runnable_by} AND due_at > :now ORDER BY due_at LIMIT 1;

-- name: ticks_of_host
-- What the store believes that a host is running.
SELECT name, place, fence, claimed_at, running_planned_at, running_is_triggered FROM dawam_worker
WHERE +application = ?1 AND host = ?2 ORDER BY name, place;

-- name: list_workers
-- Workers by name and place, behind one of them.
SELECT {worker_columns} FROM dawam_worker
WHERE application = ?1 AND (name, place) > (?2, ?3) ORDER BY name, place LIMIT ?4;

-- name: add_tick
-- Records what became of a tick, under the next number of its name.
INSERT INTO dawam_tick (
    application, worker, number, place, outcome, planned_at, is_triggered, planned_until, moments, fence, host,
    started_at, ended_at, attempt_count, error_type, error_message, traceback, job_id
)
SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17
FROM dawam_tick WHERE application = ?1 AND worker = ?2;

-- name: trim_ticks
-- Deletes the oldest records of a name beyond how many are kept.
DELETE FROM dawam_tick
WHERE application = ?1 AND worker = ?2
  AND number <= (SELECT max(number) FROM dawam_tick WHERE application = ?1 AND worker = ?2) - ?3;

-- name: list_ticks
-- The records of a name, newest first.
SELECT worker, place, outcome, planned_at, is_triggered, planned_until, moments, fence, host, started_at, ended_at,
       attempt_count, error_type, error_message, traceback, job_id
FROM dawam_tick WHERE application = ?1 AND worker = ?2 ORDER BY number DESC LIMIT ?3;

-- name: outlived_names
-- Part of others: the names that have records and no row, and whose newest record is old. One step of the table for
-- each name.
WITH RECURSIVE step (worker) AS (
    SELECT min(worker) FROM dawam_tick WHERE application = :application
    UNION ALL
    SELECT (SELECT min(worker) FROM dawam_tick WHERE application = :application AND worker > step.worker)
    FROM step WHERE step.worker IS NOT NULL
)
SELECT worker FROM step
WHERE worker IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM dawam_worker w WHERE w.application = :application AND w.name = step.worker)
  AND :before > (
      SELECT ended_at FROM dawam_tick t WHERE t.application = :application AND t.worker = step.worker
      ORDER BY number DESC LIMIT 1
  );

-- name: stray_declaration
-- Part of others: one whose host is not registered, which code of version 2 left behind.
application = :application AND host NOT IN (SELECT id FROM dawam_host WHERE application = :application);

-- name: stray_worker
-- Part of others: a host's own row whose host is not registered, which code of version 2 left behind.
application = :application AND place <> '' AND host IS NULL
  AND place NOT IN (SELECT id FROM dawam_host WHERE application = :application);

-- name: has_remains
-- Whether there is anything for the three that follow.
SELECT EXISTS (SELECT 1 FROM dawam_declaration WHERE {stray_declaration})
    OR EXISTS (SELECT 1 FROM dawam_worker WHERE {stray_worker})
    OR EXISTS ({outlived_names});

-- name: remove_stray_declarations
-- Deletes what hosts declared that are not registered.
DELETE FROM dawam_declaration WHERE {stray_declaration};

-- name: remove_stray_workers
-- Deletes the own rows of hosts that are not registered.
DELETE FROM dawam_worker WHERE {stray_worker};

-- name: remove_outlived_ticks
-- Deletes records that no row and no time keeps any more.
DELETE FROM dawam_tick WHERE application = :application AND worker IN ({outlived_names});

-- name: lock_measures
-- Part of adding measures up: nothing here, where whoever writes is alone.
SELECT ?1;

-- name: measure_columns
-- Part of others: the fields of Measure, in order.
at, span, name, queue, part, succeeded, failed, retried, cancelled, waits, runs, errors, due, oldest;

-- name: keep_measure
-- Puts a part there; the same one again changes nothing.
INSERT INTO dawam_measure ({measure_columns}, application) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    ?13, ?14, ?15)
ON CONFLICT (application, span, at, name, queue, part) DO NOTHING;

-- name: save_measure
-- Writes a sum, new or changed.
INSERT INTO dawam_measure ({measure_columns}, application) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    ?13, ?14, ?15)
ON CONFLICT (application, span, at, name, queue, part) DO UPDATE SET
    succeeded = excluded.succeeded, failed = excluded.failed, retried = excluded.retried,
    cancelled = excluded.cancelled, waits = excluded.waits, runs = excluded.runs, errors = excluded.errors,
    due = excluded.due, oldest = excluded.oldest;

-- name: remove_measure
-- Deletes one row.
DELETE FROM dawam_measure
WHERE application = ?1 AND span = ?2 AND at = ?3 AND name = ?4 AND queue = ?5 AND part = ?6;

-- name: measure_parts
-- What hosts put there before a moment and nobody has added up, oldest first.
SELECT {measure_columns} FROM dawam_measure WHERE application = ?1 AND part <> '' AND at < ?2 ORDER BY at LIMIT ?3;

-- name: old_measures
-- The sums over one span that begin no later than a moment, oldest first.
SELECT {measure_columns} FROM dawam_measure
WHERE application = ?1 AND span = ?2 AND at <= ?3 AND part = '' ORDER BY at LIMIT ?4;

-- name: measure_at
-- The sum at one place.
SELECT {measure_columns} FROM dawam_measure
WHERE application = ?1 AND span = ?2 AND at = ?3 AND name = ?4 AND queue = ?5 AND part = '';

-- name: select_measures
-- The sums over one span, and the parts that were not added up, between two moments; of one name, or one queue, if it is
-- said.
SELECT {measure_columns} FROM dawam_measure
WHERE application = :application AND span = :span AND at >= :since AND at < :until AND part = ''
  AND (:name IS NULL OR name = :name) AND (:queue IS NULL OR queue = :queue)
UNION ALL
SELECT {measure_columns} FROM dawam_measure
WHERE application = :application AND at >= :since AND at < :until AND part <> ''
  AND (:name IS NULL OR name = :name) AND (:queue IS NULL OR queue = :queue)
ORDER BY at, name, queue, part;

-- name: error_columns
-- Part of others: the fields of ErrorGroup, in order.
fingerprint, error_type, error_message, traceback, name, queue, job_id, first_seen_at, last_seen_at, mark, marked_at;

-- name: keep_error
-- Adds what a host saw of one error to its group; the newest occurrence stands for all.
INSERT INTO dawam_error (
    application, fingerprint, error_type, error_message, traceback, name, queue, job_id, first_seen_at, last_seen_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (application, fingerprint) DO UPDATE SET
    error_type = CASE WHEN {is_newer} THEN excluded.error_type ELSE dawam_error.error_type END,
    error_message = CASE WHEN {is_newer} THEN excluded.error_message ELSE dawam_error.error_message END,
    traceback = CASE WHEN {is_newer} THEN excluded.traceback ELSE dawam_error.traceback END,
    name = CASE WHEN {is_newer} THEN excluded.name ELSE dawam_error.name END,
    queue = CASE WHEN {is_newer} THEN excluded.queue ELSE dawam_error.queue END,
    job_id = CASE WHEN {is_newer} THEN excluded.job_id ELSE dawam_error.job_id END,
    first_seen_at = min(excluded.first_seen_at, dawam_error.first_seen_at),
    last_seen_at = max(excluded.last_seen_at, dawam_error.last_seen_at);

-- name: is_newer
-- Part of another: whether what is told now was seen no earlier than what is there.
excluded.last_seen_at >= dawam_error.last_seen_at;

-- name: forget_errors
-- Deletes the groups that were seen last before a moment.
DELETE FROM dawam_error WHERE application = ?1 AND last_seen_at < ?2;

-- name: list_errors
-- Those that were seen last come first.
SELECT {error_columns} FROM dawam_error WHERE application = ?1 ORDER BY last_seen_at DESC, fingerprint LIMIT ?2;

-- name: get_error
-- One group.
SELECT {error_columns} FROM dawam_error WHERE application = ?1 AND fingerprint = ?2;

-- name: mark_error
-- Notes what somebody thinks of a group.
UPDATE dawam_error SET mark = ?3, marked_at = CASE WHEN ?3 <> '' THEN ?4 END WHERE application = ?1 AND fingerprint = ?2;

-- name: begin_action
-- Adds the record of what somebody is about to do.
INSERT INTO dawam_action (application, id, by, via, verb, subject, chosen, reason, asked_at, told_at, total)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (application, id) DO NOTHING;

-- name: forget_actions
-- Deletes the records of what was done before a moment.
DELETE FROM dawam_action WHERE application = ?1 AND asked_at < ?2;

-- name: tell_action
-- Notes how far something is.
UPDATE dawam_action SET total = ?3, done = ?4, changed = ?5, told_at = ?6 WHERE application = ?1 AND id = ?2;

-- name: action_is_stopping
-- Whether somebody asked to leave the rest as it is.
SELECT is_stopping FROM dawam_action WHERE application = ?1 AND id = ?2;

-- name: end_action
-- Notes that something is over, and how it went.
UPDATE dawam_action SET outcome = ?3, done = ?4, changed = ?5, told_at = ?6, ended_at = ?6
WHERE application = ?1 AND id = ?2;

-- name: stop_action
-- Asks to leave the rest as it is.
UPDATE dawam_action SET is_stopping = 1 WHERE application = ?1 AND id = ?2 AND ended_at IS NULL;

-- name: action_columns
-- Part of others: the fields of Action, in order.
id, by, via, verb, subject, chosen, reason, asked_at, told_at, ended_at, outcome, total, done, changed, is_stopping;

-- name: list_actions
-- The newest first, behind one; all of them, or those that have not ended.
SELECT {action_columns} FROM dawam_action
WHERE application = :application AND id < :after AND (:under_way = 0 OR ended_at IS NULL)
ORDER BY id DESC LIMIT :limit;

-- name: get_action
-- One of them.
SELECT {action_columns} FROM dawam_action WHERE application = ?1 AND id = ?2;

-- name: change_waiting
-- Changes what is said of a job that waits. A parked one stays parked, whenever it is due.
UPDATE dawam_job
SET queue = coalesce(?3, queue), rank = coalesce(?4, rank), run_at = coalesce(?5, run_at),
    counted_from = coalesce(?5, counted_from),
    state = CASE WHEN ?5 IS NULL OR state = 'parked' THEN state WHEN ?5 <= ?6 THEN 'ready' ELSE 'scheduled' END
WHERE id = ?1 AND application = ?2 AND state IN ('ready', 'scheduled', 'parked');

-- name: set_args
-- Gives a job that waits other args.
UPDATE dawam_job SET args = ?3, args_encoding = 'json', args_version = ?4 WHERE id = ?1 AND application = ?2;

-- name: schema_table
-- Whether our tables are there at all.
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'dawam_schema';

-- name: schema_version
-- Which version the tables have, and which code they need.
SELECT version, minimum_code_version FROM dawam_schema;

-- name: require_version
-- Part of scripts, with a number: fails, because the version may not be NULL, unless the tables are of that version.
UPDATE dawam_schema SET version = CASE WHEN version = ?1 THEN version END;

-- name: set_schema_version
-- Notes a migration that was applied. It stands in scripts as well, with its number.
UPDATE dawam_schema SET version = ?1;
