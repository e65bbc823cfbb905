"""What other libraries answer stands on a page with their versions; with those versions installed it is asked again."""

import json

import pytest

from tests.architecture.schedule_cases import PINNED, answers_of_peers, installed_versions


@pytest.mark.filterwarnings("ignore")  # theirs
def test_the_answers_of_other_libraries_are_those_on_the_page() -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    if installed_versions() != pinned["versions"]:
        pytest.skip(f"other versions are installed than those on the page: {installed_versions()}")
    assert answers_of_peers() == pinned["answers"], "ask anew with: python -m tests.architecture.schedule_cases"
