"""Rows 1 to 6 and 17: jobs, from the enqueue to the last retry."""

from tests.mutants.mutant import Mutant

JOB_MUTANTS = (
    Mutant(
        "1", "the logger of a job bears the name of its module only",
        "src/dawam/modules/scopes.py",
        'logging.getLogger(f"{target.__module__}.{name}")',
        "logging.getLogger(target.__module__)",
    ),
    Mutant(
        "1", "what a blocking job returns is dropped",
        "src/dawam/executor.py",
        "return scope.get(definition.target).execute(args)",
        "scope.get(definition.target).execute(args)\n                return None",
    ),
    Mutant(
        "2", "a job that a handler enqueues is stored behind the commit of its unit of work, and not with it",
        "src/dawam/manager.py",
        "await transaction.database() == self._transactional_store().database:",
        "await transaction.database() != self._transactional_store().database:",
    ),
    Mutant(
        "2", "exactly ten left raise an alert as well",
        "examples/inventory/products/events.py",
        "self.new_stock < self.minimum_stock",
        "self.new_stock <= self.minimum_stock",
    ),
    Mutant(
        "3", "due time goes before the number of attempts",
        "src/dawam/stores/sqlite/statements.sql",
        "    ORDER BY rank, attempt_count, run_at, id\n    LIMIT ?3\n);\n\n-- name: select_parked",
        "    ORDER BY rank, run_at, attempt_count, id\n    LIMIT ?3\n);\n\n-- name: select_parked",
    ),
    Mutant(
        "3", "the priority that is said for one job is ignored",
        "src/dawam/preparation.py",
        "_checked_priority(options.priority) or definition.options.priority",
        "definition.options.priority or _checked_priority(options.priority)",
    ),
    Mutant(
        "3", "a delayed job is promoted a moment too late, because it must be past its time",
        "src/dawam/stores/sqlite/statements.sql",
        "WHERE state = 'scheduled' AND application = ?1 AND run_at <= ?2",
        "WHERE state = 'scheduled' AND application = ?1 AND run_at < ?2",
    ),
    Mutant(
        "4", "a host whose lease has run out still counts as alive, so its jobs are never taken back",
        "src/dawam/stores/sqlite/statements.sql",
        "WHERE h.application = ?1 AND h.id = dawam_job.host AND h.boot_id = ?2 AND h.lease_until > ?3",
        "WHERE h.application = ?1 AND h.id = dawam_job.host AND h.boot_id = ?2 AND ?3 > 0",
    ),
    Mutant(
        "4", "the tags of a job are not stored",
        "src/dawam/stores/sql/rows.py",
        '_encode(job.tags).decode() if job.tags else ""',
        '""',
    ),
    Mutant(
        "5", "the services of a run are never ended",
        "src/dawam/modules/container.py",
        "await self._exits.__aexit__(kind, error, trace)",
        "self._exits.pop_all()",
    ),
    Mutant(
        "5", "what is transient is shared within a run",
        "src/dawam/modules/container.py",
        "provides=recipe.provides, scope=_Lives.RUN, cache=is_kept)\n        if not",
        "provides=recipe.provides, scope=_Lives.RUN, cache=True)\n        if not",
    ),
    Mutant(
        "5", "jobs that succeeded are kept where none should be",
        "src/dawam/stores/sqlite/settling.py",
        'if place.keeps("succeeded"):',
        "if settlements:",
    ),
    Mutant(
        "5", "history is pruned that is exactly as old as it may be",
        "src/dawam/stores/sqlite/statements.sql",
        "WHERE application = ?1 AND state = ?2 AND finished_at < ?3",
        "WHERE application = ?1 AND state = ?2 AND finished_at <= ?3",
    ),
    Mutant(
        "6", "the first wait is doubled already",
        "src/dawam/jobs/retry.py",
        "wait = self.first_wait * self.factor ** (attempt - 1)",
        "wait = self.first_wait * self.factor**attempt",
    ),
    Mutant(
        "6", "the age of a job is judged without the wait that would come",
        "src/dawam/jobs/retry.py",
        "next_at - counted_from > self.give_up_after",
        "ended_at - counted_from > self.give_up_after",
    ),
    Mutant(
        "6", "the last failure is logged as a warning, like those before it",
        "src/dawam/observability/job_lines.py",
        "case Failed():\n            return ERROR\n",
        "case Failed():\n            return WARNING\n",
    ),
    Mutant(
        "6", "the last failure leaves no record",
        "src/dawam/stores/sql/settling.py",
        'if error is not None and (isinstance(outcome, Retrying) or place.keeps("failed")):',
        "if error is not None and isinstance(outcome, Retrying):",
    ),
    Mutant(
        "17", "calling a job function gives the call instead of running it",
        "src/dawam/jobs/function.py",
        "return self._plain(*args, **kwargs)",
        "return self.call(*args, **kwargs)",
    ),
    Mutant(
        "17", "the warning of the guide's job names another number",
        "examples/inventory/products/jobs/low_stock_alert.py",
        "            args.current_stock,\n            args.minimum_stock,\n",
        "            args.minimum_stock,\n            args.current_stock,\n",
    ),
)  # fmt: skip
