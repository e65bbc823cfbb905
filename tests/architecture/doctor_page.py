"""Writes docs/reference/doctor.md from the table of checks. Run by `make reference`."""

from dawam.cli.doctor.checks import SECTIONS, Check
from tests.architecture.code import ROOT

PAGE = ROOT / "docs" / "reference" / "doctor.md"

_HEAD = """# What the doctor looks at

Written by `make reference` from the checks of `dawam doctor`; do not edit.

`dawam doctor module:app` runs no job, registers no host, and neither creates nor migrates a store. It exits with 1 when
it found an error, and with `--strict` on warnings too. With `--json` each finding is an object with `code`, `severity`
(`ok`, `warning`, `error`), `text` and `cure`. A code keeps its meaning for ever, so scripts may rely on it.

What needs the application is not checked where that cannot be put together, and what needs the store not where that
cannot be opened. Workers that a module adds while the application starts are not known to it. Of the stored workers and
recurring jobs the first 10,000 by name are looked at, and each check names ten of those that it found. With millions of
jobs it takes some seconds.
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(_section(title, checks) for title, checks in SECTIONS.items())


def _section(title: str, checks: tuple[Check, ...]) -> str:
    rows = "".join(
        f"| `{check.code}` | {'error' if check.is_error else 'warning'} | {check.finds} | {check.cure} |\n"
        for check in checks
    )
    return f"\n## {title}\n\n| Code | Severity | What was found | Cure |\n|---|---|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
