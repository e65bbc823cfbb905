-- Version 4: how many attempts ended, and how long they had waited and ran. Code of version 3 knows nothing of it and
-- goes on beside code of this version; what it does is not measured.

-- The attempts of one job name in one queue that ended within one span. Hosts put parts there; a part without a name is
-- the sum, which a row becomes as it grows old.
CREATE TABLE dawam_measure (
    application TEXT    NOT NULL,
    span        INTEGER NOT NULL,            -- microseconds
    at          INTEGER NOT NULL,            -- when the span begins
    name        TEXT    NOT NULL,
    queue       TEXT    NOT NULL,
    part        TEXT    NOT NULL,
    succeeded   INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    retried     INTEGER NOT NULL,
    cancelled   INTEGER NOT NULL,
    waits       TEXT    NOT NULL,            -- JSON: class of duration -> how many
    runs        TEXT    NOT NULL,
    PRIMARY KEY (application, span, at, name, queue, part)
) WITHOUT ROWID;

CREATE INDEX dawam_measure_part ON dawam_measure (application, at) WHERE part <> '';
