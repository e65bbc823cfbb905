-- Version 2: how many attempts ended, and how long they had waited and ran. Code of version 1 knows nothing of it and
-- goes on beside code of this version; what it does is not measured.

-- The attempts of one job name in one queue that ended within one span. Hosts put parts there; a part without a name is
-- the sum, which a row becomes as it grows old.
CREATE TABLE dawam_measure (
    application text   COLLATE "C" NOT NULL,
    span        bigint NOT NULL,             -- microseconds
    at          bigint NOT NULL,             -- when the span begins
    name        text   COLLATE "C" NOT NULL,
    queue       text   COLLATE "C" NOT NULL,
    part        text   COLLATE "C" NOT NULL,
    succeeded   bigint NOT NULL,
    failed      bigint NOT NULL,
    retried     bigint NOT NULL,
    cancelled   bigint NOT NULL,
    waits       text   COLLATE "C" NOT NULL, -- JSON: class of duration -> how many
    runs        text   COLLATE "C" NOT NULL,
    PRIMARY KEY (application, span, at, name, queue, part)
);

CREATE INDEX dawam_measure_part ON dawam_measure (application, at) WHERE part <> '';
