-- Version 3: workers and recurring jobs, which code declares or people put there, and the records of their ticks. Code
-- of version 2 knows nothing of these tables and goes on beside code of this version.

-- One row for each worker; its place is empty where it ticks once in the cluster, else the host whose own it is.
CREATE TABLE dawam_worker (
    application          TEXT    NOT NULL,
    name                 TEXT    NOT NULL,
    place                TEXT    NOT NULL,
    schedule             TEXT    NOT NULL,            -- the declared one
    catch_up             INTEGER NOT NULL,
    jitter               INTEGER NOT NULL,            -- microseconds
    after_crash          TEXT    NOT NULL,
    kept_records         INTEGER NOT NULL,
    job                  TEXT,                        -- JSON; args in base64, which keeps every byte
    definition           TEXT    NOT NULL,            -- a digest of the seven above
    past_definitions     TEXT    NOT NULL,            -- JSON, the latest last
    chosen_schedule      TEXT,                        -- a person's, in the place of the declared one
    is_stored            INTEGER NOT NULL,
    is_paused            INTEGER NOT NULL,
    is_triggered         INTEGER NOT NULL,
    revision             INTEGER NOT NULL,
    next_at              INTEGER,
    planned_due_at       INTEGER,                     -- of next_at, later by the jitter
    due_at               INTEGER,                     -- when a tick may begin, as things are
    host                 TEXT,                        -- who runs a tick
    claimed_at           INTEGER,
    running_planned_at   INTEGER,
    running_is_triggered INTEGER NOT NULL,
    running_revision     INTEGER NOT NULL,
    fence                INTEGER NOT NULL,
    settled_fence        INTEGER NOT NULL,
    lost_count           INTEGER NOT NULL,
    tick_count           INTEGER NOT NULL,
    failure_count        INTEGER NOT NULL,
    last_outcome         TEXT,
    last_planned_at      INTEGER,
    last_started_at      INTEGER,
    last_ended_at        INTEGER,
    last_error           TEXT,
    orphaned_at          INTEGER,
    PRIMARY KEY (application, name, place)
) WITHOUT ROWID;

CREATE INDEX dawam_worker_due ON dawam_worker (application, due_at, name, place)
WHERE host IS NULL AND due_at IS NOT NULL;
CREATE INDEX dawam_worker_running ON dawam_worker (host) WHERE host IS NOT NULL;
CREATE INDEX dawam_worker_own ON dawam_worker (place) WHERE place <> '';

-- Which workers the code of each host has; they go with their host.
CREATE TABLE dawam_declaration (
    application TEXT NOT NULL,
    host        TEXT NOT NULL,
    worker      TEXT NOT NULL,
    place       TEXT NOT NULL,
    definition  TEXT NOT NULL,
    PRIMARY KEY (application, host, worker)
) WITHOUT ROWID;

CREATE INDEX dawam_declaration_worker ON dawam_declaration (application, worker, place, host, definition);

-- What became of ticks, numbered for each name; the newest are kept.
CREATE TABLE dawam_tick (
    application   TEXT    NOT NULL,
    worker        TEXT    NOT NULL,
    number        INTEGER NOT NULL,
    place         TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    planned_at    INTEGER NOT NULL,
    is_triggered  INTEGER NOT NULL,
    planned_until INTEGER,
    moments       INTEGER NOT NULL,   -- how many were planned: more than one of missed ones
    fence         INTEGER NOT NULL,
    host          TEXT    NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER NOT NULL,
    attempt_count INTEGER NOT NULL,
    error_type    TEXT    NOT NULL,
    error_message TEXT    NOT NULL,
    traceback     TEXT    NOT NULL,
    job_id        BLOB,
    PRIMARY KEY (application, worker, number)
) WITHOUT ROWID;

-- What people want of all rows of a name (to be paused, another schedule), for the rows that are not there yet.
CREATE TABLE dawam_wish (
    application TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    is_paused   INTEGER NOT NULL,
    schedule    TEXT,
    PRIMARY KEY (application, name)
) WITHOUT ROWID;

-- The largest fence of all workers that were ever deleted: a new row begins there, so that none is handed out twice.
CREATE TABLE dawam_last_fence (
    application TEXT    NOT NULL PRIMARY KEY,
    fence       INTEGER NOT NULL
) WITHOUT ROWID;
