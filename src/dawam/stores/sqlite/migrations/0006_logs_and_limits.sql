-- Version 6: what jobs log, and how many jobs of a queue people allow. Code of version 5 goes on beside code of this version; it heeds no
-- such limit, and of a job that it deletes it may leave the log behind.

-- The last lines of the attempts that logged anything, written about once a second while they run.
CREATE TABLE dawam_log (
    job_id      BLOB    NOT NULL,
    application TEXT    NOT NULL,
    fence       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    host        TEXT    NOT NULL,
    missing     INTEGER NOT NULL, -- how many lines came before these
    lines       TEXT    NOT NULL, -- JSON: moment, level, logger and text of each
    PRIMARY KEY (job_id, application, fence)
) WITHOUT ROWID;

-- How many jobs of a queue may be in each process at once, where a person said so.
CREATE TABLE dawam_queue_limit (
    application TEXT NOT NULL,
    queue       TEXT NOT NULL,
    jobs        INTEGER NOT NULL,
    PRIMARY KEY (application, queue)
) WITHOUT ROWID;
