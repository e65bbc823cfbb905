"""Jobs in one SQLite file: nothing to install, durable at power loss, shared by the processes of one machine."""
