"""Writes docs/reference/settings.md from the options classes and their descriptions. Run by `make reference`."""

import ast
import dataclasses
import inspect
import textwrap
from typing import Any, get_type_hints

from dawam.composition import SECTIONS
from dawam.settings import Settings
from dawam.settings.names import normal
from dawam.settings.values import nested_options
from tests.architecture.code import ROOT

PAGE = ROOT / "docs" / "reference" / "settings.md"

_HEAD = """# Settings

Written by `make reference` from the options classes; do not edit.

What the operator says beats what the programmer wrote. Each line wins over those above it:

1. the defaults below
2. code: `App(...)`, and options that modules set
3. `appsettings.json` (or `dawam.toml`)
4. `appsettings.{Environment}.json`, where the environment is `DAWAM_ENVIRONMENT`, else `ASPNETCORE_ENVIRONMENT`, else
   `Production`
5. environment variables: `DAWAM__SECTION__KEY`, as in `DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED=false`
6. the command line

`dawam settings show` prints every value, where it comes from and what it shadowed; secrets are masked.

- Files may hold `//` and `/* */` comments and trailing commas. `GiveUpAfter`, `giveUpAfter` and `give_up_after` name
  the same key.
- A key that nobody knows is an error inside the sections below, and inside those that a module claims. All other
  sections are left alone.
- Durations carry their unit: `"60s"`, `"5m"`, `"1h30m"`, `"PT60S"`, `"00:01:00"`, `"1.00:00:00"`. A bare number is
  an error.
- In variables and on the command line lists are separated by commas, and so are the pairs of an object
  (`default=3,mail=1`); nothing, `null` or `none` is null where null is allowed.
- Options within options are sections within sections: `{"BackgroundJobs": {"DefaultRetry": {"MaxAttempts": 8}}}`.
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(_section(section, kind) for section, kind in SECTIONS)


def _section(section: str, kind: type[Any]) -> str:
    settings = Settings()
    settings.bind(section, kind())
    descriptions = _descriptions(kind, "")
    about = (inspect.getdoc(kind) or "").partition("Settings section")[0].strip()
    rows = [
        f"| `{v.key}` | {f'`{v.text}`' if v.text else 'empty'} | {descriptions.get(normal(v.key), '')} |"
        for v in settings.report()
    ]
    return "\n".join([f"\n## {section}\n", f"{about}\n", "| Key | Default | Meaning |", "|---|---|---|", *rows, ""])


def _descriptions(kind: type[Any], prefix: str) -> dict[str, str]:
    """By key: the text that stands under the field."""
    hints = get_type_hints(kind)
    found: dict[str, str] = {}
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]
    for before, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[normal(prefix + ast.unparse(before.target))] = " ".join(str(after.value.value).split())
    for field in dataclasses.fields(kind):
        nested = nested_options(hints[field.name])
        if nested is not None:
            found |= _descriptions(nested, f"{prefix}{field.name}.")
    return found


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
