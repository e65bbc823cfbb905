"""How fast Dawam is on the machine at hand, beside a peer and beside what the database itself allows."""
