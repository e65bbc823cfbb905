"""Values: how much was done and how long it took, minute by minute. No I/O, no clock, no log."""
