"""
What the flows need from outside, one small Protocol per need.

    clients.py        clients, however this server came to know them
    apps.py           what the developer console does to apps, and shows of them
    resources.py      registered APIs, and what administrators do to them
    users.py          people, what apps call them, and the end of their accounts
    consents.py       what people have allowed, and since when
    grants.py         what tokens are given for: codes, devices, families of tokens
    requests.py       authorization requests that wait for somebody
    sessions.py       signed-in browsers, and what apps hear when they sign out
    uses.py           what may be used once, and what may be tried so many times
    mail.py           letters that are due, how they leave, and those that stay here
    keys.py           the server's own keys, what they sign, and what they seal
    key_holders.py    others who prove themselves by keys: clients, and trusted issuers
    outbound.py       calls to URLs that somebody else chose
    factors.py        passwords, and what people have beside them, but for passkeys
    passkeys.py       passkeys, and the ceremonies that make and prove them
    pictures.py       pictures of people, and our copies of the logos of apps
    audit.py          what happened, for administrators and for whom it is about
    administration.py everybody and every app, as administrators list and change them

Names keep their promises: `find` changes nothing, `put` writes and the last one
wins, `claim`, `take` and `rotate` are atomic and one caller wins. Every method
raises `TemporarilyUnavailable` when its store is away, and nothing of its driver.
"""

from auth_service.ports.administration import AppList, ListedPerson, PageTokens, People
from auth_service.ports.apps import (
    AppRegister,
    Refusals,
    Secret,
    Transfer,
    Transfers,
    Trials,
)
from auth_service.ports.audit import Audit, AuditReader, OwnEvent, OwnEvents
from auth_service.ports.clients import (
    ClientDocuments,
    Clients,
    KnownDocument,
    Origins,
    Registrations,
)
from auth_service.ports.consents import Consent, Consents, Granted
from auth_service.ports.factors import OneTimePasswords, Passwords, SecondFactors
from auth_service.ports.grants import Codes, DeviceGrants, Grants
from auth_service.ports.key_holders import ClientKeys, KeyHolder, TrustedIssuers
from auth_service.ports.keys import (
    NewKey,
    SealedKey,
    Sealing,
    Signer,
    SigningKeys,
    Verifier,
)
from auth_service.ports.mail import Errands, Inbox, Mailer, Undelivered
from auth_service.ports.outbound import Fetched, Outbound
from auth_service.ports.passkeys import Ceremonies, ClaimedKey, NotAPasskey, Passkeys
from auth_service.ports.pictures import DueLogo, Logos, Pictures
from auth_service.ports.requests import PushedRequests, WaitingRequests
from auth_service.ports.resources import ResourceRegister, Resources
from auth_service.ports.sessions import LogoutDeliveries, LogoutReports, Sessions
from auth_service.ports.users import (
    Accounts,
    NameTaken,
    OwnedApp,
    PeopleRegister,
    Subjects,
    Users,
)
from auth_service.ports.uses import Attempts, SingleUse, Tokens

__all__ = [
    "Accounts",
    "AppList",
    "AppRegister",
    "Attempts",
    "Audit",
    "AuditReader",
    "Ceremonies",
    "ClaimedKey",
    "ClientDocuments",
    "ClientKeys",
    "Clients",
    "Codes",
    "Consent",
    "Consents",
    "DeviceGrants",
    "DueLogo",
    "Errands",
    "Fetched",
    "Granted",
    "Grants",
    "Inbox",
    "KeyHolder",
    "KnownDocument",
    "ListedPerson",
    "Logos",
    "LogoutDeliveries",
    "LogoutReports",
    "Mailer",
    "NameTaken",
    "NewKey",
    "NotAPasskey",
    "OneTimePasswords",
    "Origins",
    "Outbound",
    "OwnEvent",
    "OwnEvents",
    "OwnedApp",
    "PageTokens",
    "Passkeys",
    "Passwords",
    "People",
    "PeopleRegister",
    "Pictures",
    "PushedRequests",
    "Refusals",
    "Registrations",
    "ResourceRegister",
    "Resources",
    "SealedKey",
    "Sealing",
    "SecondFactors",
    "Secret",
    "Sessions",
    "Signer",
    "SigningKeys",
    "SingleUse",
    "Subjects",
    "Tokens",
    "Transfer",
    "Transfers",
    "Trials",
    "TrustedIssuers",
    "Undelivered",
    "Users",
    "Verifier",
    "WaitingRequests",
]
