"""SQL stands in .sql files, one named statement after another, where the dialects can be laid side by side."""

import ast
import re

import pytest

from tests.architecture.allowances import SQL_IN_PYTHON
from tests.architecture.code import modules

_STATEMENT = re.compile(
    r"\b(select\b.+\bfrom|insert\s+(or\s+\w+\s+)?into|update\s+\w+\s+set|delete\s+from|alter\s+table"
    r"|(create|drop)\s+(unique\s+|temp\w*\s+)?(table|index|view|trigger))\s+\S",
    re.IGNORECASE | re.DOTALL,
)


def test_statements_stand_in_sql_files() -> None:
    found = {
        module.path
        for module in modules("src")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in module.docstrings
        if _STATEMENT.search(node.value)
    }

    assert found == set(SQL_IN_PYTHON)


@pytest.mark.parametrize(
    "text",
    ["SELECT id\nFROM jobs", "insert or ignore into jobs values (1)", "UPDATE jobs SET x = 1", "drop table jobs"],
)
def test_this_check_would_notice_a_statement(text: str) -> None:
    assert _STATEMENT.search(text)
