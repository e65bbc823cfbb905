"""The options of background workers."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class BackgroundWorkerOptions:
    """The application's options for workers. Settings section `BackgroundWorkers`."""

    is_enabled: bool = True
    """False: workers are accepted, and this process never runs them."""
