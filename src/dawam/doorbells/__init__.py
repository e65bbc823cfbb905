"""Doorbells wake who waits for a job; the store stays the truth."""
