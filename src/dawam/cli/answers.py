"""What became of each thing that a command was told to change: lines for people, JSON for tools."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from dawam.cli.output import print_json
from dawam.cli.shape import Failure


@dataclass(frozen=True, slots=True)
class Answer:
    """About one of them."""

    of: str
    """Its id or name."""
    is_done: bool
    text: str
    """For people."""


@contextmanager
def answering(*, as_json: bool) -> Generator[Callable[[Answer], None]]:
    """Takes the answers as they come, and fails at the end if anything was refused.

    What was done is said also where one of the next raises.
    """
    answers: list[Answer] = []

    def add(answer: Answer) -> None:
        answers.append(answer)
        if answer.is_done and not as_json:
            click.echo(answer.text)

    try:
        yield add
    finally:
        if as_json:
            told = [{"of": each.of, "is_done": each.is_done, "text": each.text} for each in answers]
            print_json({"answers": told})
    refused = [each.text for each in answers if not each.is_done]
    if refused:
        raise Failure("\n".join(refused))


class Teller:
    """Says step by step what is done, or at the end all of it as JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, text: str) -> None:
        """Something on the way, for people only."""
        if not self.as_json:
            click.echo(text)

    def end(self, text: str, **facts: Any) -> None:
        """What came of it."""
        print_json(facts) if self.as_json else click.echo(text)
