"""Whoever changes an app, or what is told of one, tells every worker."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Which changes of which tables, as triggers say it. That a secret was used, and when,
#: changes nothing about its app.
_TOLD = {
    "clients": "AFTER INSERT OR UPDATE OR DELETE ON auth.clients",
    "client_secrets": (
        "AFTER INSERT OR DELETE OR UPDATE OF client_id, fingerprint "
        "ON auth.client_secrets"
    ),
    "client_logos": "AFTER INSERT OR UPDATE OR DELETE ON auth.client_logos",
    # The publisher of an app.
    "users": "AFTER UPDATE OF name ON auth.users",
}


def upgrade() -> None:
    """Forward."""
    op.execute(
        """
        CREATE FUNCTION auth.tell_of_clients() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NOTIFY valetkey_auth_clients;
            RETURN NULL;
        END $$
        """
    )
    for table, when in _TOLD.items():
        op.execute(
            f"CREATE TRIGGER tell_of_clients_{table} {when} "
            "FOR EACH STATEMENT EXECUTE FUNCTION auth.tell_of_clients()"
        )
