"""Where jobs are kept while something is measured: one kind of database in each file, all with the same handles."""
