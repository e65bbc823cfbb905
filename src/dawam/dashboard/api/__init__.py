"""The same rights and the same doings for programs: JSON, described by OpenAPI."""
