"""How a measured program answers its driver: one marked line of JSON among whatever else it prints."""

import json
from collections.abc import Mapping
from typing import Any

MARK = "ANSWER "


def give(answer: Mapping[str, Any]) -> None:
    """Answers."""
    print(MARK + json.dumps(answer), flush=True)


def find(output: str) -> dict[str, Any]:
    """The answer in what a program printed; empty when it gave none."""
    for line in output.splitlines():
        if line.startswith(MARK):
            answer: dict[str, Any] = json.loads(line.removeprefix(MARK))
            return answer
    return {}
