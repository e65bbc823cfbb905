"""What leads from one version of the tables to another, as statements that name their schema: for us, and for people.

No driver is needed for it, so that it serves whoever migrates with one of their own. Each statement stands alone,
because some drivers take one at a time, and none leans on the search path, which is the caller's.
"""

from collections.abc import Iterator

from dawam.stores.postgres.statements import qualified, statements
from dawam.stores.sql.statements import load_migrations, split

STEPS = load_migrations("dawam.stores.postgres")
NEWEST = len(STEPS)


def script(schema: str, found: int = 0, wanted: int = NEWEST) -> Iterator[str]:
    """The statements between two versions, to be executed in one transaction. They fail on tables of any other."""
    name = f"'{schema}'"
    yield _filled("lock_migrations", schema, name)
    yield _filled("require_version", schema, str(found)) if found else _filled("make_schema", schema, name)
    for number, _, text in STEPS[found:wanted]:
        yield from (qualified(statement, schema) for statement in split(text))
        yield _filled("set_schema_version", schema, str(number))


def _filled(name: str, schema: str, value: str) -> str:
    """A statement with its parameter written into it: a number, or a name that needs no quotes inside."""
    return statements(schema)[name].text.replace("$1", value)
