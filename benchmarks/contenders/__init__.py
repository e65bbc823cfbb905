"""Who is measured: how each library is installed and started, and how to ask its tables what is left to do."""
