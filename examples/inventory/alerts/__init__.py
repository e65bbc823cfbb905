"""Who is told that a product runs low, and how: by a log line, a mail or a stored notification."""
