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
    op.add_column(
        "resources",
        sa.Column("detail_types", _json, server_default="[]", nullable=False),
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

    op.create_table(
        "registrations",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("token_fingerprint", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["auth.clients.client_id"],
            name="fk_registrations_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_registrations"),
        schema="auth",
    )
    op.create_table(
        "initial_access_tokens",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_initial_access_tokens"),
        schema="auth",
    )
    op.create_index(
        "ix_initial_access_tokens_expires_at",
        "initial_access_tokens",
        ["expires_at"],
        schema="auth",
    )
    op.create_table(
        "client_documents",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["auth.clients.client_id"],
            name="fk_client_documents_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_client_documents"),
        schema="auth",
    )
    op.create_index(
        "ix_client_documents_fetched_at",
        "client_documents",
        ["fetched_at"],
        schema="auth",
    )
    op.create_table(
        "trusted_issuers",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject_is", sa.Text(), nullable=False),
        sa.Column("client_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("jwks", _json),
        sa.Column("jwks_uri", sa.Text()),
        sa.Column("max_lifetime", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_trusted_issuers")),
        schema="auth",
    )
    op.create_table(
        "logout_deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["auth.clients.client_id"],
            name=op.f("fk_logout_deliveries_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logout_deliveries")),
        schema="auth",
    )
    op.create_index(
        "ix_logout_deliveries_client_id",
        "logout_deliveries",
        ["client_id", "created_at"],
        schema="auth",
    )
    op.create_index(
        op.f("ix_logout_deliveries_next_attempt_at"),
        "logout_deliveries",
        ["next_attempt_at"],
        schema="auth",
    )
    op.create_index(op.f("ix_grants_sid"), "grants", ["sid"], schema="auth")
