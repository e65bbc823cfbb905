"""When work that is done again and again comes next: intervals and cron expressions. Pure: no clock, no I/O."""
