"""What is done once, outside of the request."""
