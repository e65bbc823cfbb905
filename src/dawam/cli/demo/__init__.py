"""`dawam demo`: a short story, told live, of what happens to jobs when things go wrong."""
