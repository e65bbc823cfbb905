"""The ear of a process that runs jobs: `/health/live`, `/health/ready`, `/health/startup` and `/metrics`."""

from collections.abc import Callable

from dawam.errors import SettingsError
from dawam.host.host import Host
from dawam.host.options import MONITOR_PORTS, HostOptions
from dawam.host.standing import Standing
from dawam.monitoring.listener import Answer, Listener

METRICS_OF_HOST = "dawam.monitoring.prometheus:of_host"
METRICS_OF_STORE = "dawam.monitoring.prometheus:of_store"
"""Loaded when asked for: they need `dawam[prometheus]`."""
METRICS_MISSING = "metrics need the prometheus extra: pip install 'dawam[prometheus]'\n"
MetricsOfHost = Callable[[Host, int], tuple[str, str]]


class Monitor:
    """Listens where `Host.MonitorPort` says, from before the store is opened until the process ends.

    It answers on the loop of the jobs, on purpose: when that is blocked, `/health/live` does not answer either.
    """

    def __init__(self, host: Host, options: HostOptions, load_metrics: Callable[[], MetricsOfHost]) -> None:
        """`load_metrics` raises `ImportError` where the library for them is not installed."""
        self._host, self._options, self._load_metrics = host, options, load_metrics
        self._listener = Listener(
            {
                "/health/live": self._live,
                "/health/ready": self._ready,
                "/health/startup": self._startup,
                "/metrics": self._metrics,
            },
            address=options.monitor_address,
            port=options.monitor_port or 0,
            port_count=MONITOR_PORTS,
        )

    @property
    def port(self) -> int:
        """Where it listens; after the start."""
        return self._listener.port

    async def start(self) -> None:
        """Raises `SettingsError` where no port can be had."""
        try:
            await self._listener.start()
        except OSError as error:
            raise SettingsError(
                f"Host.MonitorPort = {self._options.monitor_port} on {self._options.monitor_address!r}: {error}; an "
                "address of this machine and a free port were expected"
            ) from error

    async def stop(self) -> None:
        await self._listener.stop()

    async def _live(self) -> Answer:
        return Answer(200, "alive\n")

    async def _ready(self) -> Answer:
        standing = self._host.standing
        return Answer(200 if standing is Standing.READY else 503, f"{standing}\n")

    async def _startup(self) -> Answer:
        standing = self._host.standing
        return Answer(503 if standing is Standing.STARTING else 200, f"{standing}\n")

    async def _metrics(self) -> Answer:
        try:
            text, content_type = self._load_metrics()(self._host, self._options.concurrency)
        except ImportError:
            return Answer(501, METRICS_MISSING)
        return Answer(200, text, content_type)
