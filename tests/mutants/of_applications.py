"""Rows 9 to 12 and 18 to 21: modules, events, settings, what people see and are warned of, and ABP's checks."""

from tests.mutants.mutant import Mutant

APPLICATION_MUTANTS = (
    Mutant(
        "9", "modules are shut down in the order in which they began",
        "src/dawam/modules/life.py",
        "module = self._begun.pop()",
        "module = self._begun.pop(0)",
    ),
    Mutant(
        "9", "a module that fails at the shutdown keeps the others from theirs",
        "src/dawam/modules/life.py",
        "                errors.append(error)\n",
        "                raise\n",
    ),
    Mutant(
        "9", "a module stands before those that it depends on",
        "src/dawam/modules/graph.py",
        "    for dependency in _dependencies(module_class):\n"
        "        _place(dependency, given, ordered, (*path, module_class))\n"
        "    ordered[key] = module if isinstance(module, Module) else given.get(module_class) or _made(module_class)\n",
        "    ordered[key] = module if isinstance(module, Module) else given.get(module_class) or _made(module_class)\n"
        "    for dependency in _dependencies(module_class):\n"
        "        _place(dependency, given, ordered, (*path, module_class))\n",
    ),
    Mutant(
        "10", "the first handler that fails keeps the event from the others",
        "src/dawam/events/bus.py",
        "                errors.append(error)\n",
        "                raise\n",
    ),
    Mutant(
        "10", "handlers with a larger order run first",
        "src/dawam/events/bus.py",
        "key=lambda each: each.order))",
        "key=lambda each: -each.order))",
    ),
    Mutant(
        "10", "handlers run after the commit of the unit of work, so they cannot roll it back",
        "src/dawam/unit_of_work.py",
        "                await self.flush(transaction)\n                await unit.complete()\n"
        "            finally:\n                unit.close()\n",
        "                await self.flush(transaction)\n"
        "            finally:\n                unit.close()\n        await unit.complete()\n",
    ),
    Mutant(
        "11", "the settings of all environments win over those of this one",
        "src/dawam/settings/sources.py",
        "for file in (base, own) if",
        "for file in (own, base) if",
    ),
    Mutant(
        "11", "ASP.NET's variable wins over ours",
        "src/dawam/settings/sources.py",
        '(ENVIRONMENT_VARIABLE, "ASPNETCORE_ENVIRONMENT")',
        '("ASPNETCORE_ENVIRONMENT", ENVIRONMENT_VARIABLE)',
    ),
    Mutant(
        "11", "the variables of the environment are not read",
        "src/dawam/settings/settings.py",
        "        statements += environment_statements(sources.environ, rank)\n",
        "",
    ),
    Mutant(
        "12", "a number without a unit is taken for seconds",
        "src/dawam/settings/durations.py",
        "        raise ValueError(_two_meanings(text))\n",
        '        text += "s"\n',
    ),
    Mutant(
        "12", "the application's time limit wins over that of the job",
        "src/dawam/jobs/options.py",
        "return job.time_limit or self.default_time_limit",
        "return self.default_time_limit or job.time_limit",
    ),
    Mutant(
        "12", "jobs are run although their execution is switched off",
        "src/dawam/runtime.py",
        "runs_jobs=assembly.options.jobs.is_job_execution_enabled",
        "runs_jobs=True",
    ),
    Mutant(
        "18", "a list of one queue's jobs shows those of all queues",
        "src/dawam/inspector.py",
        "JobFilter(states=states, name=name, queue=queue, due_only=due_only)",
        "JobFilter(states=states, name=name, due_only=due_only)",
    ),
    Mutant(
        "18", "a job that waits for its retry counts as one that was delayed",
        "src/dawam/stores/memory/reading.py",
        "if row.state is StoredState.SCHEDULED and row.attempt_count:",
        "if row.state is StoredState.SCHEDULED and row.attempt_count > 1:",
    ),
    Mutant(
        "18", "the page of pending jobs shows finished ones, too",
        "examples/inventory/monitoring.py",
        "self._jobs.get_waiting_jobs(max_result_count=100)",
        "self._jobs.get_jobs(max_result_count=100)",
    ),
    Mutant(
        "19", "nobody is warned of large args until they are refused",
        "src/dawam/preparation.py",
        "if size > self._options.args_size_warning:",
        "if size > self._options.args_size_limit:",
    ),
    Mutant(
        "19", "a job that runs long is named again with every look",
        "src/dawam/host/supervisor.py",
        "                seen.is_length_told = True\n",
        "",
    ),
    Mutant(
        "19", "a worker that ticks just as often as it may is warned of",
        "src/dawam/workers/frequency.py",
        "gap < shortest else None",
        "gap <= shortest else None",
    ),
    Mutant(
        "20", "discovery looks one folder deep only",
        "src/dawam/modules/discovery.py",
        "yield from _modules(_imported(name))",
        "yield _imported(name)",
    ),
    Mutant(
        "20", "what a module merely imports is taken for its own",
        "src/dawam/modules/discovery.py",
        "        and each.__module__ == module.__name__\n",
        "",
    ),
    Mutant(
        "21", "where a job and a handler have one name, the handler wins",
        "src/dawam/jobs/registry.py",
        "self._by_name.get(name) or self.handlers.find(name)",
        "self.handlers.find(name) or self._by_name.get(name)",
    ),
    Mutant(
        "21", "the tenant of an event is not the current one in its handlers",
        "src/dawam/events/bus.py",
        "        with carry(tenant=tenant_of(event)):\n            await self._hand_out(event)\n",
        "        await self._hand_out(event)\n",
    ),
    Mutant(
        "21", "the oldest history is not the first to go",
        "src/dawam/stores/sqlite/statements.sql",
        "ORDER BY finished_at, id LIMIT ?4",
        "ORDER BY id LIMIT ?4",
    ),
)  # fmt: skip
