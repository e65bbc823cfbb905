"""What happened: the application's own events (`bus`), and those of jobs, hosts and workers (`lifecycle`)."""
