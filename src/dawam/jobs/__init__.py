"""Values: what a job is, how it is named, encoded, retried and recorded. No I/O, no clock, no log."""
