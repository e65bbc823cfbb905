"""What is done with mails once, outside of the request."""
