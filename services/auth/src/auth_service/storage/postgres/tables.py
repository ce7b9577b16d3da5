"""Every table of the authorization server, in the schema `auth`."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "auth"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)

_words = ARRAY(Text)
_moment = DateTime(timezone=True)


def _created(name: str = "created_at") -> Column[object]:
    return Column(name, _moment, nullable=False, server_default=func.now())


users = Table(
    "users",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("username_canonical", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("email_canonical", Text, nullable=False, unique=True),
    Column("email_verified", Boolean, nullable=False, server_default="false"),
    Column("password_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone_number", Text),
    Column("birthdate", Date),
    Column("emp_user_id", Text, unique=True),
    # The language of their pages; NULL is whatever the browser asks for.
    Column("locale", Text),
    Column("picture_id", Text),
    Column("picture", LargeBinary),
    Column("disabled_at", _moment),
    Column("administrator", Boolean, nullable=False, server_default="false"),
    # Grants made before this moment are dead: the password was changed.
    Column("valid_after", _moment),
    _created(),
    _created("updated_at"),
    Index("ix_users_picture_id", "picture_id"),
)

# The public halves of people's passkeys.
passkeys = Table(
    "passkeys",
    metadata,
    Column("credential_id", Text, primary_key=True),
    Column(
        "subject",
        Text,
        ForeignKey("users.subject", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("public_key", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("transports", _words, nullable=False),
    _created(),
    Column("last_used_at", _moment),
)

# Apps that show people one-time codes.
authenticators = Table(
    "authenticators",
    metadata,
    Column(
        "subject",
        Text,
        ForeignKey("users.subject", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("secret_sealed", LargeBinary, nullable=False),
    # The last step of 30 seconds whose code was taken; none up to it is taken again.
    Column("last_step", BigInteger, nullable=False),
    _created(),
)

# What is left of the codes for people whose device is gone.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column(
        "subject",
        Text,
        ForeignKey("users.subject", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("fingerprint", Text, primary_key=True),
    _created(),
)

clients = Table(
    "clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("client_name", Text, nullable=False),
    Column("application_type", Text, nullable=False, server_default="web"),
    Column("token_endpoint_auth_method", Text, nullable=False),
    Column("grant_types", _words, nullable=False),
    Column("scopes", _words, nullable=False),
    Column("redirect_uris", _words, nullable=False),
    Column("post_logout_redirect_uris", _words, nullable=False),
    Column("client_uri", Text),
    Column("policy_uri", Text),
    Column("tos_uri", Text),
    Column("id_token_signed_response_alg", Text, nullable=False),
    Column("owner", Text, ForeignKey("users.subject", ondelete="CASCADE"), index=True),
    Column("first_party", Boolean, nullable=False, server_default="false"),
    Column("require_pkce", Boolean, nullable=False, server_default="true"),
    # What else the app is registered with and is not the default, by its RFC's name.
    Column("metadata", JSONB, nullable=False, server_default="{}"),
    # What administrators decided; nobody else writes these two.
    # A fingerprint of what was vouched for: who says something else is not verified.
    Column("verified_as", Text),
    Column("suspended_at", _moment),
    _created(),
)

# Our copies of the logos of apps; a row without one is an attempt.
client_logos = Table(
    "client_logos",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("logo_uri", Text, nullable=False),
    Column("logo_id", Text, index=True),
    Column("logo", LargeBinary),
    Column("next_attempt_at", _moment, nullable=False),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("fingerprint", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("last_used_at", _moment),
    _created(),
)

# Apps that their owners want to give to somebody, by a name that may be nobody's.
app_transfers = Table(
    "app_transfers",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # Whose it was when it was offered: nobody gives away what is another's by now.
    Column("owner", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("recipient_canonical", Text, nullable=False, index=True),
    _created(),
)

# What programs registered by themselves, and who may change it (RFC 7592 section 1.3).
registrations = Table(
    "registrations",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("token_fingerprint", Text, nullable=False),
    _created(),
)

initial_access_tokens = Table(
    "initial_access_tokens",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", _moment, nullable=False, index=True),
    _created(),
)

# Clients whose name is the address of their metadata.
client_documents = Table(
    "client_documents",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("fresh_until", _moment, nullable=False),
    Column("fetched_at", _moment, nullable=False, index=True),
)

resources = Table(
    "resources",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id", ondelete="SET NULL")),
    # [{"name", "description", "sensitive"}], in the order that people read them.
    Column("scopes", JSONB, nullable=False),
    # [{"type", "schema", "sentence", "sensitive"}] (RFC 9396)
    Column("detail_types", JSONB, nullable=False, server_default="[]"),
)

consents = Table(
    "consents",
    metadata,
    Column(
        "subject",
        Text,
        ForeignKey("users.subject", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    # '' where nothing but our own userinfo is asked for.
    Column("resource", Text, primary_key=True),
    Column("scopes", _words, nullable=False),
    _created("granted_at"),
    _created("used_at"),
    # Grants made before this moment are dead: the person took it back.
    Column("revoked_at", _moment),
)

grants = Table(
    "grants",
    metadata,
    Column("grant_id", Text, primary_key=True),
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column(
        "subject",
        Text,
        ForeignKey("users.subject", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("scopes", _words, nullable=False),
    Column("resources", _words, nullable=False),
    Column("sid", Text, index=True),
    Column("auth_time", _moment, nullable=False),
    Column("amr", _words, nullable=False),
    Column("authorized_at", _moment, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("claims", JSONB(none_as_null=True)),
    Column("authorization_details", JSONB, nullable=False, server_default="[]"),
    Column("confirmation", JSONB(none_as_null=True)),
    # Unique: a code gives one family, whatever Redis remembers.
    Column("code_fingerprint", Text, unique=True),
    Column("expires_at", _moment, nullable=False, index=True),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column(
        "grant_id",
        Text,
        ForeignKey("grants.grant_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("successor", Text),
    Column("rotated_at", _moment),
    Column("grace_uses", Integer, nullable=False, server_default="0"),
    Column("expires_at", _moment, nullable=False, index=True),
)

# Of families (grant_id), browser sessions (sid) and single access tokens (jti). A row
# may come before what it revokes: that is what makes revocation win every race.
revocations = Table(
    "revocations",
    metadata,
    Column("id", Text, primary_key=True),
    _created("revoked_at"),
)

# What apps have yet to be told about sessions that ended, and what they were told.
logout_deliveries = Table(
    "logout_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "client_id",
        Text,
        ForeignKey("clients.client_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("subject", Text, nullable=False),
    Column("sid", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("outcome", Text),
    # NULL once it was delivered or given up.
    Column("next_attempt_at", _moment, index=True),
    Column("delivered_at", _moment),
    _created(),
    Index("ix_logout_deliveries_client_id", "client_id", "created_at"),
)

# Other servers whose word about people is taken (RFC 7523 section 2.1).
trusted_issuers = Table(
    "trusted_issuers",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject_is", Text, nullable=False),
    Column("client_ids", _words, nullable=False),
    Column("scopes", _words, nullable=False),
    Column("jwks", JSONB(none_as_null=True)),
    Column("jwks_uri", Text),
    Column("max_lifetime", Integer, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("alg", Text, nullable=False),
    Column("public_jwk", JSONB, nullable=False),
    Column("private_key_sealed", LargeBinary, nullable=False),
    _created(),
    # When it begins to sign; NULL while it is only announced.
    Column("active_at", _moment),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _created("at"),
    Column("event", Text, nullable=False),
    Column("subject", Text),
    Column("client_id", Text),
    Column("ip", Text),
    Column("request_id", Text),
    Column("detail", JSONB, nullable=False),
    Index("ix_audit_log_subject", "subject", "at"),
    Index("ix_audit_log_client_id", "client_id", "id"),
    Index("ix_audit_log_event", "event", "id"),
)
