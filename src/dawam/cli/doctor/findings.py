"""What was found: each finding has a code that stays, a severity that belongs to the code, and a cure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dawam.cli.doctor.checks import CHECKS


class Severity(StrEnum):
    """How bad it is. The command fails on errors, and with `--strict` on warnings."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report: what is wrong, and what to do; or, where nothing is, that it was looked at."""

    code: str
    severity: Severity
    text: str
    cure: str = ""


class Report:
    """Collects findings, and remembers which checks were made."""

    def __init__(self) -> None:
        self._found: dict[str, list[Finding]] = {}

    def looked(self, *codes: str) -> None:
        """These checks were made; those among them that found nothing are fine."""
        for code in codes:
            self._found.setdefault(code, [])

    def found(self, code: str, text: str, cure: str = "") -> None:
        """Something is wrong. `cure` says more than what the check says in general."""
        check = CHECKS[code]
        severity = Severity.ERROR if check.is_error else Severity.WARNING
        finding = Finding(code=code, severity=severity, text=text, cure=cure or check.cure)
        self._found.setdefault(code, []).append(finding)

    def __iter__(self) -> Iterator[Finding]:
        """All findings, in the order in which the checks are documented."""
        for code, check in CHECKS.items():
            findings: Sequence[Finding] = self._found.get(code, ())
            if code in self._found and not findings:
                yield Finding(code=code, severity=Severity.OK, text=check.fine)
            yield from findings

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self)
