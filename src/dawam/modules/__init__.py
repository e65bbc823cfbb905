"""Modules and their services: who depends on whom, what is injected where, and the order of beginning and ending."""
