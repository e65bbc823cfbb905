"""What a process says of itself to those that watch it: whether it is well, and how it goes."""
