-- The tables of version 1. Moments are whole microseconds since 1970; ids are the 16 bytes of a UUID.

-- Which steps were applied; one row. Code older than minimum_code_version refuses these tables.
CREATE TABLE dawam_schema (
    one                  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    version              INTEGER NOT NULL,
    minimum_code_version INTEGER NOT NULL
);

INSERT INTO dawam_schema (one, version, minimum_code_version) VALUES (1, 0, 1);

-- Jobs that are not finished. The partial indexes are the places of promises.md section 3: a claim reads the
-- ready ones in claim order, and rows scheduled for later are never in its way.
CREATE TABLE dawam_job (
    id               BLOB    NOT NULL,
    application      TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('ready', 'scheduled', 'parked', 'running')),
    queue            TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    args             BLOB    NOT NULL,
    args_encoding    TEXT    NOT NULL,
    args_version     INTEGER NOT NULL,
    headers          TEXT    NOT NULL DEFAULT '',
    tags             TEXT    NOT NULL DEFAULT '',
    rank             INTEGER NOT NULL,            -- minus the priority, so that all keys of a claim ascend
    fence            INTEGER NOT NULL DEFAULT 0,
    settled_fence    INTEGER NOT NULL DEFAULT 0,  -- tells a repeated settlement from a lost one
    attempt_count    INTEGER NOT NULL DEFAULT 0,
    crash_count      INTEGER NOT NULL DEFAULT 0,
    lost_count       INTEGER NOT NULL DEFAULT 0,
    snooze_count     INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    first_due_at     INTEGER NOT NULL,
    counted_from     INTEGER NOT NULL,            -- the give-up age counts from here
    run_at           INTEGER NOT NULL,
    expires_at       INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    cancel_reason    TEXT    NOT NULL DEFAULT '',
    host             TEXT,
    claimed_at       INTEGER,
    progress         TEXT,
    last_error       TEXT,
    parent           BLOB,
    batch            BLOB,
    limit_key        TEXT,
    blocked          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, application)
) WITHOUT ROWID;

CREATE INDEX dawam_job_ready ON dawam_job (application, queue, rank, attempt_count, run_at, id) WHERE state = 'ready';
CREATE INDEX dawam_job_scheduled ON dawam_job (application, run_at, id) WHERE state = 'scheduled';
CREATE INDEX dawam_job_parked ON dawam_job (application, name, args_version, id) WHERE state = 'parked';
CREATE INDEX dawam_job_running ON dawam_job (application, host, id) WHERE state = 'running';

-- Jobs that are finished, kept as history: they leave the hot table, so that it stays as small as the work.
CREATE TABLE dawam_finished (
    id               BLOB    NOT NULL,
    application      TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('succeeded', 'failed', 'cancelled')),
    queue            TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    args             BLOB    NOT NULL,
    args_encoding    TEXT    NOT NULL,
    args_version     INTEGER NOT NULL,
    headers          TEXT    NOT NULL,
    tags             TEXT    NOT NULL,
    rank             INTEGER NOT NULL,
    fence            INTEGER NOT NULL,
    settled_fence    INTEGER NOT NULL,
    attempt_count    INTEGER NOT NULL,
    crash_count      INTEGER NOT NULL,
    lost_count       INTEGER NOT NULL,
    snooze_count     INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    first_due_at     INTEGER NOT NULL,
    counted_from     INTEGER NOT NULL,
    run_at           INTEGER NOT NULL,
    expires_at       INTEGER,
    host             TEXT,
    claimed_at       INTEGER,
    finished_at      INTEGER NOT NULL,
    progress         TEXT,
    last_error       TEXT,
    result           TEXT,
    parent           BLOB,
    batch            BLOB,
    limit_key        TEXT,
    PRIMARY KEY (id, application)
) WITHOUT ROWID;

CREATE INDEX dawam_finished_age ON dawam_finished (application, state, finished_at, id);

-- One row for every attempt that failed or was lost with its host.
CREATE TABLE dawam_attempt (
    job_id        BLOB    NOT NULL,
    application   TEXT    NOT NULL,
    fence         INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    host          TEXT    NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER NOT NULL,
    error_type    TEXT    NOT NULL,
    error_message TEXT    NOT NULL,
    traceback     TEXT    NOT NULL,
    PRIMARY KEY (job_id, application, fence)
) WITHOUT ROWID;

-- One row for every process that runs jobs. Leases are measured on the clock of one boot of the machine.
CREATE TABLE dawam_host (
    application TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    boot_id     TEXT    NOT NULL,
    lease_until INTEGER NOT NULL,   -- microseconds of the boot clock
    is_stopping INTEGER NOT NULL DEFAULT 0,
    process_id  INTEGER NOT NULL,
    machine     TEXT    NOT NULL,
    queues      TEXT    NOT NULL,
    job_names   TEXT    NOT NULL,
    concurrency INTEGER NOT NULL,
    version     TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    PRIMARY KEY (application, id)
) WITHOUT ROWID;

CREATE TABLE dawam_paused_queue (
    application TEXT NOT NULL,
    queue       TEXT NOT NULL,
    PRIMARY KEY (application, queue)
) WITHOUT ROWID;
