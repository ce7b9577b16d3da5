"""What people prove themselves with beside a password."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("transports", sa.ARRAY(sa.Text()), nullable=False),
        _created(),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        _of_a_person("passkeys"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_passkeys"),
        schema="auth",
    )
    op.create_index("ix_passkeys_subject", "passkeys", ["subject"], schema="auth")
    op.create_table(
        "authenticators",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _created(),
        _of_a_person("authenticators"),
        sa.PrimaryKeyConstraint("subject", name="pk_authenticators"),
        schema="auth",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        _created(),
        _of_a_person("recovery_codes"),
        sa.PrimaryKeyConstraint("subject", "fingerprint", name="pk_recovery_codes"),
        schema="auth",
    )


def _created() -> sa.Column[object]:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.func.now(),
        nullable=False,
    )


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["subject"],
        ["auth.users.subject"],
        name=f"fk_{table}_subject",
        ondelete="CASCADE",
    )
