"""The notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "notes"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "notes_by_owner", "notes", ["owner", "created_at", "id"], schema=SCHEMA
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("notes", schema=SCHEMA)
