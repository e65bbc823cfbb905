-- Every statement of the PostgreSQL store. Each has a name and a sentence. What all databases do in the same way has the
-- same name in the same order in each of their files, so that a diff shows where they differ. `{word}` stands for the
-- statement of that name. `$1` are parameters by place and `:word` by name; tables get their schema when the
-- file is read. A job is running where `host` says who runs it.

-- name: now
-- Part of others: what time it is on the server, in microseconds since 1970; a test's clock stands in for it.
(extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- name: server_time
-- What time it is on the server.
SELECT {now};

-- name: new_columns
-- Part of others: what is said of a new job; all else is as the table has it.
id, application, place, queue, name, args, args_encoding, args_version, headers, tags, rank, created_at, first_due_at,
counted_from, run_at, expires_at, parent;

-- name: is_elsewhere
-- Part of others: whether anybody but these hosts may run jobs, so that it is of use to ring.
EXISTS (SELECT 1 FROM dawam_host WHERE application = $1::text AND id <> ALL ($16::text[]));

-- name: add_jobs
-- Inserts jobs that differ only in their ids, args and moments, unless an id is already there, alive or finished;
-- answers with the ids that were new, or NULL when all of them were, and `is_elsewhere`. The look at history is a sub-select of its own for
-- each row, so that no plan reads all of it.
WITH added AS (
    INSERT INTO dawam_job ({new_columns})
    SELECT j.id, $1::text, CASE WHEN j.run_at <= coalesce($2::bigint, {now}) OR j.run_at <= j.created_at THEN 'ready'
        ELSE 'scheduled' END, $3::text, $4::text, j.args, $5::text, $6::bigint, $7::text, $8::text, $9::bigint, j.created_at,
        j.run_at, j.run_at, j.run_at, $10::bigint, $11::uuid
    FROM unnest($12::uuid[], $13::bytea[], $14::bigint[], $15::bigint[]) AS j (id, args, created_at, run_at)
    WHERE (SELECT 1 FROM dawam_finished f WHERE f.id = j.id AND (f.application = $1::text) IS TRUE) IS NULL
    ON CONFLICT (id, application) DO NOTHING
    RETURNING id
)
SELECT CASE WHEN count(*) < cardinality($12::uuid[]) THEN coalesce(array_agg(id), '{}') END, {is_elsewhere} FROM added;

-- name: add_one
-- The same for one job, as most come, with less work for the server. Answers `is_elsewhere`, or no row if its id was not
-- new.
INSERT INTO dawam_job ({new_columns})
SELECT $12::uuid, $1::text, CASE WHEN $15::bigint <= coalesce($2::bigint, {now}) OR $15::bigint <= $14::bigint
    THEN 'ready' ELSE 'scheduled' END, $3::text, $4::text, $13::bytea, $5::text, $6::bigint, $7::text, $8::text,
    $9::bigint, $14::bigint, $15::bigint, $15::bigint, $15::bigint, $10::bigint, $11::uuid
WHERE NOT EXISTS (SELECT 1 FROM dawam_finished WHERE id = $12::uuid AND (application = $1::text) IS TRUE)
ON CONFLICT (id, application) DO NOTHING
RETURNING {is_elsewhere};

-- name: add_job
-- Inserts one job on somebody's own connection, unless its id is already there, alive or finished.
INSERT INTO dawam_job ({new_columns})
SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::text, $8::integer, $9::text, $10::text,
    $11::smallint, $12::bigint, $13::bigint, $13::bigint, $13::bigint, $14::bigint, $15::uuid
WHERE NOT EXISTS (SELECT 1 FROM dawam_finished WHERE id = $1::uuid AND application = $2::text)
ON CONFLICT (id, application) DO NOTHING;

-- name: notify
-- Rings. Whoever notifies holds a lock of the whole server until its commit is over, which therefore does not wait for
-- the disk: there is nothing to be kept.
SELECT set_config('synchronous_commit', 'off', true), pg_notify($1::text, $2::text);

-- name: notify_inside
-- Rings when somebody's own transaction commits, whose durability is theirs.
SELECT pg_notify($1::text, $2::text);

-- name: remove_added_twice
-- Takes back what was added again while the first one of that id finished.
DELETE FROM dawam_job j USING unnest($1::uuid[]) AS a (id)
WHERE j.id = a.id AND (j.application = $2) IS TRUE AND j.fence = 0
  AND EXISTS (SELECT 1 FROM dawam_finished f WHERE f.id = a.id AND f.application = $2);

-- name: claimed_columns
-- Part of the claims: the fields of ClaimedJob in order, the order of claims first.
rank, attempt_count, run_at, id, fence, name, args, args_version, args_encoding, queue, headers, crash_count, lost_count,
snooze_count, created_at, counted_from, expires_at;

-- name: expired
-- Part of the claims: whether a job is not to be run any more.
coalesce(j.expires_at <= (SELECT stamp FROM moment), false) AS is_expired;

-- name: may_claim
-- Part of others: whether a host is registered, not stopping, and has a live lease.
EXISTS (
    SELECT 1 FROM dawam_host
    WHERE application = $1 AND id = $2 AND is_stopping = 0 AND lease_until > coalesce($3::bigint, {now})
);

-- name: host_may_claim
-- Answers a row only for a registered host that is not stopping and whose lease is live.
SELECT 1 FROM dawam_host
WHERE application = $1 AND id = $2 AND boot_id = $3 AND lease_until > $4 AND is_stopping = 0;

-- name: moment
-- Part of the claims: what time it is, asked once for all of its rows.
moment AS MATERIALIZED (SELECT coalesce($3::bigint, {now}) AS stamp);

-- name: handed_out
-- Part of the claims: the answer, out of what was chosen. Those that have expired are shown as well, and left as they
-- are. All that was taken is noted in one row, and rows of claims that are through go: looked up one by one, because a
-- plan that was made for few claims would walk over all of this host.
forgotten AS (
    DELETE FROM dawam_claim WHERE ctid = ANY (ARRAY(
        SELECT through.at FROM unnest($5::bigint[]) AS spent (number) CROSS JOIN LATERAL (
            SELECT ctid AS at FROM dawam_claim WHERE application = $1 AND host = $2 AND number = spent.number OFFSET 0
        ) through
    ))
), noted AS (
    INSERT INTO dawam_claim (application, host, number, claimed_at, ids, fences)
    SELECT $1::text, $2::text, $4::bigint, (SELECT stamp FROM moment), array_agg(id), array_agg(fence) FROM taken HAVING count(*) > 0
)
SELECT {claimed_columns}, false FROM taken
UNION ALL
SELECT {claimed_columns}, true FROM dawam_job WHERE ctid = ANY (ARRAY(SELECT at FROM chosen WHERE is_expired));

-- name: within_a_rank
-- Part of the claims: what a span looks for that begins and ends in one rank: behind a key, up to a number of attempts.
span.rank = span.end_rank AND j.rank = span.rank AND j.attempt_count <= span.end_attempt_count
  AND (j.attempt_count, j.run_at, j.id) > (span.attempt_count, span.run_at, span.id)
  AND j.place = 'ready' AND j.application = $1 AND j.host IS NULL AND j.crash_count < 2;

-- name: between_ranks
-- Part of the claims: the same for all whose rank lies between two.
span.rank < span.end_rank AND j.rank > span.rank AND j.rank < span.end_rank
  AND j.place = 'ready' AND j.application = $1 AND j.host IS NULL AND j.crash_count < 2;

-- name: one_late
-- Part of the claims: the same for one job that sorts before where the spans of its rank begin.
span.rank > span.end_rank AND j.id = span.id AND (j.application = $1) IS TRUE AND (j.place = 'ready') IS TRUE
  AND j.host IS NULL AND (j.crash_count < 2) IS TRUE;

-- name: late_jobs
-- The keys of jobs that are ready and that claims do not look at, because they sort before where these begin: of each
-- grade the first ones, from some moment on.
SELECT late.rank, late.attempt_count, late.run_at, late.id
FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::uuid[])
    AS part (rank, attempt_count, first_run_at, run_at, id)
CROSS JOIN LATERAL (
    SELECT j.rank, j.attempt_count, j.run_at, j.id FROM dawam_job j
    WHERE j.place = 'ready' AND j.application = $1 AND j.queue = $2 AND j.rank = part.rank
      AND j.attempt_count = part.attempt_count AND j.run_at >= part.first_run_at AND j.run_at <= part.run_at
      AND (j.run_at, j.id) <= (part.run_at, part.id) AND j.host IS NULL AND j.crash_count < 2
    ORDER BY j.run_at, j.id
    LIMIT $3::bigint
) late;

-- name: claim_ready
-- Takes the next ready jobs of one queue, in the order of claims, from some spans of the index that are given in that
-- order. Dead rows before a span are not walked again, and none behind it: see `strides`.
-- The rows are found by where they lie, which no one can change once they are locked. Suspects are stepped over. What
-- stands beside a key or a place in the table IS TRUE, here and in others: it is to be checked, and not to be looked for
-- by some index, which a plan that was made for an empty table would do.
WITH {moment}, room AS MATERIALIZED (
    SELECT CASE WHEN {may_claim} AND NOT EXISTS (
        SELECT 1 FROM dawam_paused_queue WHERE application = $1 AND queue = $6
    ) THEN $7::bigint ELSE 0 END AS free
), chosen AS MATERIALIZED (
    SELECT found.at, found.is_expired
    FROM unnest($8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[])
        AS span (rank, attempt_count, run_at, id, end_rank, end_attempt_count)
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT ctid AS at, {expired} FROM dawam_job j
            WHERE {within_a_rank} AND j.queue = $6
            ORDER BY j.attempt_count, j.run_at, j.id
            LIMIT (SELECT free FROM room)
            FOR UPDATE SKIP LOCKED
        ) one_rank
        UNION ALL
        SELECT * FROM (
            SELECT ctid AS at, {expired} FROM dawam_job j
            WHERE {between_ranks} AND j.queue = $6
            ORDER BY j.rank, j.attempt_count, j.run_at, j.id
            LIMIT (SELECT free FROM room)
            FOR UPDATE SKIP LOCKED
        ) ranks
        UNION ALL
        SELECT * FROM (
            SELECT ctid AS at, {expired} FROM dawam_job j
            WHERE {one_late} AND (j.queue = $6) IS TRUE AND (SELECT free FROM room) > 0
            FOR UPDATE SKIP LOCKED
        ) late
    ) found
    LIMIT (SELECT free FROM room)
), taken AS (
    UPDATE dawam_job SET host = $2, claimed_at = (SELECT stamp FROM moment), fence = fence + 1
    WHERE ctid = ANY (ARRAY(SELECT at FROM chosen WHERE NOT is_expired)) AND (place = 'ready') IS TRUE AND host IS NULL
    RETURNING *
), {handed_out};

-- name: claim_queues
-- The same from several queues at once, in the order of claims over all of them. The first of each queue are looked at
-- without a lock, and somewhat more of them than are asked for, because others may be taking some just now; of all
-- these the first that are free are taken.
WITH {moment}, room AS MATERIALIZED (
    SELECT CASE WHEN {may_claim} THEN $7::bigint ELSE 0 END AS free
), seen AS MATERIALIZED (
    SELECT found.at
    FROM unnest($6::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[])
        AS span (queue, rank, attempt_count, run_at, id, end_rank, end_attempt_count)
    CROSS JOIN LATERAL (
        (
            SELECT ctid AS at, j.rank, j.attempt_count, j.run_at, j.id FROM dawam_job j
            WHERE {within_a_rank} AND j.queue = span.queue
            ORDER BY j.attempt_count, j.run_at, j.id
            LIMIT (SELECT free + 500 FROM room WHERE free > 0)
        ) UNION ALL (
            SELECT ctid AS at, j.rank, j.attempt_count, j.run_at, j.id FROM dawam_job j
            WHERE {between_ranks} AND j.queue = span.queue
            ORDER BY j.rank, j.attempt_count, j.run_at, j.id
            LIMIT (SELECT free + 500 FROM room WHERE free > 0)
        ) UNION ALL (
            SELECT ctid AS at, j.rank, j.attempt_count, j.run_at, j.id FROM dawam_job j
            WHERE {one_late} AND (j.queue = span.queue) IS TRUE
        )
    ) found
    WHERE NOT EXISTS (SELECT 1 FROM dawam_paused_queue p WHERE p.application = $1 AND p.queue = span.queue)
    ORDER BY found.rank, found.attempt_count, found.run_at, found.id
    LIMIT (SELECT free + 500 FROM room WHERE free > 0)
), chosen AS MATERIALIZED (
    SELECT free.at, free.is_expired
    FROM seen
    CROSS JOIN LATERAL (
        SELECT ctid AS at, {expired} FROM dawam_job j
        WHERE ctid = seen.at AND (j.place = 'ready') IS TRUE AND j.host IS NULL
        FOR UPDATE SKIP LOCKED
    ) free
    LIMIT (SELECT free FROM room)
), taken AS (
    UPDATE dawam_job SET host = $2, claimed_at = (SELECT stamp FROM moment), fence = fence + 1
    WHERE ctid = ANY (ARRAY(SELECT at FROM chosen WHERE NOT is_expired)) AND (place = 'ready') IS TRUE AND host IS NULL
    RETURNING *
), {handed_out};

-- name: claim_parked
-- Takes parked jobs of some names that this host can read.
WITH {moment}, chosen AS MATERIALIZED (
    SELECT found.at, found.is_expired
    FROM unnest($7::text[], $8::bigint[]) AS known (name, version)
    CROSS JOIN LATERAL (
        SELECT ctid AS at, {expired}, j.rank, j.attempt_count, j.run_at, j.id FROM dawam_job j
        WHERE j.place = 'parked' AND j.application = $1 AND j.name = known.name
          AND j.args_version <= known.version AND j.host IS NULL AND j.crash_count < 2
          AND j.queue = ANY ($6::text[])
          AND NOT EXISTS (SELECT 1 FROM dawam_paused_queue p WHERE p.application = $1 AND p.queue = j.queue)
        ORDER BY j.rank, j.attempt_count, j.run_at, j.id
        LIMIT $9::bigint
    ) found
    WHERE {may_claim}
    ORDER BY found.rank, found.attempt_count, found.run_at, found.id
    LIMIT $9::bigint
), taken AS (
    UPDATE dawam_job
    SET host = $2, claimed_at = (SELECT stamp FROM moment), fence = fence + 1, place = 'ready'
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM dawam_job
        WHERE ctid = ANY (ARRAY(SELECT at FROM chosen WHERE NOT is_expired)) AND (place = 'parked') IS TRUE AND host IS NULL
        FOR UPDATE SKIP LOCKED
    )) AND (place = 'parked') IS TRUE AND host IS NULL
    RETURNING *
), {handed_out};

-- name: claim_suspect
-- Takes the first suspect, ready or parked, that this host knows: there are few, in an index of their own.
WITH {moment}, chosen AS MATERIALIZED (
    SELECT j.ctid AS at, {expired}
    FROM dawam_job j JOIN unnest($7::text[], $8::bigint[]) AS known (name, version) USING (name)
    WHERE j.crash_count >= 2 AND j.application = $1 AND j.place IN ('ready', 'parked') AND j.host IS NULL
      AND j.args_version <= known.version AND j.queue = ANY ($6::text[])
      AND NOT EXISTS (SELECT 1 FROM dawam_paused_queue p WHERE p.application = $1 AND p.queue = j.queue)
      AND {may_claim}
    ORDER BY j.rank, j.attempt_count, j.run_at, j.id
    LIMIT 1
    FOR UPDATE OF j SKIP LOCKED
), taken AS (
    UPDATE dawam_job
    SET host = $2, claimed_at = (SELECT stamp FROM moment), fence = fence + 1, place = 'ready'
    WHERE ctid = ANY (ARRAY(SELECT at FROM chosen WHERE NOT is_expired)) AND host IS NULL
    RETURNING *
), {handed_out};

-- name: forget_old_claims
-- Claims none of whose jobs is running any more, and that nobody has forgotten: their host is gone, or lost an answer.
DELETE FROM dawam_claim c
WHERE c.application = $1 AND c.claimed_at < $2 AND NOT EXISTS (
    SELECT 1 FROM unnest(c.ids, c.fences) AS k (id, fence)
    JOIN dawam_job j ON j.id = k.id AND (j.application = c.application) IS TRUE AND j.fence = k.fence AND j.host = c.host
);

-- name: has_old_claims
-- Whether any claim is so old.
SELECT 1 FROM dawam_claim WHERE application = $1 AND claimed_at < $2 LIMIT 1;

-- name: lock_workers
-- Part of the order in which decisions about workers are made: one after another, until the transaction is over.
SELECT pg_advisory_xact_lock(hashtextextended('dawam workers of ' || $1, 0));

-- name: database
-- Names the database so that a caller's connection can be compared with it.
SELECT 'postgresql:' || system_identifier || '/' || current_database() FROM pg_control_system();

-- name: as_it_was
-- Part of others: what a job takes along to history as it is.
id, application, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, snooze_count, created_at,
first_due_at, counted_from, run_at, expires_at, host, claimed_at, parent, batch, limit_key;

-- name: as_it_ended
-- Part of others: the rest of a row of history.
state, settled_fence, attempt_count, crash_count, lost_count, finished_at, progress, last_error, result,
fingerprint;

-- name: ids_unless_all
-- Part of others: the ids and fences of the rows that were found, or NULL when those were all that were asked for.
CASE WHEN count(*) < cardinality($2::uuid[]) THEN coalesce(array_agg(id), '{}') END,
CASE WHEN count(*) < cardinality($2::uuid[]) THEN coalesce(array_agg(fence), '{}') END;

-- name: end_kept
-- Moves jobs that succeeded to history, each guarded by its fence; answers with their ids and fences, or NULL when
-- it was all of them.
WITH ended AS (
    DELETE FROM dawam_job j
    USING unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
        AS e (id, fence, finished_at, result, progress)
    WHERE j.id = e.id AND (j.application = $1) IS TRUE AND j.fence = e.fence AND j.host IS NOT NULL
    RETURNING j.*, e.finished_at, e.result, coalesce(e.progress, j.progress) AS said
), kept AS (
    INSERT INTO dawam_finished ({as_it_was}, {as_it_ended})
    SELECT {as_it_was}, 'succeeded', fence, attempt_count, crash_count, lost_count, finished_at, said, last_error, result,
        NULL
    FROM ended
)
SELECT {ids_unless_all} FROM ended;

-- name: end_removed
-- The same where jobs that succeed are not kept; the records of their attempts go with them.
WITH ended AS (
    DELETE FROM dawam_job j USING unnest($2::uuid[], $3::bigint[]) AS e (id, fence)
    WHERE j.id = e.id AND (j.application = $1) IS TRUE AND j.fence = e.fence AND j.host IS NOT NULL
    RETURNING j.id, j.fence
), forgotten AS (
    DELETE FROM dawam_attempt a USING ended WHERE a.job_id = ended.id AND (a.application = $1) IS TRUE AND ended.fence > 1
), silenced AS (
    DELETE FROM dawam_log l USING ended WHERE l.job_id = ended.id AND (l.application = $1) IS TRUE AND ended.fence > 1
)
SELECT {ids_unless_all} FROM ended;

-- name: attempt_columns
-- Part of others: a record of an attempt.
job_id, application, fence, attempt, host, started_at, ended_at, error_type, error_message, traceback;

-- name: end_failed
-- Moves jobs that failed for good or cancelled themselves to history, each guarded by its fence; with a record of the
-- attempt for those that are charged.
WITH ended AS (
    DELETE FROM dawam_job j
    USING unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[])
        AS e (id, fence, state, charge, started_at, finished_at, error_type, error_message, traceback, fingerprint,
            progress)
    WHERE j.id = e.id AND (j.application = $1) IS TRUE AND j.fence = e.fence AND j.host IS NOT NULL
    RETURNING j.*, e.state, e.charge, e.started_at, e.finished_at, e.error_type, e.error_message, e.traceback,
        e.fingerprint AS new_fingerprint, coalesce(e.progress, j.progress) AS said
), kept AS (
    INSERT INTO dawam_finished ({as_it_was}, {as_it_ended})
    SELECT {as_it_was}, state, fence, attempt_count + charge, crash_count, lost_count, finished_at, said,
        coalesce(error_type || ': ' || error_message, last_error), NULL,
        CASE state WHEN 'failed' THEN coalesce(new_fingerprint, fingerprint) END
    FROM ended
), noted AS (
    INSERT INTO dawam_attempt ({attempt_columns})
    SELECT id, application, fence, attempt_count + 1, host, started_at, finished_at, error_type, error_message, traceback
    FROM ended WHERE charge > 0
    ON CONFLICT DO NOTHING
)
SELECT {ids_unless_all} FROM ended;

-- name: put_back
-- Puts running jobs back among the waiting, each guarded by its fence: retried, snoozed, parked or handed back; with a
-- record of the attempt for those that are charged. One that was asked to cancel is not found: it is to end here. A
-- place that is not said follows from when the job is due.
WITH held AS MATERIALIZED (
    SELECT j.id, j.application, j.fence, j.host, j.attempt_count, e.place, e.charge, e.snooze, e.started_at, e.ended_at,
        e.due_at, e.error_type, e.error_message, e.traceback, e.fingerprint, e.progress
    FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
        AS e (id, fence, place, charge, snooze, started_at, ended_at, due_at, error_type, error_message, traceback,
            fingerprint, progress)
    JOIN dawam_job j ON j.id = e.id AND (j.application = $1) IS TRUE AND j.fence = e.fence AND j.host IS NOT NULL
        AND j.cancel_requested = 0
    FOR UPDATE OF j
), back AS (
    UPDATE dawam_job j
    SET place = coalesce(h.place, CASE WHEN h.due_at <= coalesce($15::bigint, {now}) THEN 'ready' ELSE 'scheduled' END),
        settled_fence = h.fence, attempt_count = h.attempt_count + h.charge, snooze_count = j.snooze_count + h.snooze,
        run_at = CASE WHEN h.place IS NULL THEN h.due_at ELSE j.run_at END,
        counted_from = CASE WHEN h.snooze > 0 THEN h.due_at ELSE j.counted_from END,
        progress = coalesce(h.progress, j.progress),
        last_error = coalesce(h.error_type || ': ' || h.error_message, j.last_error),
        fingerprint = coalesce(h.fingerprint, j.fingerprint), host = NULL, claimed_at = NULL
    FROM held h WHERE j.id = h.id AND (j.application = $1) IS TRUE
), noted AS (
    INSERT INTO dawam_attempt ({attempt_columns})
    SELECT id, application, fence, attempt_count + 1, host, started_at, ended_at, error_type, error_message, traceback
    FROM held WHERE charge > 0
    ON CONFLICT DO NOTHING
)
SELECT {ids_unless_all} FROM held;

-- name: complete_kept
-- Moves one job that succeeded to history on somebody's own connection; answers with a row if it was claimed under that
-- fence.
WITH ended AS (
    DELETE FROM dawam_job
    WHERE id = $1::uuid AND application = $2::text AND fence = $3::bigint AND host IS NOT NULL
    RETURNING *
)
INSERT INTO dawam_finished ({as_it_was}, {as_it_ended})
SELECT {as_it_was}, 'succeeded', fence, attempt_count, crash_count, lost_count, $4::bigint, coalesce($5::text, progress),
    last_error, $6::text, NULL
FROM ended
RETURNING 1;

-- name: complete_removed
-- The same where jobs that succeed are not kept; the records of its attempts go with it.
WITH ended AS (
    DELETE FROM dawam_job
    WHERE id = $1::uuid AND application = $2::text AND fence = $3::bigint AND host IS NOT NULL
    RETURNING id
), forgotten AS (
    DELETE FROM dawam_attempt a USING ended WHERE a.job_id = ended.id AND a.application = $2::text
), silenced AS (
    DELETE FROM dawam_log l USING ended WHERE l.job_id = ended.id AND l.application = $2::text
)
SELECT 1 FROM ended;

-- name: spoil
-- Fails, so that nothing of the transaction around it can be committed.
SELECT 1 / 0;

-- name: hold_claim
-- Answers with a row if a job is running under a fence, and locks it; nobody waits for a transaction that has settled
-- it and is still open.
SELECT 1 FROM dawam_job WHERE id = $1 AND application = $2 AND fence = $3 AND host IS NOT NULL FOR UPDATE SKIP LOCKED;

-- name: ends_of
-- Whether a job is running under a fence, and under which one it was settled last; no row where it is gone.
SELECT fence = $3 AND host IS NOT NULL, settled_fence FROM dawam_job WHERE id = $1 AND application = $2
UNION ALL
SELECT false, settled_fence FROM dawam_finished WHERE id = $1 AND application = $2;

-- name: stands
-- Part of others: the state of an unfinished job.
CASE WHEN host IS NULL THEN place ELSE 'running' END;

-- name: shown
-- Part of others: an unfinished job as people see it.
id, {stands}, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
snooze_count, created_at, first_due_at, run_at, cancel_requested, host, claimed_at, NULL::bigint, parent, progress,
NULL::text, last_error, fingerprint;

-- name: running
-- Part of others: the jobs that hosts run, found by what they claimed.
dawam_claim c
CROSS JOIN LATERAL unnest(c.ids, c.fences) AS k (id, fence)
JOIN dawam_job j ON j.id = k.id AND (j.application = c.application) IS TRUE AND j.fence = k.fence AND j.host = c.host;

-- name: running_ids
-- Part of others: the ids of the running jobs.
SELECT j.id FROM {running} WHERE c.application = :application;

-- name: claim_of
-- What is needed to judge one settlement; nobody else changes the job until the transaction is over.
SELECT {stands}, fence, settled_fence, cancel_requested, host, attempt_count, cancel_reason
FROM dawam_job WHERE id = $1 AND application = $2 FOR UPDATE;

-- name: hold_expired
-- Answers with a row if a job waits and has expired, and locks it.
SELECT 1 FROM dawam_job WHERE id = $1 AND application = $2 AND host IS NULL AND expires_at <= $3 FOR UPDATE;

-- name: settled_fence_of_finished
-- Under which fence a finished job was settled.
SELECT settled_fence FROM dawam_finished WHERE id = $1 AND application = $2;

-- name: keep_finished
-- Copies a job that failed or was cancelled to history, charged or not; the caller removes it next.
INSERT INTO dawam_finished ({as_it_was}, {as_it_ended})
SELECT {as_it_was}, $2, $3, attempt_count + $4, crash_count + $10, lost_count + $5, $6, coalesce($7, progress),
    coalesce($8, last_error), $11::text, CASE $2 WHEN 'failed' THEN coalesce($12, fingerprint) END
FROM dawam_job WHERE id = $1 AND application = $9;

-- name: remove_job
-- Takes a job out of the hot table.
DELETE FROM dawam_job WHERE id = $1 AND application = $2;

-- name: reschedule_claimed
-- Puts a running job back among the waiting: retried, snoozed, parked or handed back.
UPDATE dawam_job
SET place = $2, settled_fence = $3, attempt_count = attempt_count + $4, snooze_count = snooze_count + $5,
    run_at = coalesce($6, run_at), counted_from = coalesce($7, counted_from),
    progress = coalesce($8, progress), last_error = coalesce($9, last_error),
    fingerprint = coalesce($11, fingerprint), host = NULL, claimed_at = NULL
WHERE id = $1 AND application = $10;

-- name: add_attempt
-- Records an attempt that failed, or was lost with its host.
INSERT INTO dawam_attempt ({attempt_columns}) VALUES ($1, $10, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: claims_of_host
-- What the store believes that a host is running.
SELECT j.id, j.fence, j.claimed_at FROM {running} WHERE c.application = $1 AND c.host = $2 ORDER BY j.id;

-- name: register_host
-- Adds a host with a lease that starts now.
INSERT INTO dawam_host (
    application, id, boot_id, lease_until, is_stopping, process_id, machine, queues, job_names, concurrency, version,
    started_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (application, id) DO UPDATE SET
    boot_id = excluded.boot_id, lease_until = excluded.lease_until, is_stopping = excluded.is_stopping,
    process_id = excluded.process_id, machine = excluded.machine, queues = excluded.queues,
    job_names = excluded.job_names, concurrency = excluded.concurrency, version = excluded.version,
    started_at = excluded.started_at, command = excluded.command;

-- name: extend_lease
-- Moves the end of a lease, and answers what is wanted of the host; no row means that it was declared dead.
UPDATE dawam_host SET lease_until = $4 WHERE application = $1 AND id = $2 AND boot_id = $3 RETURNING command;

-- name: command_host
-- Notes what is wanted of a host, unless it is ending already.
UPDATE dawam_host SET command = $3, is_stopping = $4
WHERE application = $1 AND id = $2 AND command <> 'stop';

-- name: mark_stopping
-- From now on the host claims nothing, and takes no other word.
UPDATE dawam_host SET is_stopping = 1, command = 'stop' WHERE application = $1 AND id = $2;

-- name: select_of_host
-- What a host that is given up still runs.
SELECT j.id, j.fence, j.settled_fence, j.host, j.claimed_at, j.attempt_count, j.lost_count, j.crash_count, j.cancel_requested,
       j.cancel_reason
FROM {running} WHERE c.application = $1 AND c.host = $2 ORDER BY j.id FOR UPDATE OF j;

-- name: hand_back
-- Makes ready again, uncharged, what a host that is gone had claimed.
UPDATE dawam_job SET place = 'ready', host = NULL, claimed_at = NULL WHERE id = ANY ($1) AND application = $2;

-- name: remove_host
-- Ends a host's lease for good.
DELETE FROM dawam_host WHERE application = $1 AND id = $2;

-- name: dead_hosts
-- Hosts whose lease has lapsed. They are locked, so that none revives while it is given up; one that is just
-- extending its lease is left alone.
SELECT id FROM dawam_host WHERE application = $1 AND (boot_id <> $2 OR lease_until <= $3) ORDER BY id
FOR UPDATE SKIP LOCKED;

-- name: select_orphans
-- Running jobs whose owner is not in the list of hosts any more: also those whose claim committed after their host had
-- been given up. Hosts with a lapsed lease are removed first, and one that revives meanwhile keeps its jobs. Claims are
-- judged before their jobs are looked at: every host asks this every few seconds, and nearly always there is nothing.
WITH orphaned AS MATERIALIZED (
    SELECT c.* FROM dawam_claim c
    WHERE c.application = $1 AND NOT EXISTS (SELECT 1 FROM dawam_host h WHERE h.application = $1 AND h.id = c.host)
)
SELECT j.id, j.fence, j.settled_fence, j.host, j.claimed_at, j.attempt_count, j.lost_count, j.crash_count,
       j.cancel_requested, j.cancel_reason
FROM orphaned c
CROSS JOIN LATERAL unnest(c.ids, c.fences) AS k (id, fence)
JOIN dawam_job j ON j.id = k.id AND j.application = c.application AND j.fence = k.fence AND j.host = c.host
WHERE $2::text IS NOT NULL AND $3::bigint IS NOT NULL -- what a lease is judged by, which needs no judging here
ORDER BY c.host, j.id
LIMIT $4
FOR UPDATE OF j SKIP LOCKED;

-- name: ready_again
-- Takes a job back that was lost or crashed; its fence stays, so the lost attempt can settle nothing once the job is
-- claimed again, and nothing before, because the job is no longer running.
UPDATE dawam_job
SET place = 'ready', lost_count = lost_count + $4, crash_count = crash_count + $5, host = NULL, claimed_at = NULL,
    last_error = $2, fingerprint = $6
WHERE id = $1 AND application = $3;

-- name: list_hosts
-- Every host with what it is doing.
SELECT id, process_id, machine, queues, job_names, concurrency, version, started_at, is_stopping,
       boot_id = $2 AND lease_until > $3, CASE WHEN boot_id = $2 AND lease_until <= $3 THEN $3 - lease_until END,
       (SELECT count(*) FROM {running} WHERE c.application = $1 AND c.host = dawam_host.id), command
FROM dawam_host WHERE application = $1 ORDER BY started_at, id;

-- name: promote_due
-- Makes the earliest scheduled jobs ready whose time has come; those that somebody else just moves are left to them.
UPDATE dawam_job SET place = 'ready'
WHERE application = $1 AND id = ANY (ARRAY(
    SELECT id FROM dawam_job WHERE place = 'scheduled' AND application = $1 AND run_at <= $2
    ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
));

-- name: next_run_at
-- When the next scheduled job is due.
SELECT min(run_at) FROM dawam_job WHERE place = 'scheduled' AND application = $1;

-- name: select_outlived
-- The oldest finished jobs of one kind that are strictly older than their retention, each with its end before it.
SELECT finished_at, id FROM dawam_finished
WHERE application = $1 AND state = $2 AND finished_at < $3
ORDER BY finished_at, id LIMIT $4;

-- name: remove_finished
-- Deletes some finished jobs.
DELETE FROM dawam_finished WHERE id = ANY ($1) AND application = $2;

-- name: remove_attempts
-- Deletes the records of the attempts of some jobs.
DELETE FROM dawam_attempt WHERE job_id = ANY ($1) AND application = $2;

-- name: remove_logs
-- Deletes what some jobs logged.
DELETE FROM dawam_log WHERE job_id = ANY ($1) AND application = $2;

-- name: is_there
-- Part of others: whether a job is there at all.
(
    EXISTS (SELECT 1 FROM dawam_job WHERE id = $1 AND application = $2)
    OR EXISTS (SELECT 1 FROM dawam_finished WHERE id = $1 AND application = $2)
);

-- name: keep_log
-- Keeps what an attempt logged, in the place of what was kept of it before, as long as its job is there.
INSERT INTO dawam_log (job_id, application, fence, attempt, host, missing, lines)
SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {is_there}
ON CONFLICT (job_id, application, fence) DO UPDATE SET missing = excluded.missing, lines = excluded.lines;

-- name: forget_logs
-- Deletes of what one job logged that of one claim, and of all up to another one; all of it when the job is gone.
DELETE FROM dawam_log
WHERE job_id = $1 AND application = $2 AND (fence = $3 OR fence <= $4 OR NOT {is_there});

-- name: note_progress
-- Keeps what a running job says of itself, as long as this host runs it under that fence.
UPDATE dawam_job SET progress = $5 WHERE id = $1 AND application = $2 AND host = $3 AND fence = $4;

-- name: cancel_orders
-- Running jobs of one host that somebody asked to cancel, from an index of the few that anybody did.
SELECT id FROM dawam_job WHERE cancel_requested = 1 AND application = $1 AND host = $2;

-- name: paused_queues
-- The queues from which nothing is claimed.
SELECT queue FROM dawam_paused_queue WHERE application = $1 ORDER BY queue;

-- name: pause_queue
-- Stops claims from one queue.
INSERT INTO dawam_paused_queue (application, queue) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: resume_queue
-- Lets claims from one queue go on.
DELETE FROM dawam_paused_queue WHERE application = $1 AND queue = $2;

-- name: queue_limits
-- How many jobs of a queue people allow in each process.
SELECT queue, jobs FROM dawam_queue_limit WHERE application = $1;

-- name: limit_queue
-- Allows so many from now on.
INSERT INTO dawam_queue_limit (application, queue, jobs) VALUES ($1, $2, $3)
ON CONFLICT (application, queue) DO UPDATE SET jobs = excluded.jobs;

-- name: unlimit_queue
-- Allows as many as the settings do.
DELETE FROM dawam_queue_limit WHERE application = $1 AND queue = $2;

-- name: get_job
-- One job that is not finished.
SELECT {shown} FROM dawam_job WHERE id = $1 AND application = $2;

-- name: get_finished
-- One job that is finished.
SELECT id, state, queue, name, args, args_version, headers, tags, rank, fence, attempt_count, crash_count, lost_count,
       snooze_count, created_at, first_due_at, run_at, 0, host, claimed_at, finished_at, parent, progress, result,
       last_error, fingerprint
FROM dawam_finished WHERE id = $1 AND application = $2;

-- name: chosen
-- Part of others: what of a `JobFilter` holds for jobs in every state. What is not said is NULL.
(:name::text IS NULL OR name = :name) AND (:queue::text IS NULL OR queue = :queue)
  AND (:rank::bigint IS NULL OR rank = :rank) AND (:host::text IS NULL OR host = :host)
  AND (:error::text IS NULL OR strpos(last_error, :error) > 0)
  AND (:fingerprint::text IS NULL OR fingerprint = :fingerprint)
  AND (:tag::text IS NULL OR (tags <> '' AND :tag IN (SELECT json_array_elements_text(tags::json))))
  AND (:args_steps::text IS NULL OR CASE
        WHEN args_encoding = 'json' AND strpos(convert_from(args, 'UTF8'), '\u0000') = 0 THEN :args_value = coalesce(
            convert_from(args, 'UTF8')::json #>> ARRAY(SELECT json_array_elements_text(:args_steps::json)),
            (convert_from(args, 'UTF8')::json #> ARRAY(SELECT json_array_elements_text(:args_steps::json)))::text)
        ELSE false END)
  AND attempt_count >= :attempts_from AND run_at >= :due_from AND run_at < :due_before
  AND created_at >= :created_from AND created_at < :created_before;

-- name: chosen_finished
-- A part of others: the same for finished jobs.
finished_at >= :finished_from AND finished_at < :finished_before
  AND (:took::bigint IS NULL OR finished_at - claimed_at >= :took) AND {chosen};

-- name: ready_queues
-- The queues that have ready jobs, by one step of the index for each.
WITH RECURSIVE step (queue) AS (
    SELECT min(queue) FROM dawam_job WHERE place = 'ready' AND application = :application
    UNION ALL
    SELECT (SELECT min(queue) FROM dawam_job WHERE place = 'ready' AND application = :application AND queue > step.queue)
    FROM step WHERE step.queue IS NOT NULL
)
SELECT queue FROM step WHERE queue IS NOT NULL;

-- name: behind_ready
-- Part of others: due jobs of one queue, behind one of them in claim order.
place = 'ready' AND host IS NULL AND application = :application AND queue = :lane
  AND (rank, attempt_count, run_at, id) > (:after_rank, :after_attempts, :after_moment, :after);

-- name: list_ready
-- Due jobs of one queue in claim order, between two of them.
SELECT {shown} FROM dawam_job
WHERE {behind_ready} AND (rank, attempt_count, run_at, id) <= (:until_rank, :until_attempts, :until_moment, :until)
  AND {chosen}
ORDER BY rank, attempt_count, run_at, id LIMIT :limit;

-- name: end_of_ready
-- Where a look at so many due jobs of one queue ends; nothing where there are fewer.
SELECT rank, attempt_count, run_at, id FROM dawam_job WHERE {behind_ready}
ORDER BY rank, attempt_count, run_at, id LIMIT 1 OFFSET :within;

-- name: list_scheduled
-- Jobs that are not due, by due time, between two of them.
SELECT {shown} FROM dawam_job
WHERE place = 'scheduled' AND application = :application AND (run_at, id) > (:after_moment, :after)
  AND (run_at, id) <= (:until_moment, :until) AND {chosen}
ORDER BY run_at, id LIMIT :limit;

-- name: end_of_scheduled
-- Where a look at so many jobs that are not due ends.
SELECT 0, 0, run_at, id FROM dawam_job
WHERE place = 'scheduled' AND application = :application AND (run_at, id) > (:after_moment, :after)
ORDER BY run_at, id LIMIT 1 OFFSET :within;

-- name: list_parked
-- Parked jobs, by due time, between two of them.
SELECT {shown} FROM dawam_job
WHERE place = 'parked' AND application = :application AND (run_at, id) > (:after_moment, :after)
  AND (run_at, id) <= (:until_moment, :until) AND {chosen}
ORDER BY run_at, id LIMIT :limit;

-- name: end_of_parked
-- Where a look at so many parked jobs ends.
SELECT 0, 0, run_at, id FROM dawam_job
WHERE place = 'parked' AND application = :application AND (run_at, id) > (:after_moment, :after)
ORDER BY run_at, id LIMIT 1 OFFSET :within;

-- name: list_running
-- Running jobs, in order of id, behind one of them.
SELECT {shown} FROM dawam_job
WHERE id IN ({running_ids}) AND host IS NOT NULL AND application = :application AND id > :after AND {chosen}
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
-- Jobs whose id lies between two, or is among the newest and ends with some digits.
SELECT id FROM dawam_job WHERE application = :application AND id BETWEEN :lowest AND :highest
UNION
SELECT id FROM dawam_finished WHERE application = :application AND id BETWEEN :lowest AND :highest
UNION
SELECT id FROM (SELECT id FROM dawam_job WHERE application = :application ORDER BY id DESC LIMIT :newest) live WHERE right(replace(id::text, '-', ''), :tail::integer) = :part
UNION
SELECT id FROM (SELECT id FROM dawam_finished WHERE application = :application ORDER BY id DESC LIMIT :newest) finished WHERE right(replace(id::text, '-', ''), :tail::integer) = :part
ORDER BY 1 LIMIT :limit;

-- name: ids_of_live
-- The ids of unfinished jobs that are meant, between two of them; each as the place behind which to go on.
SELECT 0, id FROM dawam_job
WHERE application = :application AND id > :after AND id <= :until AND {stands} IN (SELECT json_array_elements_text(:states::json)) AND {chosen}
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
WHERE application = :application AND id = ANY (:keys)
  AND {stands} IN (SELECT json_array_elements_text(:states::json)) AND {chosen};

-- name: still_finished
-- Those of some finished jobs that are meant.
SELECT id FROM dawam_finished
WHERE application = :application AND id = ANY (:keys)
  AND state IN (SELECT json_array_elements_text(:states::json)) AND {chosen_finished};

-- name: count_of_live
-- How many unfinished jobs are meant, between two of them.
SELECT count(*) FROM dawam_job
WHERE application = :application AND id > :after AND id <= :until AND {stands} IN (SELECT json_array_elements_text(:states::json)) AND {chosen};

-- name: count_of_finished
-- How many finished jobs of one state are meant, between two of them.
SELECT count(*) FROM dawam_finished
WHERE {behind_finished} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished};

-- name: count_of_finished_by_error
-- The same for one fingerprint.
SELECT count(*) FROM dawam_finished
WHERE {behind_finished_by_error} AND (finished_at, id) >= (:until_moment, :until) AND {chosen_finished};

-- name: count_live
-- How many unfinished jobs are in each place, no further than a limit (NULL: none). A scheduled job with attempts behind
-- it is retrying. Running ones still have their entries among those of ready ones, which alone are read.
WITH running AS MATERIALIZED (SELECT count(*) FROM {running} WHERE c.application = $1)
SELECT 'due', least((
    SELECT count(*) FROM (
        SELECT 1 FROM dawam_job WHERE place = 'ready' AND application = $1
        ORDER BY queue, rank, attempt_count, run_at, id LIMIT $2::bigint + (SELECT count FROM running)
    ) AS ready
) - count, $2) FROM running
UNION ALL
SELECT CASE WHEN attempt_count > 0 THEN 'retrying' ELSE 'scheduled' END, count(*)
FROM (SELECT attempt_count FROM dawam_job WHERE place = 'scheduled' AND application = $1 LIMIT $2::bigint) AS later
GROUP BY 1
UNION ALL
SELECT 'parked', count(*)
FROM (SELECT 1 FROM dawam_job WHERE place = 'parked' AND application = $1 LIMIT $2::bigint) AS parked
UNION ALL
SELECT 'running', least(count, $2) FROM running;

-- name: count_finished
-- How many finished jobs there are of each kind, no further than a limit.
SELECT 'succeeded', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'succeeded' AND application = $1 LIMIT $2::bigint) AS succeeded
UNION ALL
SELECT 'failed', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'failed' AND application = $1 LIMIT $2::bigint) AS failed
UNION ALL
SELECT 'cancelled', count(*)
FROM (SELECT 1 FROM dawam_finished WHERE state = 'cancelled' AND application = $1 LIMIT $2::bigint) AS cancelled;

-- name: running_of_queues
-- Part of others: how many jobs of each queue are running. Their entries are still among those of ready ones in the index.
SELECT j.queue, count(*) AS count FROM {running} WHERE c.application = :application GROUP BY j.queue;

-- name: count_due
-- How many jobs are due in each queue, no further than a limit (NULL: none), and since when the first has been. One step
-- of the index leads from each queue, rank and number of attempts to the next, where the oldest of them comes first.
WITH RECURSIVE step (queue, rank, attempt_count, run_at) AS (
    (SELECT queue, rank, attempt_count, run_at FROM dawam_job
     WHERE place = 'ready' AND host IS NULL AND application = :application
     ORDER BY queue, rank, attempt_count, run_at, id LIMIT 1)
    UNION ALL
    SELECT next.* FROM step, LATERAL (
        SELECT j.queue, j.rank, j.attempt_count, j.run_at FROM dawam_job j
        WHERE j.place = 'ready' AND j.host IS NULL AND j.application = :application
          AND (j.queue, j.rank, j.attempt_count) > (step.queue, step.rank, step.attempt_count)
        ORDER BY j.queue, j.rank, j.attempt_count, j.run_at, j.id LIMIT 1
    ) next
), lane AS (
    SELECT queue, min(run_at) AS oldest FROM step GROUP BY queue
), running AS MATERIALIZED ({running_of_queues})
SELECT queue, least((
    SELECT count(*) FROM (
        SELECT 1 FROM dawam_job j
        WHERE j.place = 'ready' AND j.application = :application AND j.queue = lane.queue
        ORDER BY j.rank, j.attempt_count, j.run_at, j.id LIMIT :at_most::bigint + coalesce(running.count, 0)
    ) ready
) - coalesce(running.count, 0), :at_most), oldest FROM lane LEFT JOIN running USING (queue);

-- name: count_others
-- How many jobs of each queue are scheduled, parked or running, where so many of each are looked at (NULL: all).
SELECT queue, 'scheduled', count(*) FROM (
    SELECT queue FROM dawam_job WHERE place = 'scheduled' AND application = :application LIMIT :at_most::bigint
) later GROUP BY 1
UNION ALL
SELECT queue, 'parked', count(*) FROM (
    SELECT queue FROM dawam_job WHERE place = 'parked' AND application = :application LIMIT :at_most::bigint
) parked GROUP BY 1
UNION ALL
SELECT queue, 'running', count(*) FROM (
    SELECT queue FROM dawam_job WHERE id IN ({running_ids}) AND host IS NOT NULL AND application = :application
    LIMIT :at_most::bigint
) running GROUP BY 1;

-- name: ready_names
-- Which names are ready in one queue, among its first ones (NULL: all).
SELECT name, queue, count(*) FROM (
    SELECT name, queue FROM dawam_job
    WHERE place = 'ready' AND host IS NULL AND application = $1 AND queue = $2 LIMIT $3::bigint
) AS first GROUP BY name, queue;

-- name: later_names
-- Which names wait in which queues for their time, or for a host that knows them, among the first ones.
SELECT name, queue, count(*) FROM (
    (SELECT name, queue FROM dawam_job WHERE place = 'scheduled' AND application = $1 LIMIT $2::bigint)
    UNION ALL
    (SELECT name, queue FROM dawam_job WHERE place = 'parked' AND application = $1 LIMIT $2::bigint)
) AS first GROUP BY name, queue;

-- name: oldest
-- Since when the first due job has been due, and when the oldest finished one finished.
SELECT
    (SELECT min(run_at) FROM dawam_job WHERE place = 'ready' AND host IS NULL AND application = $1),
    (SELECT min(finished_at) FROM dawam_finished WHERE application = $1);

-- name: count_attempts
-- How many records of failed attempts there are, and of how many attempts it is kept what they logged.
SELECT (SELECT count(*) FROM dawam_attempt WHERE application = $1), (SELECT count(*) FROM dawam_log WHERE application = $1);

-- name: count_workers
-- How many workers there are, and how many records of their ticks.
SELECT (SELECT count(*) FROM dawam_worker WHERE application = $1), (SELECT count(*) FROM dawam_tick WHERE application = $1);

-- name: other_applications
-- Who else has something in the file.
SELECT application FROM dawam_job WHERE application <> $1
UNION SELECT application FROM dawam_finished WHERE application <> $1
UNION SELECT application FROM dawam_host WHERE application <> $1
UNION SELECT application FROM dawam_worker WHERE application <> $1
UNION SELECT application FROM dawam_tick WHERE application <> $1
ORDER BY 1;

-- name: list_attempts
-- The failed attempts of one job, oldest first.
SELECT job_id, fence, attempt, host, started_at, ended_at, error_type, error_message, traceback
FROM dawam_attempt WHERE job_id = $1 AND application = $2 ORDER BY fence;

-- name: list_logs
-- What was kept of what one job logged, oldest first.
SELECT fence, attempt, host, missing, lines FROM dawam_log WHERE job_id = $1 AND application = $2 ORDER BY fence;

-- name: request_cancel
-- Notes that a running job is to be cancelled.
UPDATE dawam_job SET cancel_requested = 1, cancel_reason = $3 WHERE id = $1 AND application = $2 AND host IS NOT NULL;

-- name: retry_waiting
-- Makes a waiting job ready now, with fresh counters.
UPDATE dawam_job
SET place = 'ready', run_at = $3, counted_from = $3, attempt_count = 0, crash_count = 0, lost_count = 0, snooze_count = 0,
    cancel_requested = 0, expires_at = NULL, progress = NULL
WHERE id = $1 AND application = $2 AND (place IN ('ready', 'scheduled', 'parked')) IS TRUE AND host IS NULL;

-- name: revive_finished
-- Brings a finished job back under its id and fence, with fresh counters, and removes the old row.
WITH gone AS (
    DELETE FROM dawam_finished WHERE id = $1 AND application = $2 RETURNING *
)
INSERT INTO dawam_job (
    id, application, place, queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, counted_from, run_at, expires_at, last_error, parent, batch, limit_key,
    fingerprint
)
SELECT id, application, 'ready', queue, name, args, args_encoding, args_version, headers, tags, rank, fence, settled_fence,
    created_at, first_due_at, $3, $3, NULL, last_error, parent, batch, limit_key, fingerprint
FROM gone;

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
WHERE application = $1 AND name IN (SELECT json_array_elements_text($2::json)) AND place IN (SELECT json_array_elements_text($3::json));

-- name: workers_named
-- All rows of one name.
SELECT {worker_columns} FROM dawam_worker WHERE application = $1 AND name = $2 ORDER BY place;

-- name: workers_of_host
-- The rows that are a host's own. 
SELECT {worker_columns} FROM dawam_worker WHERE application = $1 AND place = $2 AND place <> '' ORDER BY name;

-- name: workers_running_on
-- The rows whose tick a host is running.
SELECT {worker_columns} FROM dawam_worker WHERE application = $1 AND host = $2 ORDER BY name, place;

-- name: workers_running_nowhere
-- The rows whose tick is said to run on a host without a live lease: also on one that is not registered at all.
SELECT {worker_columns} FROM dawam_worker
WHERE application = :application AND host IS NOT NULL AND host NOT IN ({live_hosts})
ORDER BY name, place LIMIT :limit;

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
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35
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
DELETE FROM dawam_worker WHERE application = $1 AND name = $2 AND place = $3;

-- name: remove_ticks
-- Deletes the records of a name that has no row any more.
DELETE FROM dawam_tick
WHERE application = $1 AND worker = $2
  AND NOT EXISTS (SELECT 1 FROM dawam_worker WHERE application = $1 AND name = $2);

-- name: keep_fence
-- Notes the fence of a row that is deleted.
INSERT INTO dawam_last_fence (application, fence) VALUES ($1, $2)
ON CONFLICT (application) DO UPDATE SET fence = greatest(dawam_last_fence.fence, excluded.fence);

-- name: last_fence
-- The largest fence of the rows that were deleted.
SELECT fence FROM dawam_last_fence WHERE application = $1;

-- name: select_wishes
-- What people want of workers of some names.
SELECT name, is_paused, schedule FROM dawam_wish
WHERE application = $1 AND name IN (SELECT json_array_elements_text($2::json));

-- name: keep_wish
-- Notes what a person wants of a worker.
INSERT INTO dawam_wish (application, name, is_paused, schedule) VALUES ($1, $2, $3, $4)
ON CONFLICT (application, name) DO UPDATE SET is_paused = excluded.is_paused, schedule = excluded.schedule;

-- name: remove_wish
-- Nobody wants anything of a worker any more.
DELETE FROM dawam_wish WHERE application = $1 AND name = $2;

-- name: is_registered
-- Whether a host is in the list, with a live lease or a lapsed one.
SELECT 1 FROM dawam_host WHERE application = $1 AND id = $2;

-- name: select_declarations
-- What live hosts declare under some names, and what one host does, live or not.
SELECT host, worker, place, definition FROM dawam_declaration
WHERE application = :application AND worker IN (SELECT json_array_elements_text(:names::json))
  AND (host = :host OR host IN ({live_hosts}));

-- name: is_declared
-- Whether any live host declares a name.
SELECT 1 FROM dawam_declaration WHERE application = :application AND worker = :name AND host IN ({live_hosts}) LIMIT 1;

-- name: declare
-- Notes that a host's code has a worker.
INSERT INTO dawam_declaration (host, worker, place, definition, application) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (application, host, worker) DO UPDATE SET place = excluded.place, definition = excluded.definition;

-- name: withdraw
-- A host's code has some workers no more.
DELETE FROM dawam_declaration
WHERE application = $1 AND host = $2 AND worker IN (SELECT json_array_elements_text($3::json));

-- name: withdraw_all
-- Forgets all that a host declared.
DELETE FROM dawam_declaration WHERE application = $1 AND host = $2;

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
WHERE application = $1 AND host = $2 ORDER BY name, place;

-- name: list_workers
-- Workers by name and place, behind one of them.
SELECT {worker_columns} FROM dawam_worker
WHERE application = $1 AND (name, place) > ($2, $3) ORDER BY name, place LIMIT $4;

-- name: add_tick
-- Records what became of a tick, under the next number of its name.
INSERT INTO dawam_tick (
    application, worker, number, place, outcome, planned_at, is_triggered, planned_until, moments, fence, host,
    started_at, ended_at, attempt_count, error_type, error_message, traceback, job_id
)
SELECT $1::text, $2::text, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
FROM dawam_tick WHERE application = $1 AND worker = $2;

-- name: trim_ticks
-- Deletes the oldest records of a name beyond how many are kept.
DELETE FROM dawam_tick
WHERE application = $1 AND worker = $2
  AND number <= (SELECT max(number) FROM dawam_tick WHERE application = $1 AND worker = $2) - $3;

-- name: list_ticks
-- The records of a name, newest first.
SELECT worker, place, outcome, planned_at, is_triggered, planned_until, moments, fence, host, started_at, ended_at,
       attempt_count, error_type, error_message, traceback, job_id
FROM dawam_tick WHERE application = $1 AND worker = $2 ORDER BY number DESC LIMIT $3;

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

-- name: durability_settings
-- What this session's commits are worth when the power fails.
SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes');

-- name: server_settings
-- How the server is set, where it matters to us.
SELECT name, setting FROM pg_settings
WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum', 'track_counts',
    'max_connections', 'superuser_reserved_connections', 'reserved_connections');

-- name: open_connections
-- How many sessions there are, in all databases.
SELECT sum(numbackends)::bigint FROM pg_stat_database;

-- name: table_sizes
-- How large each of our tables is, and about how many rows it holds, the largest first.
SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid), pg_stat_get_live_tuples(c.oid),
    pg_stat_get_dead_tuples(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r' AND starts_with(c.relname, 'dawam_')
ORDER BY pg_total_relation_size(c.oid) DESC, c.relname;

-- name: oldest_snapshot
-- Who holds the oldest snapshot by which rows of this database that are gone could still be seen. That of a vacuum
-- does not count.
SELECT holder, open_for, transaction_count FROM (
    SELECT 'process ' || pid || ' of ' || coalesce(usename, '?')
            || coalesce(' (' || nullif(concat_ws(', ', nullif(application_name, ''), state), '') || ')', '') AS holder,
        clock_timestamp() - xact_start AS open_for, greatest(age(backend_xmin), age(backend_xid)) AS transaction_count
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type IS DISTINCT FROM 'autovacuum worker'
    UNION ALL
    SELECT 'the prepared transaction ' || gid, clock_timestamp() - prepared, age(transaction) FROM pg_prepared_xacts
    WHERE database = current_database()
    UNION ALL
    SELECT 'the replication slot ' || slot_name, NULL, greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots
    UNION ALL
    SELECT 'the standby ' || application_name, NULL, age(backend_xmin) FROM pg_stat_replication
) AS holders WHERE transaction_count IS NOT NULL ORDER BY transaction_count DESC, open_for DESC NULLS LAST LIMIT 1;

-- name: backend
-- Which process of the server answers.
SELECT pg_backend_pid();

-- name: set_up
-- Sets what a session of ours is set to, for the session or for one transaction.
SELECT set_config(name, value, $3) FROM unnest($1::text[], $2::text[]) AS setting (name, value);

-- name: lock_migrations
-- Whoever migrates does so alone, until the transaction is over; a process that dies holds up nobody.
SELECT pg_advisory_xact_lock(hashtextextended('dawam migrations of ' || $1, 0));

-- name: make_schema
-- Part of scripts, with the schema's name: makes it where it is missing, which asks for no right where it is there.
DO $$ BEGIN IF to_regnamespace($1) IS NULL THEN EXECUTE 'CREATE SCHEMA ' || quote_ident($1); END IF; END $$;

-- name: require_version
-- Part of scripts, with a number: ends the transaction unless the tables are of that version.
DO $$ BEGIN
    IF (SELECT version FROM dawam_schema) IS DISTINCT FROM $1 THEN
        RAISE EXCEPTION 'the tables of Dawam are not of version $1, from which this leads on: see dawam store check';
    END IF;
END $$;

-- name: lock_measures
-- Part of adding measures up: one after another, until the transaction is over.
SELECT pg_advisory_xact_lock(hashtextextended('dawam measures of ' || $1, 0));

-- name: measure_columns
-- Part of others: the fields of Measure, in order.
at, span, name, queue, part, succeeded, failed, retried, cancelled, waits, runs, errors, due, oldest;

-- name: keep_measure
-- Puts a part there; the same one again changes nothing.
INSERT INTO dawam_measure ({measure_columns}, application) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15)
ON CONFLICT (application, span, at, name, queue, part) DO NOTHING;

-- name: save_measure
-- Writes a sum, new or changed.
INSERT INTO dawam_measure ({measure_columns}, application) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15)
ON CONFLICT (application, span, at, name, queue, part) DO UPDATE SET
    succeeded = excluded.succeeded, failed = excluded.failed, retried = excluded.retried,
    cancelled = excluded.cancelled, waits = excluded.waits, runs = excluded.runs, errors = excluded.errors,
    due = excluded.due, oldest = excluded.oldest;

-- name: remove_measure
-- Deletes one row.
DELETE FROM dawam_measure
WHERE application = $1 AND span = $2 AND at = $3 AND name = $4 AND queue = $5 AND part = $6;

-- name: measure_parts
-- What hosts put there before a moment and nobody has added up, oldest first.
SELECT {measure_columns} FROM dawam_measure WHERE application = $1 AND part <> '' AND at < $2 ORDER BY at LIMIT $3;

-- name: old_measures
-- The sums over one span that begin no later than a moment, oldest first.
SELECT {measure_columns} FROM dawam_measure
WHERE application = $1 AND span = $2 AND at <= $3 AND part = '' ORDER BY at LIMIT $4;

-- name: measure_at
-- The sum at one place.
SELECT {measure_columns} FROM dawam_measure
WHERE application = $1 AND span = $2 AND at = $3 AND name = $4 AND queue = $5 AND part = '';

-- name: select_measures
-- The sums over one span, and the parts that were not added up, between two moments; of one name, or one queue, if it is
-- said.
SELECT {measure_columns} FROM dawam_measure
WHERE application = :application AND span = :span AND at >= :since AND at < :until AND part = ''
  AND (:name::text IS NULL OR name = :name) AND (:queue::text IS NULL OR queue = :queue)
UNION ALL
SELECT {measure_columns} FROM dawam_measure
WHERE application = :application AND at >= :since AND at < :until AND part <> ''
  AND (:name::text IS NULL OR name = :name) AND (:queue::text IS NULL OR queue = :queue)
ORDER BY at, name, queue, part;

-- name: error_columns
-- Part of others: the fields of ErrorGroup, in order.
fingerprint, error_type, error_message, traceback, name, queue, job_id, first_seen_at, last_seen_at, mark, marked_at;

-- name: keep_error
-- Adds what a host saw of one error to its group; the newest occurrence stands for all.
INSERT INTO dawam_error (
    application, fingerprint, error_type, error_message, traceback, name, queue, job_id, first_seen_at, last_seen_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (application, fingerprint) DO UPDATE SET
    error_type = CASE WHEN {is_newer} THEN excluded.error_type ELSE dawam_error.error_type END,
    error_message = CASE WHEN {is_newer} THEN excluded.error_message ELSE dawam_error.error_message END,
    traceback = CASE WHEN {is_newer} THEN excluded.traceback ELSE dawam_error.traceback END,
    name = CASE WHEN {is_newer} THEN excluded.name ELSE dawam_error.name END,
    queue = CASE WHEN {is_newer} THEN excluded.queue ELSE dawam_error.queue END,
    job_id = CASE WHEN {is_newer} THEN excluded.job_id ELSE dawam_error.job_id END,
    first_seen_at = least(excluded.first_seen_at, dawam_error.first_seen_at),
    last_seen_at = greatest(excluded.last_seen_at, dawam_error.last_seen_at);

-- name: is_newer
-- Part of another: whether what is told now was seen no earlier than what is there.
excluded.last_seen_at >= dawam_error.last_seen_at;

-- name: forget_errors
-- Deletes the groups that were seen last before a moment.
DELETE FROM dawam_error WHERE application = $1 AND last_seen_at < $2;

-- name: list_errors
-- Those that were seen last come first.
SELECT {error_columns} FROM dawam_error WHERE application = $1 ORDER BY last_seen_at DESC, fingerprint LIMIT $2;

-- name: get_error
-- One group.
SELECT {error_columns} FROM dawam_error WHERE application = $1 AND fingerprint = $2;

-- name: mark_error
-- Notes what somebody thinks of a group.
UPDATE dawam_error SET mark = $3::text, marked_at = CASE WHEN $3::text <> '' THEN $4::bigint END WHERE application = $1 AND fingerprint = $2;

-- name: begin_action
-- Adds the record of what somebody is about to do.
INSERT INTO dawam_action (application, id, by, via, verb, subject, chosen, reason, asked_at, told_at, total)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (application, id) DO NOTHING;

-- name: forget_actions
-- Deletes the records of what was done before a moment.
DELETE FROM dawam_action WHERE application = $1 AND asked_at < $2;

-- name: tell_action
-- Notes how far something is.
UPDATE dawam_action SET total = $3, done = $4, changed = $5, told_at = $6 WHERE application = $1 AND id = $2;

-- name: action_is_stopping
-- Whether somebody asked to leave the rest as it is.
SELECT is_stopping FROM dawam_action WHERE application = $1 AND id = $2;

-- name: end_action
-- Notes that something is over, and how it went.
UPDATE dawam_action SET outcome = $3, done = $4, changed = $5, told_at = $6::bigint, ended_at = $6::bigint
WHERE application = $1 AND id = $2;

-- name: stop_action
-- Asks to leave the rest as it is.
UPDATE dawam_action SET is_stopping = 1 WHERE application = $1 AND id = $2 AND ended_at IS NULL;

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
SELECT {action_columns} FROM dawam_action WHERE application = $1 AND id = $2;

-- name: change_waiting
-- Changes what is said of a job that waits. A parked one stays parked, whenever it is due.
UPDATE dawam_job
SET queue = coalesce($3::text, queue), rank = coalesce($4::smallint, rank), run_at = coalesce($5::bigint, run_at),
    counted_from = coalesce($5::bigint, counted_from),
    place = CASE WHEN $5::bigint IS NULL OR place = 'parked' THEN place WHEN $5::bigint <= $6::bigint THEN 'ready' ELSE 'scheduled' END
WHERE id = $1 AND application = $2 AND host IS NULL;

-- name: set_args
-- Gives a job that waits other args.
UPDATE dawam_job SET args = $3, args_encoding = 'json', args_version = $4 WHERE id = $1 AND application = $2;

-- name: schema_table
-- Whether our tables are there at all.
SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2;

-- name: schema_version
-- Which version the tables have, and which code they need.
SELECT version, minimum_code_version FROM dawam_schema;

-- name: set_schema_version
-- Notes a migration that was applied. It stands in scripts as well, with its number.
UPDATE dawam_schema SET version = $1;
