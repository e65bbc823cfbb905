"""The store on a PostgreSQL server, for many processes on many machines."""
