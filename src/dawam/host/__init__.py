"""The only place with loops: a host claims jobs, runs them, settles them, and keeps time for the workers."""
