"""The second wall on PostgreSQL: in a site's transaction the server itself shows that site's rows only.

The transaction runs as `ROLE`, which owns nothing, and names its site in the setting `SETTING`; policies on
every table of the sites compare each row with it, for reading and for writing. With FORCE they bind the
tables' owner as well: without a site (the administrator) he sees everything, with one that site.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from models.errors import DomainError
from sync.server.tables import tables_of_sites

ROLE = "qiantai_desk"
SETTING = "qiantai.site"
LOCK_TIMEOUT = "30s"
_ENTER = text(
    "SELECT set_config('role', :role, true), set_config('qiantai.site', :site, true),"
    " set_config('lock_timeout', :patience, true)"
)
_ENTER_ALL = text("SELECT set_config('lock_timeout', :patience, true)")
_LACKING = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind = 'r' AND c.relname = ANY(:names)"
    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
)


def enter(connection: Connection, site_id: str | None) -> None:
    """Until its end, this transaction is the site's (None: of no one site): one statement."""
    if site_id is None:
        connection.execute(_ENTER_ALL, {"patience": LOCK_TIMEOUT})
        return
    connection.execute(_ENTER, {"role": ROLE, "site": site_id, "patience": LOCK_TIMEOUT})


def is_in_place(connection: Connection) -> bool:
    names = [table.name for table in tables_of_sites()]
    return not connection.execute(_LACKING, {"names": names}).all()


def install(connection: Connection) -> None:
    """Role, rights and policies, as far as they are not there yet; again after every migration.

    Raises ``DomainError("hq-role-missing")`` when the URL's user may neither use nor make the role.
    """
    user, schema = connection.execute(text("SELECT current_user, current_schema()")).one()
    quote = connection.dialect.identifier_preparer.quote
    owner, place = quote(user), quote(schema)
    _provide_role(connection, user, owner)
    run = connection.exec_driver_sql
    run(f"GRANT USAGE ON SCHEMA {place} TO {ROLE}")
    for table in tables_of_sites():
        name = f"{place}.{quote(table.name)}"
        run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {ROLE}")
        run(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        run(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        run(f"DROP POLICY IF EXISTS own_site ON {name}")
        run(f"DROP POLICY IF EXISTS administrator ON {name}")
        its_own = f"site_id = current_setting('{SETTING}', true)"
        run(f"CREATE POLICY own_site ON {name} USING ({its_own}) WITH CHECK ({its_own})")
        none = f"coalesce(current_setting('{SETTING}', true), '') = ''"
        run(f"CREATE POLICY administrator ON {name} TO {owner} USING ({none}) WITH CHECK ({none})")


def _provide_role(connection: Connection, user: str, owner: str) -> None:
    """Another headquarters on the same server may be making it at this moment."""
    known = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    member = text("SELECT pg_has_role(current_user, :role, 'SET')")
    try:
        if connection.execute(known, {"role": ROLE}).first() is None:
            connection.exec_driver_sql(
                f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        if not connection.execute(member, {"role": ROLE}).scalar_one():
            connection.exec_driver_sql(f"GRANT {ROLE} TO {owner}")
    except DBAPIError as error:
        raise DomainError("hq-role-missing", user=user, role=ROLE) from error
