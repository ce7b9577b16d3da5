"""What the whole protocol keeps: more of clients, and of what was authorised."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_json = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "clients",
        sa.Column("metadata", _json, server_default="{}", nullable=False),
        schema="auth",
    )
    op.add_column("grants", sa.Column("resources", sa.ARRAY(sa.Text())), schema="auth")
    op.execute(
        "UPDATE auth.grants SET resources = array_remove(ARRAY[resource], NULL::text)"
    )
    op.alter_column("grants", "resources", nullable=False, schema="auth")
    op.drop_column("grants", "resource", schema="auth")
    op.add_column("grants", sa.Column("claims", _json), schema="auth")
    op.add_column(
        "grants",
        sa.Column("authorization_details", _json, server_default="[]", nullable=False),
        schema="auth",
    )
    op.add_column("grants", sa.Column("confirmation", _json), schema="auth")

