"""Keys that people bring along from elsewhere and that would not mean what they hope: refused, with the cure."""

from collections.abc import Mapping
from types import MappingProxyType

RETIRED_KEYS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("backgroundjobs", "defaulttimeout"): (
            "it has two meanings, so say which one is meant, with its unit: "
            '"GiveUpAfter" (a job that still fails at this age is given up; the meaning in ABP, which counts seconds) '
            'or "DefaultTimeLimit" (how long one run may take)'
        ),
    }
)
"""By normal path: what to write instead."""
