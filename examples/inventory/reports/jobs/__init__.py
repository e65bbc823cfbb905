"""What is done for a report once, outside of the request."""
