"""How much memory this process holds."""

import os
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows tells nothing of the kind
    resource = None  # type: ignore[assignment]

_STATM = Path("/proc/self/statm")


def resident_memory() -> int:
    """In bytes. Where the system does not say what it holds now: the most that it ever held, or 0."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        if resource is None:
            return 0
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
