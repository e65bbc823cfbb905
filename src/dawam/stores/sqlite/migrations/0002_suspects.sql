-- Version 2: suspects, jobs whose process died while they ran too often, are claimed one at a time from an index of
-- their own. There are few of them, ever. The index of ready jobs stays as it is: code of version 1 goes on using it.

CREATE INDEX dawam_job_suspect ON dawam_job (application, rank, attempt_count, run_at, id)
WHERE state IN ('ready', 'parked') AND crash_count >= 2;
