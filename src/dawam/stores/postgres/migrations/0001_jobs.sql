-- The tables of version 1. Moments are whole microseconds since 1970, by the server's clock where the server stamps
-- them; dawam_jobs, the view at the end, shows them as moments. Texts sort by their bytes, whatever the database's
-- own collation is. Flags are 0 or 1.

-- Which steps were applied; one row. Code older than minimum_code_version refuses these tables.
CREATE TABLE dawam_schema (
    one                  smallint NOT NULL PRIMARY KEY CHECK (one = 1),
    version              integer  NOT NULL,
    minimum_code_version integer  NOT NULL
);

INSERT INTO dawam_schema (one, version, minimum_code_version) VALUES (1, 0, 1);

-- Jobs that are not finished. `place` says where a job waits; one that a host holds is running, and stays where it
-- waited. So a claim changes no column of an index, and is an update within the page (docs/decisions/0027): hence the
-- half-filled pages.
CREATE TABLE dawam_job (
    id               uuid     NOT NULL,
    application      text     COLLATE "C" NOT NULL,
    place            text     COLLATE "C" NOT NULL CHECK (place IN ('ready', 'scheduled', 'parked')),
    queue            text     COLLATE "C" NOT NULL,
    name             text     COLLATE "C" NOT NULL,
    args             bytea    NOT NULL,
    args_encoding    text     COLLATE "C" NOT NULL,
    args_version     integer  NOT NULL,
    headers          text     COLLATE "C" NOT NULL DEFAULT '',
    tags             text     COLLATE "C" NOT NULL DEFAULT '',
    rank             smallint NOT NULL,            -- minus the priority, so that all keys of a claim ascend
    fence            bigint   NOT NULL DEFAULT 0,
    settled_fence    bigint   NOT NULL DEFAULT 0,  -- tells a repeated settlement from a lost one
    attempt_count    integer  NOT NULL DEFAULT 0,
    crash_count      integer  NOT NULL DEFAULT 0,
    lost_count       integer  NOT NULL DEFAULT 0,
    snooze_count     integer  NOT NULL DEFAULT 0,
    created_at       bigint   NOT NULL,
    first_due_at     bigint   NOT NULL,
    counted_from     bigint   NOT NULL,            -- the give-up age counts from here
    run_at           bigint   NOT NULL,
    expires_at       bigint,
    cancel_requested smallint NOT NULL DEFAULT 0,
    cancel_reason    text     COLLATE "C" NOT NULL DEFAULT '',
    host             text     COLLATE "C",         -- who runs it
    claimed_at       bigint,
    progress         text     COLLATE "C",
    last_error       text     COLLATE "C",
    parent           uuid,
    batch            uuid,
    limit_key        text     COLLATE "C",
    blocked          smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (id, application)
) WITH (
    fillfactor = 45, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000
);

CREATE INDEX dawam_job_ready ON dawam_job (application, queue, rank, attempt_count, run_at, id) WHERE place = 'ready';
CREATE INDEX dawam_job_scheduled ON dawam_job (application, run_at, id) WHERE place = 'scheduled';
CREATE INDEX dawam_job_parked ON dawam_job (application, name, args_version, id) WHERE place = 'parked';
CREATE INDEX dawam_job_suspect ON dawam_job (application, rank, attempt_count, run_at, id) WHERE crash_count >= 2;
CREATE INDEX dawam_job_cancelled ON dawam_job (application, id) WHERE cancel_requested = 1;

-- What hosts took together, one row for each claim: the running jobs, without an index entry for each of them. A row
-- goes when none of its jobs is running under its fence any more.
CREATE TABLE dawam_claim (
    application text     COLLATE "C" NOT NULL,
    host        text     COLLATE "C" NOT NULL,
    number      bigint   NOT NULL,
    claimed_at  bigint   NOT NULL,
    ids         uuid[]   NOT NULL,
    fences      bigint[] NOT NULL,
    PRIMARY KEY (application, host, number)
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);

-- Jobs that are finished, kept as history: they leave the hot table, so that it stays as small as the work.
CREATE TABLE dawam_finished (
    id               uuid     NOT NULL,
    application      text     COLLATE "C" NOT NULL,
    state            text     COLLATE "C" NOT NULL CHECK (state IN ('succeeded', 'failed', 'cancelled')),
    queue            text     COLLATE "C" NOT NULL,
    name             text     COLLATE "C" NOT NULL,
    args             bytea    NOT NULL,
    args_encoding    text     COLLATE "C" NOT NULL,
    args_version     integer  NOT NULL,
    headers          text     COLLATE "C" NOT NULL,
    tags             text     COLLATE "C" NOT NULL,
    rank             smallint NOT NULL,
    fence            bigint   NOT NULL,
    settled_fence    bigint   NOT NULL,
    attempt_count    integer  NOT NULL,
    crash_count      integer  NOT NULL,
    lost_count       integer  NOT NULL,
    snooze_count     integer  NOT NULL,
    created_at       bigint   NOT NULL,
    first_due_at     bigint   NOT NULL,
    counted_from     bigint   NOT NULL,
    run_at           bigint   NOT NULL,
    expires_at       bigint,
    host             text     COLLATE "C",
    claimed_at       bigint,
    finished_at      bigint   NOT NULL,
    progress         text     COLLATE "C",
    last_error       text     COLLATE "C",
    result           text     COLLATE "C",
    parent           uuid,
    batch            uuid,
    limit_key        text     COLLATE "C",
    PRIMARY KEY (id, application)
);

CREATE INDEX dawam_finished_age ON dawam_finished (application, state, finished_at, id);

-- One row for every attempt that failed or was lost with its host.
CREATE TABLE dawam_attempt (
    job_id        uuid    NOT NULL,
    application   text    COLLATE "C" NOT NULL,
    fence         bigint  NOT NULL,
    attempt       integer NOT NULL,
    host          text    COLLATE "C" NOT NULL,
    started_at    bigint,
    ended_at      bigint  NOT NULL,
    error_type    text    COLLATE "C" NOT NULL,
    error_message text    COLLATE "C" NOT NULL,
    traceback     text    COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, application, fence)
);

-- One row for every process that runs jobs. The server's clock judges its lease.
CREATE TABLE dawam_host (
    application text     COLLATE "C" NOT NULL,
    id          text     COLLATE "C" NOT NULL,
    boot_id     text     COLLATE "C" NOT NULL,   -- empty: the clock is the server's
    lease_until bigint   NOT NULL,
    is_stopping smallint NOT NULL DEFAULT 0,
    process_id  integer  NOT NULL,
    machine     text     COLLATE "C" NOT NULL,
    queues      text     COLLATE "C" NOT NULL,
    job_names   text     COLLATE "C" NOT NULL,
    concurrency integer  NOT NULL,
    version     text     COLLATE "C" NOT NULL,
    started_at  bigint   NOT NULL,
    PRIMARY KEY (application, id)
) WITH (fillfactor = 50);

CREATE TABLE dawam_paused_queue (
    application text COLLATE "C" NOT NULL,
    queue       text COLLATE "C" NOT NULL,
    PRIMARY KEY (application, queue)
);

-- Workers and recurring jobs: one row for each; its place is empty where it ticks once in the cluster, else the host
-- whose own it is.
CREATE TABLE dawam_worker (
    application          text     COLLATE "C" NOT NULL,
    name                 text     COLLATE "C" NOT NULL,
    place                text     COLLATE "C" NOT NULL,
    schedule             text     COLLATE "C" NOT NULL,  -- the declared one
    catch_up             integer  NOT NULL,
    jitter               bigint   NOT NULL,              -- microseconds
    after_crash          text     COLLATE "C" NOT NULL,
    kept_records         integer  NOT NULL,
    job                  text     COLLATE "C",           -- JSON; args in base64, which keeps every byte
    definition           text     COLLATE "C" NOT NULL,  -- a digest of the seven above
    past_definitions     text     COLLATE "C" NOT NULL,  -- JSON, the latest last
    chosen_schedule      text     COLLATE "C",           -- a person's, in the place of the declared one
    is_stored            smallint NOT NULL,
    is_paused            smallint NOT NULL,
    is_triggered         smallint NOT NULL,
    revision             bigint   NOT NULL,
    next_at              bigint,
    planned_due_at       bigint,                         -- of next_at, later by the jitter
    due_at               bigint,                         -- when a tick may begin, as things are
    host                 text     COLLATE "C",           -- who runs a tick
    claimed_at           bigint,
    running_planned_at   bigint,
    running_is_triggered smallint NOT NULL,
    running_revision     bigint   NOT NULL,
    fence                bigint   NOT NULL,
    settled_fence        bigint   NOT NULL,
    lost_count           integer  NOT NULL,
    tick_count           bigint   NOT NULL,
    failure_count        bigint   NOT NULL,
    last_outcome         text     COLLATE "C",
    last_planned_at      bigint,
    last_started_at      bigint,
    last_ended_at        bigint,
    last_error           text     COLLATE "C",
    orphaned_at          bigint,
    PRIMARY KEY (application, name, place)
) WITH (fillfactor = 70);

CREATE INDEX dawam_worker_due ON dawam_worker (application, due_at, name, place)
WHERE host IS NULL AND due_at IS NOT NULL;
CREATE INDEX dawam_worker_running ON dawam_worker (host) WHERE host IS NOT NULL;
CREATE INDEX dawam_worker_own ON dawam_worker (place) WHERE place <> '';

-- Which workers the code of each host has; they go with their host.
CREATE TABLE dawam_declaration (
    application text COLLATE "C" NOT NULL,
    host        text COLLATE "C" NOT NULL,
    worker      text COLLATE "C" NOT NULL,
    place       text COLLATE "C" NOT NULL,
    definition  text COLLATE "C" NOT NULL,
    PRIMARY KEY (application, host, worker)
);

CREATE INDEX dawam_declaration_worker ON dawam_declaration (application, worker, place, host, definition);

-- What became of ticks, numbered for each name; the newest are kept.
CREATE TABLE dawam_tick (
    application   text     COLLATE "C" NOT NULL,
    worker        text     COLLATE "C" NOT NULL,
    number        bigint   NOT NULL,
    place         text     COLLATE "C" NOT NULL,
    outcome       text     COLLATE "C" NOT NULL,
    planned_at    bigint   NOT NULL,
    is_triggered  smallint NOT NULL,
    planned_until bigint,
    moments       bigint   NOT NULL,   -- how many were planned: more than one of missed ones
    fence         bigint   NOT NULL,
    host          text     COLLATE "C" NOT NULL,
    started_at    bigint,
    ended_at      bigint   NOT NULL,
    attempt_count integer  NOT NULL,
    error_type    text     COLLATE "C" NOT NULL,
    error_message text     COLLATE "C" NOT NULL,
    traceback     text     COLLATE "C" NOT NULL,
    job_id        uuid,
    PRIMARY KEY (application, worker, number)
);

-- What people want of all rows of a name (to be paused, another schedule), for the rows that are not there yet.
CREATE TABLE dawam_wish (
    application text     COLLATE "C" NOT NULL,
    name        text     COLLATE "C" NOT NULL,
    is_paused   smallint NOT NULL,
    schedule    text     COLLATE "C",
    PRIMARY KEY (application, name)
);

-- The largest fence of all workers that were ever deleted: a new row begins there, so that none is handed out twice.
CREATE TABLE dawam_last_fence (
    application text   COLLATE "C" NOT NULL PRIMARY KEY,
    fence       bigint NOT NULL
);

-- For people with psql: every job there is, with moments that can be read. Nothing of Dawam's reads it.
CREATE VIEW dawam_jobs AS
SELECT application, id, CASE WHEN host IS NULL THEN place ELSE 'running' END AS state, queue, name,
    convert_from(args, 'UTF8') AS args, -rank AS priority, attempt_count, host,
    to_timestamp(created_at / 1000000.0) AS created_at, to_timestamp(run_at / 1000000.0) AS run_at,
    NULL::timestamptz AS finished_at, last_error
FROM dawam_job
UNION ALL
SELECT application, id, state, queue, name, convert_from(args, 'UTF8'), -rank, attempt_count, host,
    to_timestamp(created_at / 1000000.0), to_timestamp(run_at / 1000000.0), to_timestamp(finished_at / 1000000.0),
    last_error
FROM dawam_finished;
