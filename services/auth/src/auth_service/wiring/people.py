"""What every area for people needs: who is there, and how they come and go."""

from auth_service.flows.account.profile import Profile
from auth_service.flows.account.sessions import OwnSessions
from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.log_out import LogOut
from auth_service.flows.read_request import ReadRequest
from auth_service.flows.recognise import Recognise
from auth_service.flows.respond import Respond
from auth_service.flows.testing import InTesting
from auth_service.flows.visits import Visits
from auth_service.outside import Outside
from auth_service.protocol.throttle import per_minute
from auth_service.settings import Settings
from auth_service.storage.redis.waiting_requests import RedisWaitingRequests
from auth_service.web.members import Members
from auth_service.web.visitors import Visitors
from auth_service.wiring.mail import Mail


class People:
    """The parts that more than one area uses, made once."""

    def __init__(
        self,
        settings: Settings,
        outside: Outside,
        requests: ReadRequest,
        check_password: CheckPassword,
        exchange_code: AuthorizationCode,
        mail: Mail,
    ) -> None:
        self.settings = settings
        self.outside = outside
        self.mail = mail
        self.check_password = check_password
        self.requests = requests
        self.exchange_code = exchange_code
        self.visits = Visits(
            clients=outside.known, waiting=RedisWaitingRequests(outside.redis)
        )
        self.respond = Respond(
            clients=outside.known,
            resources=outside.resources,
            pushed=outside.pushed,
            consents=outside.consents,
            codes=outside.codes,
            signer=outside.keyring,
            clock=outside.clock,
        )
        self.in_testing = InTesting(clients=outside.known, users=outside.users)
        self.authorize = Authorize(
            requests=requests,
            clients=outside.known,
            pushed=outside.pushed,
            visits=self.visits,
            respond=self.respond,
            consents=outside.consents,
            subjects=outside.subjects,
            users=outside.users,
            factors=outside.factors,
            in_testing=self.in_testing,
            attempts=outside.attempts,
            starts=per_minute(settings.sign_ins_per_minute),
            clock=outside.clock,
            must_push=settings.require_pushed_authorization_requests,
        )
        self.begin_session = BeginSession(
            visits=self.visits,
            sessions=outside.sessions,
            grants=outside.grants,
            clock=outside.clock,
        )
        self.log_out = LogOut(
            clients=outside.clients,
            sessions=outside.sessions,
            grants=outside.grants,
            verifier=outside.keyring,
            audit=outside.audit,
        )
        self.visitors = Visitors(
            recognise=Recognise(sessions=outside.sessions, clock=outside.clock),
            origin=_origin(settings.issuer_url),
        )
        self.profile = Profile(
            users=outside.users, pictures=outside.pictures, audit=outside.audit
        )
        self.own_sessions = OwnSessions(sessions=outside.sessions, log_out=self.log_out)
        self.members = Members(
            visitors=self.visitors, profile=self.profile, clock=outside.clock
        )


def _origin(url: str) -> str:
    """Scheme and host of the issuer, as a browser's Origin header says it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
