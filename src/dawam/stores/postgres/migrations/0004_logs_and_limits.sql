-- Version 4: what jobs log, and how many jobs of a queue people allow. Code of version 3 goes on beside code of this version; it heeds no
-- such limit, and of a job that it deletes it may leave the log behind.

-- The last lines of the attempts that logged anything, written about once a second while they run.
CREATE TABLE dawam_log (
    job_id      uuid    NOT NULL,
    application text    COLLATE "C" NOT NULL,
    fence       bigint  NOT NULL,
    attempt     integer NOT NULL,
    host        text    COLLATE "C" NOT NULL,
    missing     bigint  NOT NULL,             -- how many lines came before these
    lines       text    COLLATE "C" NOT NULL, -- JSON: moment, level, logger and text of each
    PRIMARY KEY (job_id, application, fence)
);

-- How many jobs of a queue may be in each process at once, where a person said so.
CREATE TABLE dawam_queue_limit (
    application text COLLATE "C" NOT NULL,
    queue       text COLLATE "C" NOT NULL,
    jobs        integer NOT NULL,
    PRIMARY KEY (application, queue)
);
