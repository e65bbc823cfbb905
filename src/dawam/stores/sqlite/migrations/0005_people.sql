-- Version 5: what people want to see and have done: which errors there were, how full queues were, who did what. Code
-- of version 4 goes on beside code of this version; what fails in it belongs to no group, and while it adds measures up
-- as well, longer spans of them count some twice.

-- of the last error
ALTER TABLE dawam_job ADD COLUMN fingerprint TEXT;
-- of jobs that failed
ALTER TABLE dawam_finished ADD COLUMN fingerprint TEXT;
-- JSON: fingerprint -> how many
ALTER TABLE dawam_measure ADD COLUMN errors TEXT NOT NULL DEFAULT '{}';
-- the most jobs that were due at once
ALTER TABLE dawam_measure ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
-- for how many microseconds one had been, at most
ALTER TABLE dawam_measure ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;

-- what somebody wants of it
ALTER TABLE dawam_host ADD COLUMN command TEXT NOT NULL DEFAULT 'go on';

CREATE INDEX dawam_finished_error ON dawam_finished (application, fingerprint, state, finished_at, id)
WHERE fingerprint IS NOT NULL;

-- One row for every fingerprint, with its newest occurrence; how often there was one is in dawam_measure.
CREATE TABLE dawam_error (
    application   TEXT    NOT NULL,
    fingerprint   TEXT    NOT NULL,
    error_type    TEXT    NOT NULL,
    error_message TEXT    NOT NULL,
    traceback     TEXT    NOT NULL,
    name          TEXT    NOT NULL,            -- of the job
    queue         TEXT    NOT NULL,
    job_id        BLOB    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    mark          TEXT    NOT NULL DEFAULT '', -- resolved or ignored, where somebody said so
    marked_at     INTEGER,
    PRIMARY KEY (application, fingerprint)
) WITHOUT ROWID;

CREATE INDEX dawam_error_seen ON dawam_error (application, last_seen_at);

-- One row for everything that somebody did by hand, and for what is done to many jobs as long as it is under way.
CREATE TABLE dawam_action (
    application TEXT    NOT NULL,
    id          BLOB    NOT NULL,
    by          TEXT    NOT NULL,
    via         TEXT    NOT NULL,            -- dashboard, command line, code
    verb        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,            -- to what it was done
    chosen      TEXT,                        -- JSON: the filter, where it was done to all jobs that were meant
    reason      TEXT    NOT NULL,
    asked_at    INTEGER NOT NULL,
    told_at     INTEGER NOT NULL,            -- when something was last heard of it
    ended_at    INTEGER,
    outcome     TEXT    NOT NULL DEFAULT '',
    total       INTEGER,
    done        INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    is_stopping INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (application, id)
) WITHOUT ROWID;

-- With these in it, jobs are counted without a look at their rows: the state of a partial index is asked for again.
DROP INDEX dawam_job_ready;
CREATE INDEX dawam_job_ready ON dawam_job (application, queue, rank, attempt_count, run_at, id, state)
WHERE state = 'ready';
DROP INDEX dawam_job_scheduled;
CREATE INDEX dawam_job_scheduled ON dawam_job (application, run_at, id, queue, attempt_count, state)
WHERE state = 'scheduled';
