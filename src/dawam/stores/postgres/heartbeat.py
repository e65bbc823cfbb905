"""The heartbeat's own connection."""

from datetime import timedelta

from dawam.errors import StoreUnavailableError
from dawam.ids import HostId
from dawam.stores.postgres.threads import PostgresThread
from dawam.stores.sql import leasing
from dawam.stores.values import HostCommand


class PostgresHeartbeatLink:
    """Extends one host's lease on a connection of its own: neither the event loop nor a slow query holds it up."""

    def __init__(self, thread: PostgresThread, host: HostId) -> None:
        self._thread, self._host = thread, host
        self._is_started = False

    def extend(self, lease: timedelta) -> HostCommand | None:
        if not self._is_started:
            self._thread.start()
            self._is_started = True
        work = self._thread.work(lambda db, place: leasing.extend(db, place, self._host, lease))
        patience = lease.total_seconds() / 2
        try:
            answer: HostCommand | None = self._thread.run_blocking(work, timeout=patience)
        except TimeoutError as error:
            self._thread.interrupt()  # or the next beat would wait behind this one
            raise StoreUnavailableError(f"the server did not take a heartbeat within {patience:g} s") from error
        return answer

    def close(self) -> None:
        if self._is_started:
            self._thread.abandon()
