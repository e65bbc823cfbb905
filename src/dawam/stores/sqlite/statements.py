"""The statements of this store, by name."""

from dawam.stores.sql.statements import load_statements

SQL = load_statements("dawam.stores.sqlite")
