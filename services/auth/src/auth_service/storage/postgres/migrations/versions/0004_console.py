"""What developers say about their apps, and who may try them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "app_transfers",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("recipient_canonical", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["auth.clients.client_id"],
            name="fk_app_transfers_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_app_transfers"),
        schema="auth",
    )
    op.create_index(
        "ix_app_transfers_recipient_canonical",
        "app_transfers",
        ["recipient_canonical"],
        schema="auth",
    )
    op.create_table(
        "client_logos",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("logo_uri", sa.Text(), nullable=False),
        sa.Column("logo_id", sa.Text()),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["auth.clients.client_id"],
            name="fk_client_logos_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_client_logos"),
        schema="auth",
    )
    op.create_index(
        "ix_client_logos_logo_id", "client_logos", ["logo_id"], schema="auth"
    )
