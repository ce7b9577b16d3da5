"""Who administers, what they decided, and which language people read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "users",
        sa.Column(
            "administrator", sa.Boolean(), server_default="false", nullable=False
        ),
        schema="auth",
    )
    op.add_column("users", sa.Column("locale", sa.Text()), schema="auth")
    op.add_column("clients", sa.Column("verified_as", sa.Text()), schema="auth")
    op.add_column(
        "clients",
        sa.Column("suspended_at", sa.DateTime(timezone=True)),
        schema="auth",
    )
    for name in ("client_id", "event"):
        op.create_index(
            f"ix_audit_log_{name}", "audit_log", [name, "id"], schema="auth"
        )
