"""Rows 13 to 16a: the guide's use cases, as the inventory example has them."""

from tests.mutants.mutant import Mutant

USE_CASE_MUTANTS = (
    Mutant(
        "13", "an address that is refused for good is tried again",
        "examples/inventory/mail/jobs/send_email.py",
        "retry = Retry(first_wait=timedelta(seconds=1), give_up_on=(MailRefusedError,))",
        "retry = Retry(first_wait=timedelta(seconds=1))",
    ),
    Mutant(
        "13", "each attempt sends another mail",
        "examples/inventory/mail/jobs/send_email.py",
        "Mail(self._context.idempotency_key, args.to",
        'Mail(f"{self._context.idempotency_key}-{self._context.attempt}", args.to',
    ),
    Mutant(
        "13a", "the lines of a file are counted as if no row had two",
        "examples/inventory/imports/parts.py",
        "begin, first_line, rows, lines, is_quoted = end, first_line + lines, 0, 0, False",
        "begin, first_line, rows, lines, is_quoted = end, first_line + rows, 0, 0, False",
    ),
    Mutant(
        "13a", "a part that is done is imported again",
        "examples/inventory/imports/jobs/import_part.py",
        "            if not await records.mark_done(args.import_id, args.number, self._clock.now()):\n"
        "                return\n",
        "            await records.mark_done(args.import_id, args.number, self._clock.now())\n",
    ),
    Mutant(
        "14", "a retry makes a file again that is there",
        "examples/inventory/reports/work.py",
        "        if path.is_file():\n            self._logger",
        "        if not path.parent.is_dir():\n            self._logger",
    ),
    Mutant(
        "14", "a PDF is made on the event loop, and everything else waits",
        "examples/inventory/reports/jobs/generate_report.py",
        "await asyncio.to_thread(self._work.make_pdf, args.report_id, ",
        "self._work.make_pdf(args.report_id, ",
    ),
    Mutant(
        "14", "a product whose name begins with an equals sign becomes a formula",
        "examples/inventory/reports/excel.py",
        '"strings_to_formulas": False',
        '"strings_to_formulas": True',
    ),
    Mutant(
        "15", "what is exactly thirty days old is deleted",
        "examples/inventory/activity/log.py",
        "ActivityEntry.at < moment",
        "ActivityEntry.at <= moment",
    ),
    Mutant(
        "15", "a clean-up goes on to its end while the host wants to stop",
        "examples/inventory/activity/workers/cleanup.py",
        "while not context.stopping:",
        "while True:",
    ),
    Mutant(
        "15", "each start of a process plans a worker anew, so one that restarts often never cleans up",
        "src/dawam/stores/ticking/declaring.py",
        "        row = rows.get(key) or WorkerRow.of(\n"
        "            declaration, declared.definition, now, fence=first_fence, wish=wishes.get(key[0], NO_WISH)\n"
        "        )\n"
        "        is_changed = key not in rows or _meets(row, declaration, declared, here[key], now)\n",
        "        row = WorkerRow.of(\n"
        "            declaration, declared.definition, now, fence=first_fence, wish=wishes.get(key[0], NO_WISH)\n"
        "        )\n"
        "        is_changed = True\n",
    ),
    Mutant(
        "16", "the first page that cannot be had ends the run",
        "examples/inventory/suppliers/workers/offer_sync.py",
        "                failed.append(number)\n",
        "                failed.append(number)\n                break\n",
    ),
    Mutant(
        "16", "an offer that is as it was is written again",
        "examples/inventory/suppliers/offers.py",
        "            where=or_(*(getattr(SupplierOffer, name).is_distinct_from(new[name]) for name in _COLUMNS)),\n",
        "",
    ),
    Mutant(
        "16", "an offer that stands twice on a page changes to and fro",
        "examples/inventory/suppliers/offers.py",
        "            for item in latest.values()\n",
        "            for item in items\n",
    ),
    Mutant(
        "16a", "a mail server that is away takes the application out of service",
        "examples/inventory/health/board.py",
        "return Health.UNHEALTHY if finding.is_vital else Health.DEGRADED",
        "return Health.UNHEALTHY",
    ),
    Mutant(
        "16a", "jobs that a person has paused count as stuck",
        "examples/inventory/health/checks.py",
        "[queue for queue in await self._jobs.queues() if not queue.is_paused]",
        "list(await self._jobs.queues())",
    ),
)  # fmt: skip
