-- Version 3: what people want to see and have done: which errors there were, how full queues were, who did what. Code
-- of version 2 goes on beside code of this version; what fails in it belongs to no group, and while it adds measures up
-- as well, longer spans of them count some twice.

-- of the last error
ALTER TABLE dawam_job ADD COLUMN fingerprint text COLLATE "C";
-- of jobs that failed
ALTER TABLE dawam_finished ADD COLUMN fingerprint text COLLATE "C";
-- JSON: fingerprint -> how many
ALTER TABLE dawam_measure ADD COLUMN errors text COLLATE "C" NOT NULL DEFAULT '{}';
-- the most jobs that were due at once
ALTER TABLE dawam_measure ADD COLUMN due bigint NOT NULL DEFAULT 0;
-- for how many microseconds one had been, at most
ALTER TABLE dawam_measure ADD COLUMN oldest bigint NOT NULL DEFAULT 0;

-- what somebody wants of it
ALTER TABLE dawam_host ADD COLUMN command text COLLATE "C" NOT NULL DEFAULT 'go on';

CREATE INDEX dawam_finished_error ON dawam_finished (application, fingerprint, state, finished_at, id)
WHERE fingerprint IS NOT NULL;

-- One row for every fingerprint, with its newest occurrence; how often there was one is in dawam_measure.
CREATE TABLE dawam_error (
    application   text   COLLATE "C" NOT NULL,
    fingerprint   text   COLLATE "C" NOT NULL,
    error_type    text   COLLATE "C" NOT NULL,
    error_message text   COLLATE "C" NOT NULL,
    traceback     text   COLLATE "C" NOT NULL,
    name          text   COLLATE "C" NOT NULL,            -- of the job
    queue         text   COLLATE "C" NOT NULL,
    job_id        uuid   NOT NULL,
    first_seen_at bigint NOT NULL,
    last_seen_at  bigint NOT NULL,
    mark          text   COLLATE "C" NOT NULL DEFAULT '', -- resolved or ignored, where somebody said so
    marked_at     bigint,
    PRIMARY KEY (application, fingerprint)
);

CREATE INDEX dawam_error_seen ON dawam_error (application, last_seen_at);

-- One row for everything that somebody did by hand, and for what is done to many jobs as long as it is under way.
CREATE TABLE dawam_action (
    application text     COLLATE "C" NOT NULL,
    id          uuid     NOT NULL,
    by          text     COLLATE "C" NOT NULL,
    via         text     COLLATE "C" NOT NULL,           -- dashboard, command line, code
    verb        text     COLLATE "C" NOT NULL,
    subject     text     COLLATE "C" NOT NULL,           -- to what it was done
    chosen      text     COLLATE "C",                    -- JSON: the filter, where it was done to all jobs that were meant
    reason      text     COLLATE "C" NOT NULL,
    asked_at    bigint   NOT NULL,
    told_at     bigint   NOT NULL,                       -- when something was last heard of it
    ended_at    bigint,
    outcome     text     COLLATE "C" NOT NULL DEFAULT '',
    total       bigint,
    done        bigint   NOT NULL DEFAULT 0,
    changed     bigint   NOT NULL DEFAULT 0,
    is_stopping smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (application, id)
);
