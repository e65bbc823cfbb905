"""Tools for testing jobs, workers and stores. Shipped with Dawam, imported by nothing else in it."""
