"""`python -m examples.inventory.demo`, or `make demo`: exits with 0 only if everything came out as expected.

KEEP=1 keeps the folder with the database and the logs; SERVE=1 stays up afterwards and says what to try.
"""

import os
import signal
import sys
from importlib.util import find_spec
from types import FrameType

NEEDED = {
    "sqlalchemy": "dawam[sqlalchemy]",
    "aiosqlite": "dawam[sqlalchemy]",
    "fastapi": "dawam[fastapi]",
    "jinja2": "dawam[dashboard]",
    "uvicorn": "uvicorn",
    "aiosmtplib": "aiosmtplib",
    "fpdf": "fpdf2",
    "uharfbuzz": "uharfbuzz",
    "xlsxwriter": "xlsxwriter",
    "httpx2": "httpx2",
}


def main() -> int:
    missing = dict.fromkeys(package for module, package in NEEDED.items() if find_spec(module) is None)
    if missing:
        wanted = " ".join(f"'{package}'" for package in missing)
        print(f"The demo needs more than Dawam itself: pip install {wanted}  (`make demo` does so)", file=sys.stderr)
        return 2
    from examples.inventory.demo.story import tell
    from examples.inventory.reports.font import ReportFontError, find_font

    try:
        find_font(None)
    except ReportFontError as error:
        print(f"The demo makes a report in Arabic, and {error}", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return tell(keep=_is_on("KEEP"), serve=_is_on("SERVE"))
    except KeyboardInterrupt:
        print("\ninterrupted; every process of the demo has been stopped")
        return 130


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "no", "false")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
