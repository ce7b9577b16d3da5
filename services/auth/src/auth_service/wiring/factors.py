"""Joins what people prove themselves with beside a password."""

from fastapi import APIRouter

from auth_service.crypto.authenticator import TotpCodes
from auth_service.crypto.passkeys import WebAuthn
from auth_service.flows.account.authenticator import Authenticator
from auth_service.flows.account.passkeys import OwnPasskeys
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.recovery_codes import RecoveryCodes
from auth_service.flows.account.security import Security
from auth_service.flows.check_passkey import CheckPasskey
from auth_service.flows.second_factor import SecondFactor
from auth_service.protocol.factors import Challenge, Enrolment, PendingSignIn
from auth_service.storage.redis.tokens import RedisTokens
from auth_service.web import account
from auth_service.wiring.people import People


class FactorParts:
    """The parts of the login page and of the security page."""

    def __init__(self, people: People) -> None:
        self.people = people
        outside = people.outside
        redis, seal = outside.redis, outside.seal
        self.ceremonies = WebAuthn(issuer=people.settings.issuer_url)
        self.challenges = RedisTokens(redis, "challenge", Challenge, seal)
        self.one_time_passwords = TotpCodes(issuer="Valetkey")
        self.check_passkey = CheckPasskey(
            challenges=self.challenges,
            ceremonies=self.ceremonies,
            passkeys=outside.passkeys,
            attempts=outside.attempts,
            audit=outside.audit,
        )
        self.second_factor = SecondFactor(
            visits=people.visits,
            clients=outside.clients,
            users=outside.users,
            factors=outside.factors,
            check_passkey=self.check_passkey,
            one_time_passwords=self.one_time_passwords,
            steps=RedisTokens(redis, "second-factor", PendingSignIn, seal),
            attempts=outside.attempts,
            begin_session=people.begin_session,
            audit=outside.audit,
            clock=outside.clock,
        )

    def routers(self) -> list[APIRouter]:
        """The security page, and all that it leads to."""
        people, outside = self.people, self.people.outside
        recovery_codes = RecoveryCodes(factors=outside.factors, audit=outside.audit)
        changing_password = ChangePassword(
            check_password=people.check_password,
            users=outside.users,
            passwords=outside.passwords,
            begin_session=people.begin_session,
            sessions=people.own_sessions,
            post=people.mail.post,
            audit=outside.audit,
        )
        passkeys = OwnPasskeys(
            challenges=self.challenges,
            ceremonies=self.ceremonies,
            passkeys=outside.passkeys,
            check_passkey=self.check_passkey,
            recovery_codes=recovery_codes,
            audit=outside.audit,
        )
        authenticator = Authenticator(
            factors=outside.factors,
            one_time_passwords=self.one_time_passwords,
            enrolments=RedisTokens(outside.redis, "enrolment", Enrolment, outside.seal),
            recovery_codes=recovery_codes,
            attempts=outside.attempts,
            audit=outside.audit,
            clock=outside.clock,
        )
        security = Security(factors=outside.factors, passkeys=outside.passkeys)
        return [
            account.security_routes(
                security, changing_password, passkeys, authenticator, people.members
            )
        ]
