"""Every example of the documentation runs as it stands, and prints what the page shows; every link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Reader, blocks
from tests.support.postgres import PostgresServer

DOCS = sorted((ROOT / "docs").rglob("*.md"))
RUNNABLE = [page for page in DOCS if any(b.language in ("python", "console") for b in blocks(page))]
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS]
_ON_POSTGRES = "postgresql:///"
"""The reader's own server."""
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A reader's own, set as it comes; the other tests' server only says whether there can be one."""
    with PostgresServer() as server:
        yield server


@pytest.mark.parametrize("page", RUNNABLE, ids=_named)
def test_a_page_can_be_followed(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if _ON_POSTGRES in page.read_text(encoding="utf-8"):
        server: PostgresServer = request.getfixturevalue("server")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
    assert Reader(tmp_path).follow(page) > 0


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    dead = [link for link in _links(page) if not _leads_somewhere(page, link)]
    assert dead == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    seen, waiting = {index}, [index]
    while waiting:
        page = waiting.pop()
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in _links(page)}
        found = {other for other in linked if other.suffix == ".md" and other.is_file()} - seen
        seen |= found
        waiting += found
    assert [_named(page) for page in DOCS if page not in seen] == []


def _links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in _LINK.findall(text) if not link.startswith(("http://", "https://"))]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {_anchor(title) for title in _HEADING.findall(target.read_text(encoding="utf-8"))}


def _anchor(title: str) -> str:
    """The name that a heading gets on the web."""
    return re.sub(r"[^\w\- ]", "", title.casefold()).strip().replace(" ", "-")
