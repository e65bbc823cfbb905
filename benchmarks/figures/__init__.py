"""The rows of the tables: which value of which run, beside which others, and the goal."""

from benchmarks.figures import postgres, sqlite

SECTIONS = {"SQLite, and what needs no database": sqlite.FIGURES, "PostgreSQL": postgres.FIGURES}
"""Each is a table of its own."""
FIGURES = tuple(figure for figures in SECTIONS.values() for figure in figures)
