"""What stands behind the question mark of `Store.Url` and is meant for us; all other words are libpq's."""

OWN_WORDS = {
    "schema": "the schema of Dawam's tables (public)",
    "statement_timeout": "how long one statement may take (30s)",
    "connect_timeout": "how long to wait for a connection (10s)",
    "session": "whether a connection keeps its session: off behind a pooler in transaction mode (it is found out)",
    "notify": "off where no wake-ups are to be sent or heard; polling does the rest (on)",
}
