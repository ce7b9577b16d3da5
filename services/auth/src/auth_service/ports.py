"""
What the flows need from outside, one small Protocol per need.

Names keep their promises: `find` changes nothing, `put` writes and the last one
wins, `claim`, `take` and `rotate` are atomic and one caller wins. Every method
raises `TemporarilyUnavailable` when its store is away, and nothing of its driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from auth_service.protocol.administration import AuditEvent, AuditFilter
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.device_grant import Approval, DeviceGrant, DeviceRequest
from auth_service.protocol.factors import Factors, Passkey
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.jwt_bearer import TrustedIssuer
from auth_service.protocol.letter import ClaimedErrand, Errand, Letter, Written
from auth_service.protocol.logout_token import Delivery, DeliveryReport
from auth_service.protocol.refresh_grant import Grant, RefreshGrant
from auth_service.protocol.refusal import Refusal
from auth_service.protocol.scopes import Catalogue, Resource
from auth_service.protocol.session import Session
from auth_service.protocol.throttle import Throttle
from auth_service.protocol.trial import Trial
from auth_service.protocol.user import User
from valetkey.jwk import VerificationKey

Value = TypeVar("Value")


class Origins(Protocol):
    """Where browser apps live."""

    async def has_origin(self, origin: str, client_id: str | None) -> bool:
        """Whether a public client, this one if named, has a redirect_uri there."""
        ...


class Clients(Protocol):
    """Registered apps."""

    async def find(self, client_id: str) -> Client | None:
        """The app of this name, unless it was deleted or is suspended."""
        ...

    async def note_use(self, client_id: str, client_secret: str) -> None:
        """Remember, to the minute, that a secret was used; nobody waits for that."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A live client secret as its owner sees it: never the secret itself."""

    id: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None


class AppRegister(Clients, Protocol):
    """What the developer console does to apps."""

    async def find_registered(self, client_id: str) -> Client | None:
        """The app of this name, suspended or not."""
        ...

    async def owned_by(self, subject: str) -> Sequence[Client]:
        """The apps of a person, newest first."""
        ...

    async def put(self, client: Client) -> None:
        """Register an app or replace its metadata; its secrets stay."""
        ...

    async def replace(self, before: Client, after: Client) -> bool:
        """
        Change an app; False where somebody else has changed it meanwhile.

        Secrets that it has no more use for end. Where it answers at other addresses,
        or proves itself by other keys, people are asked for consent again.
        """
        ...

    async def delete(self, client_id: str) -> None:
        """Remove an app with its secrets, consents and grants."""
        ...

    async def secrets(self, client_id: str) -> Sequence[Secret]:
        """The app's live secrets, oldest first."""
        ...

    async def add_secret(self, client_id: str, client_secret: str) -> bool:
        """Add a second live secret; False where two are alive already."""
        ...

    async def delete_secret(self, client_id: str, secret_id: str) -> None:
        """End a secret at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """
    An app that is offered to somebody.

    Attributes:
        recipient: their username or e-mail address, as the owner typed it.
        publisher: the owner's name.

    """

    client_id: str
    client_name: str
    publisher: str | None
    recipient: str
    created_at: datetime


class Transfers(Protocol):
    """Apps on their way to another owner."""

    async def offer(self, client_id: str, owner: str, recipient: str) -> None:
        """Offer an app of this owner's; an offer before is forgotten."""
        ...

    async def withdraw(self, client_id: str) -> bool:
        """Take an offer back, or decline it; False where there is none."""
        ...

    async def of(self, client_id: str) -> Transfer | None:
        """To whom an app is offered."""
        ...

    async def offered_to(self, names: Sequence[str]) -> Sequence[Transfer]:
        """What is offered to somebody of these names, compared canonically."""
        ...

    async def accept(self, client_id: str, names: Sequence[str], owner: str) -> bool:
        """Give an app to whom it is offered; one caller wins."""
        ...


class Refusals(Protocol):
    """The last requests of each app that were refused; old ones go by themselves."""

    async def add(self, client_id: str, refusal: Refusal) -> None:
        """Keep one, and no more than a few."""
        ...

    async def of(self, client_id: str) -> Sequence[Refusal]:
        """Those that are kept, newest first."""
        ...


class Trials(Protocol):
    """Sign-ins that developers try from the console, by their state."""

    async def put(self, state: str, trial: Trial) -> None:
        """Keep one for as long as people take."""
        ...

    async def take(self, state: str) -> Trial | None:
        """One that comes back; one caller wins."""
        ...


class Registrations(Protocol):
    """Clients that registered by themselves (RFC 7591, RFC 7592)."""

    async def admits(self, token: str) -> bool:
        """Whether one more client may register with this initial access token."""
        ...

    async def unused(self) -> int:
        """How many registered and were never used."""
        ...

    async def add(
        self,
        client: Client,
        *,
        client_secret: str | None,
        registration_access_token: str,
        initial_access_token: str | None,
    ) -> datetime | None:
        """Register a client: when that was; None where the token is used up."""
        ...

    async def find(
        self, client_id: str, registration_access_token: str
    ) -> Client | None:
        """The client that this token is for."""
        ...

    async def replace(
        self,
        client: Client,
        *,
        client_secret: str | None,
        keeps_secrets: bool,
        registration_access_token: str,
        successor: str,
    ) -> bool:
        """Replace all metadata and the token; one caller wins."""
        ...

    async def delete(self, client_id: str, registration_access_token: str) -> bool:
        """Remove a client with its secrets, consents and grants."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """
    A client as its metadata document described it, and how old that is.

    Attributes:
        fresh: it need not be fetched again yet.
        usable: it may serve on while it cannot be fetched.

    """

    client: Client
    fresh: bool
    usable: bool


class ClientDocuments(Protocol):
    """Clients that are known by the address of their metadata."""

    async def find(self, client_id: str) -> KnownDocument | None:
        """The client as it was last fetched."""
        ...

    async def put(self, client: Client, *, fresh_for: timedelta) -> None:
        """
        Keep what was fetched just now.

        Where it answers at other addresses, or proves itself by other keys, people
        are asked for consent again.
        """
        ...


class Resources(Protocol):
    """Registered APIs and their scopes."""

    async def catalogue(self) -> Catalogue:
        """All of them."""
        ...


class NameTaken(Exception):
    """A username, e-mail address or employee number is another person's already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Users(Protocol):
    """People."""

    async def find(self, subject: str) -> User | None:
        """A person by their subject."""
        ...

    async def find_all(self, subjects: Sequence[str]) -> Sequence[User]:
        """People by their subjects, those who exist."""
        ...

    async def find_by_identifier(self, identifier: str) -> tuple[User, str] | None:
        """A person and their password hash, by canonical username or e-mail."""
        ...


class PeopleRegister(Users, Protocol):
    """What registering and the account pages do to people."""

    async def add(self, user: User, password_hash: str) -> None:
        """
        Register a person.

        Raises:
            NameTaken: a canonical name is in use.

        """
        ...

    async def taken(self, user: User) -> frozenset[str]:
        """
        Which names of a new person are another's: `username`, `emp_user_id`.

        Never `email`: whether an address is known here is nobody's business.
        """
        ...

    async def update(self, user: User) -> None:
        """
        Replace a person's profile.

        Raises:
            NameTaken: a canonical name is in use.

        """
        ...

    async def confirm_email(self, subject: str, email: str, *, before: str) -> bool:
        """
        Give a person an address that is proven; False where theirs is not `before`.

        Raises:
            NameTaken: the address is another person's.

        """
        ...

    async def set_password(self, subject: str, password_hash: str) -> None:
        """Change a password; every grant made before is dead from here on."""
        ...

    async def rehash(self, subject: str, password_hash: str) -> None:
        """Store the same password under newer parameters."""
        ...

    async def put_picture(self, subject: str, image: bytes) -> None:
        """Replace a person's picture with an encoded WEBP image."""
        ...

    async def delete_picture(self, subject: str) -> None:
        """Forget a person's picture."""
        ...

    async def find_picture(self, picture_id: str) -> bytes | None:
        """A picture by the name in its URL."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """What was allowed, at the store's present moment."""

    scopes: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person has allowed an app at one resource."""

    client: Client
    scopes: frozenset[str]
    granted_at: datetime
    used_at: datetime


class Consents(Protocol):
    """What people have allowed."""

    async def granted(
        self, subject: str, client_id: str, resources: Sequence[str]
    ) -> Granted | None:
        """What this person has allowed this app there; None if gone or disabled."""
        ...

    async def put(
        self,
        subject: str,
        client_id: str,
        scopes: Mapping[str | None, frozenset[str]],
    ) -> None:
        """Remember a yes at each resource, in addition to what was allowed before."""
        ...

    async def of(self, subject: str) -> Sequence[Consent]:
        """Every app that this person has allowed something."""
        ...

    async def revoke(self, subject: str, client_id: str) -> None:
        """Take it all back; every grant made before is dead from here on."""
        ...


class Grants(Protocol):
    """Families of tokens, and the refresh tokens in them."""

    async def put(
        self,
        grant: Grant,
        *,
        code: str | None,
        authorized_at: datetime | None,
        refresh_token: str | None,
        absolute: timedelta,
        idle: timedelta,
    ) -> bool:
        """
        Begin a family; False where it is not allowed, or its code has begun one.

        The code's fingerprint is unique, so that even a Redis that forgot a claim
        cannot make one code give two families.

        Args:
            authorized_at: when the person allowed it, by the store's clock; what
                was revoked since then kills it. None: just now.

        """
        ...

    async def find_refresh(self, refresh_token: str) -> RefreshGrant | None:
        """A refresh token, whatever it is still worth."""
        ...

    async def rotate(
        self, refresh_token: str, successor: str, *, idle: timedelta
    ) -> bool:
        """Exchange a token for its successor; one caller wins."""
        ...

    async def keep(self, refresh_token: str, *, idle: timedelta) -> bool:
        """Let a token be used again, instead of a successor; False if it has one."""
        ...

    async def repeat(self, refresh_token: str) -> bool:
        """Count one use within the grace; False when there is no more of it."""
        ...

    async def revoke(self, grant_id: str) -> None:
        """Kill a family, or one access token by its jti, stored already or not."""
        ...

    async def revoke_session(self, sid: str) -> None:
        """
        Kill every family that is bound to a browser session.

        In the same moment it is put down which apps have to be told.
        """
        ...

    async def find_person(self, grant_id: str, jti: str) -> User | None:
        """Whom a live access token speaks for; None if anything about it is dead."""
        ...

    async def find_userinfo(
        self, grant_id: str, jti: str, client_id: str
    ) -> tuple[User, Mapping[str, Any] | None] | None:
        """As `find_person`, with what this app asked for in the claims parameter."""
        ...

    async def is_revoked(self, jti: str) -> bool:
        """Whether an access token without a family was revoked."""
        ...


class Codes(Protocol):
    """Authorization codes; a spent one stays recognisable for ten minutes."""

    async def put(
        self, code: str, grant: CodeGrant, *, longest: float | None = None
    ) -> None:
        """Keep a new code for its lifetime, or for so many seconds at most."""
        ...

    async def find(self, code: str) -> CodeGrant | None:
        """What a code stands for, spent or not."""
        ...

    async def claim(self, code: str) -> bool:
        """Spend a code; one caller wins."""
        ...

    async def count_wrong_verifier(self, code: str) -> int:
        """How many wrong verifiers this code has met, this one included."""
        ...


class WaitingRequests(Protocol):
    """Requests whose person is at one of our pages, by a handle for one step."""

    async def put(self, handle: str, waiting: Waiting) -> None:
        """Keep a request for as long as people take."""
        ...

    async def find(self, handle: str) -> Waiting | None:
        """A request, to show its page."""
        ...

    async def take(self, handle: str) -> Waiting | None:
        """A request, to go a step forward; one caller wins."""
        ...

    async def find_way_back(self, handle: str) -> str | None:
        """The app that an expired or finished request came from: its client_id."""
        ...


class PushedRequests(Protocol):
    """Requests that were pushed, by the reference that their clients got."""

    async def put(self, request_uri: str, request: AuthorizationRequest) -> None:
        """Keep a request for its lifetime."""
        ...

    async def find(self, request_uri: str) -> AuthorizationRequest | None:
        """A request that was not answered yet; however often its page is loaded."""
        ...

    async def claim(self, request_uri: str) -> bool:
        """Use a reference up; one caller wins."""
        ...


class DeviceGrants(Protocol):
    """Devices that ask, and what people answered (RFC 8628)."""

    async def put(
        self, device_code: str, user_code: str, request: DeviceRequest
    ) -> bool:
        """Keep a request for its lifetime; False where the user_code is taken."""
        ...

    async def open(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for an answer; from here on it is this person's to give."""
        ...

    async def find_opened(self, user_code: str, subject: str) -> DeviceRequest | None:
        """What waits for the answer of this person, who has opened it."""
        ...

    async def answer(
        self, user_code: str, subject: str, approval: Approval | None
    ) -> bool:
        """Yes, or no with None, by whoever opened it; one answer wins."""
        ...

    async def find(self, device_code: str) -> DeviceGrant | None:
        """What has come of a device's request, for some time after it expired too."""
        ...

    async def count_poll(self, device_code: str) -> bool:
        """Whether it came too soon; then the next one has to wait for longer."""
        ...

    async def claim(self, device_code: str) -> bool:
        """Spend a device_code; one caller wins."""
        ...


class Sessions(Protocol):
    """Signed-in browsers."""

    async def put(self, session: Session) -> None:
        """Keep a new session until it ends."""
        ...

    async def renew(self, session: Session) -> None:
        """Keep a session that was used, unless it has ended in the meantime."""
        ...

    async def find_all(self, keys: Sequence[str]) -> Sequence[Session]:
        """Those of these sessions that have not ended."""
        ...

    async def of(self, subject: str) -> Sequence[Session]:
        """Every session of a person, last used first."""
        ...

    async def end(self, session: Session) -> None:
        """End a session."""
        ...


class SingleUse(Protocol):
    """Names of one kind that may be used once: an assertion's, a proof's."""

    async def claim(self, owner: str, name: str, *, seconds: int) -> bool:
        """Use up this owner's name for so long; one caller wins."""
        ...


class Sealing(Protocol):
    """Keeps what is stored from whoever reads the store."""

    def close(self, plain: bytes, *, name: str) -> bytes:
        """Seal bytes, bound to their name."""
        ...

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """
        Open what was sealed.

        Raises:
            TemporarilyUnavailable: another secret sealed it, or under another name.

        """
        ...


class Tokens(Protocol[Value]):
    """Single-use secrets of one kind, and what each is good for."""

    async def put(self, token: str, value: Value, *, lifetime: timedelta) -> bool:
        """Keep a new one; False where it was kept before, used or not."""
        ...

    async def find(self, token: str) -> Value | None:
        """What it is good for; it stays good."""
        ...

    async def take(self, token: str) -> Value | None:
        """Use it up; one caller wins."""
        ...


class Errands(Protocol):
    """Letters that have to be sent; each lives no longer than it is worth sending."""

    async def add(self, errand: Errand, *, lifetime: timedelta) -> None:
        """One more, due now."""
        ...

    async def claim_due(self, most: int) -> Sequence[ClaimedErrand]:
        """Take what is due; one worker gets each, and has a minute for it."""
        ...

    async def done(self, errand_id: str) -> None:
        """It is sent, or never will be."""
        ...

    async def put_off(self, errand_id: str, delay: timedelta) -> None:
        """It is not sent; try again later."""
        ...


class Undelivered(Exception):
    """
    The mail server did not take a letter.

    Attributes:
        final: it never will.

    """

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Mailer(Protocol):
    """Carries letters away."""

    async def send(self, letter: Letter, *, name: str, language: str) -> None:
        """
        Send a letter; one of the same name is the same letter.

        Raises:
            Undelivered: it was not taken.

        """
        ...


class Inbox(Protocol):
    """What was sent where letters only go as far as this server."""

    async def put(self, written: Written) -> None:
        """The newest letter."""
        ...

    async def letters(self) -> Sequence[Written]:
        """The last hundred, newest first."""
        ...


class KeyHolder(Protocol):
    """Whoever registered public keys here: a client, or a trusted issuer."""

    @property
    def jwks(self) -> Mapping[str, Any] | None:
        """A JWK Set, in place."""
        ...

    @property
    def jwks_uri(self) -> str | None:
        """Where it is, if not in place."""
        ...


class ClientKeys(Protocol):
    """The public keys that were registered, in `jwks` or behind `jwks_uri`."""

    async def find(
        self, client: KeyHolder, kid: str | None, alg: str
    ) -> VerificationKey | None:
        """
        The holder's key of that name for that algorithm, or None.

        None also where the keys cannot be had: that is between the client and
        whoever serves its keys.
        """
        ...

    async def has(self, client: KeyHolder, jkt: str) -> bool:
        """Whether a key with that thumbprint is among them (RFC 7638)."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON value from elsewhere, and the Cache-Control that came with it."""

    value: Any
    cache_control: str


class Outbound(Protocol):
    """
    Calls to URLs that somebody else chose: public https addresses only.

    All raise `valetkey.fetch.Unfetchable`, which quotes nothing, for whatever goes
    wrong between here and there.
    """

    async def check(self, url: str) -> None:
        """Whether a URL leads somewhere that may be called; nobody is called."""
        ...

    async def get_json(self, url: str, *, longest: int = 64 * 1024) -> Fetched:
        """
        Get a JSON value of at most `longest` bytes, within three seconds.

        Raises:
            SlowDown: that host, or everybody, was asked too often.

        """
        ...

    async def get_picture(self, url: str, *, longest: int) -> bytes:
        """
        Get a file that should be a picture, of at most `longest` bytes.

        Raises:
            SlowDown: see `get_json`.

        """
        ...

    async def post_form(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form; the status of the answer, which is not read further."""
        ...


class Attempts(Protocol):
    """Tries that may be wrong, counted before they are evaluated."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        """Seconds to wait before this try; 0 means go on, and it is counted."""
        ...

    async def forget(self, key: str) -> None:
        """The try was right: start counting anew."""
        ...

    async def give_back(self, key: str) -> None:
        """The try was right: this one does not count."""
        ...


class Passwords(Protocol):
    """Password hashing, off the event loop and a few at a time."""

    async def hash(self, password: str) -> str:
        """
        Hash a new password.

        Raises:
            TemporarilyUnavailable: too many wait already.

        """
        ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; without a hash the same work is done, and it is wrong."""
        ...

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        ...


class SecondFactors(Protocol):
    """What people have beside a password, but for the passkeys themselves."""

    async def of(self, subject: str) -> Factors:
        """What a person has."""
        ...

    async def put_authenticator(self, subject: str, secret: str, *, step: int) -> None:
        """Keep the secret of an app; the step whose code proved it is used up."""
        ...

    async def find_secret(self, subject: str) -> str | None:
        """The secret of a person's app."""
        ...

    async def use_step(self, subject: str, step: int) -> bool:
        """Use a step and all before it up; False where that was done before."""
        ...

    async def remove_authenticator(self, subject: str) -> None:
        """Forget a person's app."""
        ...

    async def put_recovery_codes(self, subject: str, codes: Sequence[str]) -> None:
        """Replace a person's codes."""
        ...

    async def use_recovery_code(self, subject: str, code: str) -> bool:
        """Use a code up; one caller wins."""
        ...


class Passkeys(Protocol):
    """The public halves of people's passkeys."""

    async def find(self, credential_id: str) -> Passkey | None:
        """A passkey by the name that devices know it by."""
        ...

    async def of(self, subject: str) -> Sequence[Passkey]:
        """A person's passkeys, oldest first."""
        ...

    async def add(self, passkey: Passkey) -> bool:
        """One more; False where it is known, whoever's it is."""
        ...

    async def rename(self, subject: str, credential_id: str, name: str) -> bool:
        """Call a person's own passkey something else; False where it is not theirs."""
        ...

    async def remove(self, subject: str, credential_id: str) -> bool:
        """Forget a person's own passkey; False where it is not theirs."""
        ...

    async def use(
        self, credential_id: str, *, sign_count: int, backed_up: bool
    ) -> bool:
        """
        Note a use; False where the device has counted as far or further before.

        A device that does not count says 0 each time (WebAuthn section 6.1.1).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedKey:
    """What the answer to a challenge says of itself, before anything is checked."""

    credential_id: str
    challenge: str


class NotAPasskey(Exception):
    """The answer to a challenge is malformed, or does not prove what it should."""


class Ceremonies(Protocol):
    """WebAuthn: what browsers are asked, and whether their answers are right."""

    def creation_options(
        self, challenge: str, user: User, known: Sequence[Passkey]
    ) -> str:
        """JSON for `navigator.credentials.create` (WebAuthn section 5.4)."""
        ...

    def request_options(self, challenge: str, known: Sequence[Passkey] = ()) -> str:
        """
        JSON for `navigator.credentials.get` (WebAuthn section 5.5).

        Args:
            known: which passkeys will do; none for whichever the person chooses.

        """
        ...

    def read(self, credential: str) -> ClaimedKey:
        """
        What an answer says of itself.

        Raises:
            NotAPasskey: it is no answer.

        """
        ...

    def check_creation(
        self, credential: str, challenge: str, *, subject: str, name: str
    ) -> Passkey:
        """
        The new passkey (WebAuthn section 7.1).

        Raises:
            NotAPasskey: for another site, another challenge, or nobody was verified.

        """
        ...

    def check_use(self, credential: str, challenge: str, passkey: Passkey) -> Passkey:
        """
        The passkey as it is after this use (WebAuthn section 7.2).

        Raises:
            NotAPasskey: another key's, for another site, another challenge, or nobody
                was verified.

        """
        ...


class OneTimePasswords(Protocol):
    """The codes that authenticator apps show (RFC 6238)."""

    def new_secret(self) -> str:
        """A secret for an app, base32."""
        ...

    def uri(self, secret: str, account: str) -> str:
        """What the QR code says."""
        ...

    def step_of(self, secret: str, code: str, at: datetime) -> int | None:
        """The step of 30 seconds whose code this is; the one before and after do."""
        ...


@dataclass(frozen=True, slots=True)
class DueLogo:
    """An app whose logo has to be fetched, and from where."""

    client_id: str
    logo_uri: str


class Logos(Protocol):
    """Our copies of the logos of apps."""

    async def take(self) -> DueLogo | None:
        """The next logo to fetch; nobody else gets it meanwhile."""
        ...

    async def put(self, due: DueLogo, logo: bytes | None, *, again: timedelta) -> None:
        """Keep a logo, or what there is; and when to look again."""
        ...

    async def find(self, logo_id: str) -> bytes | None:
        """A logo by the name in its URL."""
        ...


class Pictures(Protocol):
    """Pictures of people and apps, off the event loop and one at a time."""

    async def square(self, image: bytes) -> bytes:
        """
        Any picture as a small square WEBP image, without what it said about itself.

        Raises:
            Unusable: under `picture`, with the reason.
            TemporarilyUnavailable: too many wait already.

        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A signing key that nobody has seen yet; what is private of it is sealed."""

    kid: str
    alg: str
    public_jwk: dict[str, Any]
    private_key_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey(NewKey):
    """
    A signing key as it is stored.

    Attributes:
        created_at: since when it has been published in the JWKS.
        active_at: from when on it signs; None while it is only announced.

    """

    created_at: datetime
    active_at: datetime | None


class SigningKeys(Protocol):
    """Signing keys: each algorithm has one that signs and one that is announced."""

    async def all(self) -> tuple[datetime, Sequence[SealedKey]]:
        """The store's present moment, and every key, oldest first."""
        ...

    async def begin(self, keys: Sequence[NewKey]) -> None:
        """
        Take the first keys, of algorithms that have none.

        Of each algorithm the first that is given signs, the next is announced.
        """
        ...

    async def rotate(
        self,
        keys: Sequence[NewKey],
        *,
        announce: timedelta,
        seen: datetime,
    ) -> datetime:
        """
        Let the announced keys sign, and announce these.

        A key signs once it has been published for `announce`, so whoever keeps our
        JWKS for less than that knows it in time. Asked again before then, no key is
        added, though one that is due may be brought forward.

        Args:
            seen: the latest `active_at` that the caller knows. Where there is a later
                one, somebody was faster: two operators, or two servers, begin one
                rotation.

        Returns:
            When the announced keys begin to sign; now, or a moment to come.

        """
        ...

    async def remove(self, kid: str) -> bool:
        """Withdraw a key at once; False unless its successor signs already."""
        ...

    async def sweep(self, *, keep: timedelta) -> None:
        """Forget keys whose successor has signed for longer than any token lives."""
        ...


class Subjects(Protocol):
    """What apps call people (OpenID Connect Core section 8)."""

    def of(self, subject: str, client: Client) -> str:
        """The `sub` of this person in everything that this app gets."""
        ...


class Signer(Protocol):
    """Makes JWTs with the active key of an algorithm."""

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        """Sign claims; `typ` and `kid` are always in the header."""
        ...


class Verifier(Protocol):
    """Reads JWTs that this server signed itself."""

    def read_access_token(self, token: str) -> dict[str, Any]:
        """
        The claims of one of our access tokens, for whichever audience.

        Raises:
            InvalidToken: it is not one, or has expired.

        """
        ...

    def read_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        """
        The claims of one of our ID tokens, expired or not.

        Raises:
            InvalidToken: it is not one.

        """
        ...


class LogoutDeliveries(Protocol):
    """The outbox of logout tokens (OIDC Back-Channel Logout section 2.5)."""

    async def claim_due(self, most: int) -> Sequence[Delivery]:
        """Take what is due; one worker gets each."""
        ...

    async def delivered(self, delivery_id: str, outcome: str) -> None:
        """The app has heard."""
        ...

    async def put_off(self, delivery_id: str, outcome: str, delay: timedelta) -> None:
        """It did not hear; try again later."""
        ...

    async def give_up(self, delivery_id: str, outcome: str) -> None:
        """It did not hear, and will not."""
        ...


class LogoutReports(Protocol):
    """What became of an app's logout tokens."""

    async def of(self, client_id: str) -> Sequence[DeliveryReport]:
        """The last hundred, newest first."""
        ...

    async def try_again(self, client_id: str, delivery_id: str) -> None:
        """Make one that did not arrive due now."""
        ...


class TrustedIssuers(Protocol):
    """Other servers whose word about people the operator takes (RFC 7523)."""

    async def find(self, issuer: str) -> TrustedIssuer | None:
        """The issuer of this name, letter by letter."""
        ...

    async def find_person(self, member: str, value: str) -> User | None:
        """Whom an issuer means, by a member that is unique here."""
        ...


class Audit(Protocol):
    """Who did what, when, from where; append-only."""

    async def record(
        self,
        event: str,
        *,
        subject: str | None = None,
        client_id: str | None = None,
        ip: str | None = None,
        **detail: object,
    ) -> None:
        """Note an event; never a secret among its details."""
        ...


class AuditReader(Protocol):
    """What the audit log holds."""

    async def search(
        self, wanted: AuditFilter, *, before: int | None, most: int
    ) -> Sequence[AuditEvent]:
        """Events, newest first, that came before one that is known by its id."""
        ...

    async def events(self) -> Sequence[str]:
        """The names of everything that ever happened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """
    Something that happened to an account, as its person may know it.

    Attributes:
        client_name: of the app that it is about; None without one, or if it is gone.
        ip: where from; None where it was somebody else's hand.

    """

    id: int
    at: datetime
    event: str
    client_name: str | None
    ip: str | None


class OwnEvents(Protocol):
    """The part of the audit log that is about one person."""

    async def of(
        self, subject: str, events: Sequence[str], *, before: int | None, most: int
    ) -> Sequence[OwnEvent]:
        """Events of these names, newest first; see `AuditReader.search`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedApp:
    """
    An app of a person's own.

    Attributes:
        people: how many others use it.

    """

    client_id: str
    client_name: str
    people: int


class Accounts(Protocol):
    """Whole accounts, to take them away."""

    async def apps_of(self, subject: str) -> Sequence[OwnedApp]:
        """The apps that go with this account, by name."""
        ...

    async def delete(self, subject: str) -> bool:
        """
        Delete a person and all that is theirs, and put down which apps to tell.

        False, and nothing is done, where other people use an app of theirs, or where
        nobody would be left to administer.
        """
        ...


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person in a list."""

    user: User
    created_at: datetime


class People(Protocol):
    """Everybody, as administrators see and change them."""

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[ListedPerson]:
        """People whose name, username or address begins so."""
        ...

    async def has_administrator(self) -> bool:
        """Whether anybody administers."""
        ...

    async def make_first_administrator(self, subject: str) -> bool:
        """Put somebody in charge where nobody is; one caller wins."""
        ...

    async def make_administrator(self, subject: str) -> None:
        """Put somebody in charge beside the others."""
        ...

    async def unmake_administrator(self, subject: str) -> bool:
        """Take them out of charge; False where nobody else would be left."""
        ...

    async def disable(self, subject: str) -> bool:
        """
        Shut somebody out; False where nobody would be left in charge.

        What was granted before stays dead when they are let in again.
        """
        ...

    async def enable(self, subject: str) -> None:
        """Let them in again."""
        ...

    async def verify_email(self, subject: str) -> None:
        """Vouch for the address that they have."""
        ...


class AppList(Protocol):
    """Every app, as administrators see and change them."""

    async def search(
        self, prefix: str, *, order: str, after: Sequence[str] | None, most: int
    ) -> Sequence[Client]:
        """Apps whose name or client_id begins so, whoever owns them."""
        ...

    async def set_verified(self, app: Client, verified: bool) -> None:
        """Vouch for an app as it is now, or no more; once it changes, that is over."""
        ...

    async def set_suspended(self, client_id: str, suspended: bool) -> None:
        """Take an app out of service, or let it back."""
        ...

    async def set_first_party(self, client_id: str, first_party: bool) -> None:
        """Say whether an app is the operator's own."""
        ...


class ResourceRegister(Resources, Protocol):
    """What administrators do to APIs."""

    async def put(self, resource: Resource) -> None:
        """Register an API or replace what is known of it."""
        ...


class PageTokens(Protocol):
    """Where the next page of a list begins, in words that only we can write."""

    def write(self, of: Sequence[str], position: Sequence[str]) -> str:
        """The token of a place in a list."""
        ...

    def read(self, of: Sequence[str], token: str) -> tuple[str, ...]:
        """
        The place that a token means.

        Raises:
            InvalidRequest: we did not write it, or not for this list.

        """
        ...
