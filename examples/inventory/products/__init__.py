"""Products: what is in stock, what happens when that changes, and the work that follows from it."""
