"""The acts of the demo in which mails are sent, a large file is imported and a report is made."""

from typing import Any

from examples.inventory.demo.ledger import Ledger
from examples.inventory.demo.patience import until
from examples.inventory.demo.requests import Client
from examples.inventory.demo.screen import Screen
from examples.inventory.demo.stage import Stage
from examples.inventory.large_catalogue import write_large_catalogue

READER = "amal@example.com"
ROWS, MOVEMENTS = 10_000, 2_000


class Paperwork:
    """Each act is a method; `tell` has them in order."""

    def __init__(self, screen: Screen, stage: Stage, client: Client, ledger: Ledger) -> None:
        self._screen = screen
        self._stage = stage
        self._client = client
        self._ledger = ledger

    def tell(self) -> None:
        mail = self._write()
        report = self._ask_for_a_report()
        self._import()
        self._show(report)
        self._show_mails(mail)

    def _write(self) -> str:
        self._screen.act("POST /emails: a mail in Arabic, a job of its own; the mail server is busy twice")
        self._stage.mail_server.refuse(2, READER)
        mail = {"to": READER, "subject": "أهلاً بك في المخزن", "body": "مرحباً يا أمل،\nيبدأ الدوام الساعة 8.\n"}
        return str(self._client.ask("POST", "/emails", mail).body["job"])

    def _ask_for_a_report(self) -> str:
        self._screen.act(f"POST /reports: {MOVEMENTS:,} stock movements as PDF and Excel, in Arabic")
        self._stage.run("past", "examples.inventory.past_movements", str(MOVEMENTS))
        answer = self._client.ask("POST", "/reports", {"language": "ar", "recipient": READER})
        report = str(answer.body["report"])
        self._screen.line("web", f"answered after {answer.seconds * 1000:.1f} ms; a thread of host 1 makes the report")
        return report

    def _import(self) -> None:
        self._screen.act(f"POST /imports: a file of {ROWS:,} rows, split into small jobs, while the report is made")
        path = self._stage.folder / "large.csv"
        write_large_catalogue(path, ROWS)
        answer = self._client.upload("/imports", path.read_bytes())
        self._screen.line("web", f"{path.stat().st_size:,} bytes taken, answered after {answer.seconds * 1000:.1f} ms")
        address, seen = f"/imports/{answer.body['import']}", list[str]()

        def is_finished() -> bool:
            status = self._client.ask("GET", address).body
            if status["state"] not in seen:
                seen.append(status["state"])
                self._screen.line(
                    "web", f"GET {address[:15]}…: {status['state']}, {status['parts_done']} of {status['parts']} parts"
                )
            return bool(status["state"] == "finished")

        until(is_finished, "the large file to be imported")
        self._summary(self._client.ask("GET", address).body)

    def _summary(self, status: dict[str, Any]) -> None:
        self._screen.line("web", f"{status['imported_count']:,} imported, {status['refused_count']} rows refused, as")
        for refused in status["refused"][:3]:
            self._screen.line("web", f"  line {refused['line']}: {refused['reason']}")

    def _show(self, report: str) -> None:
        until(lambda: self._client.ask("GET", f"/reports/{report}").body["state"] == "ready", "the report")
        for name in ("report.pdf", "report.xlsx"):
            size = len(self._client.download(f"/reports/{report}/{name}"))
            self._screen.line("web", f"GET /reports/…/{name}: {size:,} bytes")

    def _show_mails(self, job: str) -> None:
        until(lambda: self._ledger.unfinished_count() == 0, "the mails to be sent")
        shown = self._client.ask("GET", f"/jobs/{job}").body
        self._screen.line("web", f"the mail, after {len(shown['failures'])} failed attempts: {shown['job']['result']}")
        mails = [mail for mail in self._stage.mail_server.mails if mail["To"] == READER]
        for mail in mails:
            parts = ", ".join(part.get_content_type() for part in mail.walk())
            self._screen.line("mail", f"{mail['Message-ID']}: {parts}")
