"""What settles a claim inside the transaction of somebody's own connection, whatever its driver."""

from collections.abc import Mapping
from typing import Any

from dawam.clock import to_microseconds
from dawam.jobs.outcome import Settlement, Succeeded
from dawam.stores.postgres.statements import Statement
from dawam.stores.values import Statement as ForeignStatement


def guard(
    statements: Mapping[str, Statement], application: str, success: Settlement, *, keeps: bool
) -> ForeignStatement:
    """Answers with a row if the claim was held. Ids are texts, which every driver takes."""
    claim: tuple[Any, ...] = (str(success.id), application, success.fence)
    if not keeps:
        return ForeignStatement(statements["complete_removed"].text, [claim])
    outcome = success.outcome
    result = outcome.result.decode() if isinstance(outcome, Succeeded) and outcome.result is not None else None
    end = (*claim, to_microseconds(success.ended_at), success.progress, result)
    return ForeignStatement(statements["complete_kept"].text, [end])
