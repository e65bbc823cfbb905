"""`dawam doctor`: looks for what is wrong, or will be, without running a job."""
