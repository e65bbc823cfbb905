"""Values: what is done again and again, and when its next tick comes. No I/O, no clock, no log."""
