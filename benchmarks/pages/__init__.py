"""How long the pages of the dashboard take where there are millions of jobs: `python -m benchmarks.pages`."""
