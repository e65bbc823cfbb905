"""Dawam's tables in the migrations of your own application, whatever tool makes them.

An Alembic revision, for instance, executes what the function of its database gives:

    def upgrade() -> None:
        for statement in postgresql_statements(schema="jobs", to_version=2):
            op.execute(statement)

and a Django migration holds `RunSQL(postgresql_statements(schema="jobs", to_version=2))`. Say `Store.Migrate = false`
then, so that no process is quicker. Each list is one step: all of it in one transaction.
"""

from dawam.stores.postgres import script as postgres_script
from dawam.stores.postgres.statements import is_schema_name
from dawam.stores.sqlite import migrations as sqlite_migrations

_PREFIX = "dawam_"


def postgresql_statements(*, schema: str = "public", from_version: int = 0, to_version: int) -> list[str]:
    """What brings the tables in that schema from one version to another; `dawam store check` says which there are.

    They make the schema where it is missing, and fail on tables of any version but `from_version`. The versions are
    said in numbers, so that a migration does the same in years as it does today.
    """
    if not is_schema_name(schema):
        raise ValueError(f"schema={schema!r}: a name of a-z, 0-9 and _ was expected")
    _require_known(from_version, to_version, postgres_script.NEWEST)
    return list(postgres_script.script(schema, from_version, to_version))


def sqlite_statements(*, from_version: int = 0, to_version: int) -> list[str]:
    """The same for an SQLite file."""
    _require_known(from_version, to_version, sqlite_migrations.NEWEST)
    return list(sqlite_migrations.script(from_version, to_version))


def include_object(item: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:  # noqa: ARG001  (Alembic's)
    """For Alembic's `context.configure(include_object=include_object)`: autogenerate leaves Dawam's tables alone.

    It would drop them, because no model of yours describes them.
    """
    is_ours = type_ == "table" and name is not None and name.startswith(_PREFIX)
    return not (is_ours and reflected and compare_to is None)


def _require_known(from_version: int, to_version: int, newest: int) -> None:
    if not 0 <= from_version < to_version <= newest:
        raise ValueError(
            f"from_version={from_version}, to_version={to_version}: two versions were expected, the first smaller, of "
            f"0 (no tables) to {newest} (the newest that this Dawam knows)"
        )
