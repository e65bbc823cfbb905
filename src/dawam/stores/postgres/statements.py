"""The statements of `statements.sql` for one schema, in the server's own form: `$1`, `$2`, ..."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from dawam.stores.sql.statements import load_statements

_TABLE = re.compile(r"\bdawam_\w+")
_WORD = re.compile(r"(?<!:):(\w+)")


class Statement:
    """One statement, and the order in which it takes the parameters that it names."""

    __slots__ = ("query", "text", "words")

    def __init__(self, text: str, schema: str) -> None:
        words: dict[str, int] = {}
        numbered = _WORD.sub(lambda word: f"${words.setdefault(word[1], len(words) + 1)}", text)
        self.words = tuple(words)
        self.text = _TABLE.sub(lambda table: f"{schema}.{table[0]}", numbered)
        self.query = self.text.encode()

    def ordered(self, parameters: Sequence[Any] | Mapping[str, Any]) -> Sequence[Any]:
        """The parameters by place."""
        return [parameters[word] for word in self.words] if isinstance(parameters, Mapping) else parameters


@cache
def statements(schema: str) -> Mapping[str, Statement]:
    """All of them by name, the tables in that schema."""
    texts = load_statements("dawam.stores.postgres")
    return {name: Statement(texts[name], schema) for name in texts.names}
