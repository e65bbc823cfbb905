"""What a caller's own connection executes for us in its transaction, whatever its driver."""

from collections.abc import Mapping, Sequence
from typing import Any

from dawam.clock import Clock, to_microseconds
from dawam.doorbells.postgres import spoken
from dawam.jobs.outcome import Settlement, Succeeded
from dawam.jobs.record import NewJob
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.rows import job_row
from dawam.stores.values import CompletionStatements, queues_of, topics_of
from dawam.stores.values import Statement as Errand


class Errands:
    """Statements as the server takes them, with `$1`, and values that every driver takes: ids are texts."""

    def __init__(
        self,
        statements: Mapping[str, Statement],
        application: str,
        clock: Clock,
        *,
        keeps: bool,
        channel: str | None,
    ) -> None:
        """`keeps`: successes become history. Without a `channel` nobody is woken."""
        self._statements, self._application = statements, application
        self._clock = clock
        self._keeps, self._channel = keeps, channel

    def add(self, jobs: Sequence[NewJob]) -> list[Errand]:
        """See `TransactionalWriter.add_statements`."""
        now = to_microseconds(self._clock.now())
        return [Errand(self._statements["add_job"].text, [job_row(job, self._application, now, str) for job in jobs])]

    def ring(self, jobs: Sequence[NewJob]) -> list[Errand]:
        """See `TransactionalWriter.ring_statements`."""
        if self._channel is None:
            return []
        words = spoken(topics_of(jobs), queues_of(jobs))
        return [Errand(self._statements["notify_inside"].text, [(self._channel, words)])]

    def complete(self, success: Settlement) -> CompletionStatements:
        """See `TransactionalCompleter.completion_statements`."""
        rest = self.add(success.new_jobs) if success.new_jobs else []
        return CompletionStatements(self._end(success), rest)

    def _end(self, success: Settlement) -> Errand:
        claim: tuple[Any, ...] = (str(success.id), self._application, success.fence)
        if not self._keeps:
            return Errand(self._statements["complete_removed"].text, [claim])
        outcome = success.outcome
        result = outcome.result.decode() if isinstance(outcome, Succeeded) and outcome.result is not None else None
        end = (*claim, to_microseconds(success.ended_at), success.progress, result)
        return Errand(self._statements["complete_kept"].text, [end])
