"""`make demo`: the inventory, live, with a web process, host processes and a mail server."""
