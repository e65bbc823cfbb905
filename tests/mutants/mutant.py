"""A mutant: one small bug that somebody could have made, and the row of the guide whose tests must notice it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A sabotage of one place in the product."""

    row: str
    """The row of the guide's table that it breaks, or the place of the guard that it switches off."""
    breaks: str
    """What no longer holds, in a few words."""
    path: str
    """The file, from the root of the repository."""
    text: str
    """What stands there; it occurs exactly once in the file."""
    sabotage: str
    """What a careless hand would have written."""

    def sabotaged(self, root: Path) -> str:
        """The file's text with the sabotage in it."""
        text = (root / self.path).read_text(encoding="utf-8")
        if (count := text.count(self.text)) != 1:
            raise ValueError(
                f"{self.path} has the text of the mutant “{self.breaks}” {count} times, where once was expected: "
                f"{self.text!r}"
            )
        return text.replace(self.text, self.sabotage)
