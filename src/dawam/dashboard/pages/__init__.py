"""The pages: one file each, which reads what is asked for, and hands it to its template."""
