"""What is done for an import once, outside of the request."""
