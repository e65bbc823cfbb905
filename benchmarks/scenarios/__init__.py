"""What is measured: each file knows one kind of run."""
