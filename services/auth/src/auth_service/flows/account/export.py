"""All that is known about a person, for themselves (GDPR article 20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.sessions import OwnSessions
from auth_service.ports import Accounts, Audit, OwnEvents, Passkeys, SecondFactors
from auth_service.protocol.activity import SENTENCES
from auth_service.protocol.session import Session
from auth_service.protocol.user import User
from valetkey.clock import Clock

#: The newest of so many events: one file, one query, whatever happened.
MOST_EVENTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """
    One document; neither a hash nor a secret is in it.

    What could open the account (a password's hash, a token, a session's key, what a
    passkey or an authenticator app is checked with) stays where it is.
    """

    issuer: str
    sessions: OwnSessions
    connected: ConnectedApps
    accounts: Accounts
    passkeys: Passkeys
    factors: SecondFactors
    events: OwnEvents
    audit: Audit
    clock: Clock

    async def of(self, person: User, mine: Session, *, ip: str) -> Mapping[str, object]:
        """Everything by its plain name, moments as ISO 8601 writes them."""
        await self.audit.record("data.downloaded", subject=person.subject, ip=ip)
        return {
            "issuer": self.issuer,
            "made_at": _moment(self.clock.now()),
            "profile": self._profile(person),
            "second_factors": await self._factors(person),
            "sessions": await self._sessions(mine),
            "connected_apps": await self._connected(person),
            "own_apps": [
                {"client_id": app.client_id, "name": app.client_name}
                for app in await self.accounts.apps_of(person.subject)
            ],
            "activity": await self._activity(person),
        }

    def _profile(self, person: User) -> Mapping[str, object]:
        return {
            "subject": person.subject,
            "username": person.username,
            "name": person.name,
            "email": person.email,
            "email_verified": person.email_verified,
            "phone_number": person.phone_number,
            "birthdate": person.birthdate.isoformat() if person.birthdate else None,
            "emp_user_id": person.emp_user_id,
            "locale": person.locale,
            "picture": f"{self.issuer}{person.picture}" if person.picture else None,
            "updated_at": _moment(person.updated_at),
        }

    async def _factors(self, person: User) -> Mapping[str, object]:
        return {
            "authenticator_app": (await self.factors.of(person.subject)).authenticator,
            "passkeys": [
                {
                    "name": passkey.name,
                    "created_at": _moment(passkey.created_at),
                    "last_used_at": _moment(passkey.last_used_at),
                }
                for passkey in await self.passkeys.of(person.subject)
            ],
        }

    async def _sessions(self, mine: Session) -> Sequence[Mapping[str, object]]:
        return [
            {
                "device": session.device,
                "ip": session.ip,
                "signed_in_at": _moment(session.auth_time),
                "last_seen_at": _moment(session.last_seen_at),
                "this_one": session.key == mine.key,
            }
            for session in await self.sessions.of(mine)
        ]

    async def _connected(self, person: User) -> Sequence[Mapping[str, object]]:
        return [
            {
                "client_id": app.client.client_id,
                "name": app.client.client_name,
                "allowed": [scope.name for scope in app.scopes],
                "granted_at": _moment(app.granted_at),
                "used_at": _moment(app.used_at),
            }
            for app in await self.connected.of(person)
        ]

    async def _activity(self, person: User) -> Sequence[Mapping[str, object]]:
        events = await self.events.of(
            person.subject, list(SENTENCES), before=None, most=MOST_EVENTS
        )
        return [
            {
                "at": _moment(event.at),
                "event": event.event,
                "app": event.client_name,
                "ip": event.ip,
            }
            for event in events
        ]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
