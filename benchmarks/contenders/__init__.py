"""Who is measured: each file knows how to start one library, and how to ask its database what is left to do."""
