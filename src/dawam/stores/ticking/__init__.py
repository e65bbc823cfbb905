"""Workers and recurring jobs, as every store decides about them; a store brings the table they lie in."""
