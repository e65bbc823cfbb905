"""Other frameworks: one file each, with the same names in each."""
