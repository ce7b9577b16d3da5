"""What is outside of the flows: databases, keys, other people's servers."""

from auth_service.crypto.keyring import Keyring
from auth_service.crypto.passwords import Argon2Passwords
from auth_service.crypto.seal import Seal
from auth_service.crypto.subjects import Subjects
from auth_service.flows.client_documents import FindClient
from auth_service.flows.note_refusals import NoteRefusals
from auth_service.imaging.pictures import PillowPictures
from auth_service.outbound.client_keys import RegisteredKeys
from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.ports import Clients
from auth_service.protocol.administration import admin_api
from auth_service.protocol.client import AUTH_METHODS
from auth_service.protocol.registered_members import Offer
from auth_service.settings import Settings
from auth_service.storage.edge import settle
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.changes import Changes
from auth_service.storage.postgres.client_documents import PostgresClientDocuments
from auth_service.storage.postgres.client_logos import PostgresLogos
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.logout_deliveries import PostgresLogoutDeliveries
from auth_service.storage.postgres.passkeys import PostgresPasskeys
from auth_service.storage.postgres.resources import PostgresResources
from auth_service.storage.postgres.second_factors import PostgresSecondFactors
from auth_service.storage.postgres.users import PostgresUsers
from auth_service.storage.redis import connect as redis
from auth_service.storage.redis.attempts import RedisAttempts
from auth_service.storage.redis.codes import RedisCodes
from auth_service.storage.redis.device_grants import RedisDeviceGrants
from auth_service.storage.redis.pushed_requests import RedisPushedRequests
from auth_service.storage.redis.refusals import RedisRefusals
from auth_service.storage.redis.sessions import RedisSessions
from auth_service.storage.redis.single_use import RedisSingleUse
from valetkey.clock import SystemClock


class Outside:
    """What more than one flow reaches through a port, as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.secret = settings.key_encryption_secret.get_secret_value()
        self.clock = SystemClock()
        self.passwords = Argon2Passwords()
        self.seal = Seal(self.secret)
        self.keyring = Keyring(self.seal, issuer=settings.issuer_url)
        self.subjects = Subjects(self.secret)

        self.engine = postgres.connect(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
        )
        self.changes = Changes(self.engine)
        self.clients = PostgresClients(self.engine, self.changes)
        self.users = PostgresUsers(self.engine)
        self.factors = PostgresSecondFactors(self.engine, self.seal)
        self.passkeys = PostgresPasskeys(self.engine)
        self.consents = PostgresConsents(self.engine)
        self.grants = PostgresGrants(self.engine)
        self.resources = PostgresResources(
            self.engine, own=(admin_api(settings.issuer_url),)
        )
        self.deliveries = PostgresLogoutDeliveries(self.engine)
        self.audit = PostgresAuditLog(self.engine)

        self.redis = redis.connect(settings.redis_url.get_secret_value())
        lifetime = settings.authorization_code_lifetime
        self.codes = RedisCodes(self.redis, lifetime=lifetime)
        self.sessions = RedisSessions(self.redis)
        self.attempts = RedisAttempts(self.redis)
        self.devices = RedisDeviceGrants(self.redis)
        lifetime = settings.pushed_authorization_request_lifetime
        self.pushed = RedisPushedRequests(self.redis, lifetime=lifetime)

        self.outbound = SafeFetcher(
            governor=Governor(self.attempts), loopback_ports=settings.loopback_ports
        )
        self.pictures = PillowPictures()
        self.logos = PostgresLogos(self.engine)
        self.client_keys = RegisteredKeys(self.outbound)
        #: What an app may register itself with.
        self.offer = Offer(
            auth_methods=AUTH_METHODS + settings.tls_auth_methods,
            grant_types=settings.self_service_grants,
            loopback=settings.environment == "development",
        )
        #: Apps that are registered and, where that is on, those that are a document.
        self.known: Clients = self.clients
        if settings.client_id_metadata_documents:
            self.known = FindClient(
                clients=self.clients,
                documents=PostgresClientDocuments(self.engine),
                resources=self.resources,
                outbound=self.outbound,
                offer=self.offer,
            )
        self.refusals = RedisRefusals(self.redis)
        self.note_refusals = NoteRefusals(
            clients=self.clients, refusals=self.refusals, clock=self.clock
        )

    def single_use(self, kind: str) -> RedisSingleUse:
        """Names of a kind of its own that may be used once."""
        return RedisSingleUse(self.redis, kind)

    async def close(self) -> None:
        """Let what is under way finish, and let go."""
        await settle()
        await self.redis.aclose()
        await self.engine.dispose()
