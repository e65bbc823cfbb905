"""Imports of catalogues that may be very large: split into parts, each of which is a small job of its own."""
