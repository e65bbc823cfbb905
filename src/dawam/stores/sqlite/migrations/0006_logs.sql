-- Version 6: what jobs log. Code of version 5 goes on beside code of this version; of a job that it deletes it may leave the
-- log behind.

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
