"""What settles a claim inside the transaction of somebody's own connection to the file."""

from dawam.clock import to_microseconds
from dawam.jobs.outcome import Settlement, Succeeded
from dawam.stores.sql.ending import REMOVE_RECORDS
from dawam.stores.sql.place import Place
from dawam.stores.sqlite import adding
from dawam.stores.sqlite.statements import SQL
from dawam.stores.values import CompletionStatements, Statement


def completion_statements(place: Place, success: Settlement) -> CompletionStatements:
    key, claim = success.id.bytes, (success.id.bytes, place.application, success.fence)
    outcome = success.outcome
    result = outcome.result.decode() if isinstance(outcome, Succeeded) and outcome.result is not None else None
    if place.keeps("succeeded"):
        end = (*claim, to_microseconds(success.ended_at), success.progress, result)
        guard = Statement(SQL["complete_kept"], [end])
        rest = [Statement(SQL["remove_job"], [(key, place.application)])]
    else:
        guard = Statement(SQL["complete_removed"], [claim])
        rest = [Statement(SQL[each], [(key, "[0]", place.application)]) for each in REMOVE_RECORDS]
    if success.new_jobs:
        rest.append(Statement(SQL["add_job"], adding.job_rows(place, success.new_jobs)))
    return CompletionStatements(guard, rest)
