"""The programs that are measured. Each runs as a process of its own; none of them measures more than its own calls."""
