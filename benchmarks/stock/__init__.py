"""How a store is filled with more than anybody would wait for: one kind of database in each file."""
