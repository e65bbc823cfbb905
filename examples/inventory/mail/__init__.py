"""Mails: what one says, how it is handed to a mail server, and the job that does so outside of the request."""
