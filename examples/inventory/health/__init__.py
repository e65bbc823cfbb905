"""Whether the application has what it needs: looked at again and again, and told to whoever asks GET /health."""
