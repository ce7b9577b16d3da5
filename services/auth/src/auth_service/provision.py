"""Put resources, apps and people in place from a file, as often as one likes."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from auth_service.crypto.passwords import Argon2Passwords
from auth_service.protocol import fapi
from auth_service.protocol.authorization_details import DetailType
from auth_service.protocol.client import Client
from auth_service.protocol.jwt_bearer import TrustedIssuer
from auth_service.protocol.scopes import Resource, Scope
from auth_service.protocol.sign_up_form import read_profile
from auth_service.protocol.user import User
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.engine import Engine
from auth_service.storage.postgres.resources import PostgresResources
from auth_service.storage.postgres.trusted_issuers import PostgresTrustedIssuers
from auth_service.storage.postgres.users import PostgresUsers


@dataclass(frozen=True, slots=True)
class Provision:
    """
    What `valetkey provision` does.

    Apps and resources become what the file says; a person who exists is left alone.
    """

    engine: Engine

    async def run(self, wanted: dict[str, Any]) -> None:
        """
        Put everything in place that the file names.

        Raises:
            Unusable: a person's name, address or birthdate cannot be taken.

        """
        for app in wanted.get("clients", []):
            await self._client(app)
        for resource in wanted.get("resources", []):
            await PostgresResources(self.engine).put(_resource(resource))
        for issuer in wanted.get("trusted_issuers", []):
            trusted = TypeAdapter(TrustedIssuer).validate_python(issuer)
            await PostgresTrustedIssuers(self.engine).put(trusted)
        for person in wanted.get("users", []):
            await self._user(person)

    async def _client(self, app: dict[str, Any]) -> None:
        clients = PostgresClients(self.engine)
        await clients.put(_client(app))
        if app.get("client_secret"):
            await clients.replace_secrets(app["client_id"], app["client_secret"])

    async def _user(self, person: dict[str, Any]) -> None:
        users = PostgresUsers(self.engine)
        if await users.find_by_identifier(person["username"]) is not None:
            return
        blank = User(subject=uuid4().hex, username="", email="", name="")
        user = read_profile(person, blank)
        await users.add(user, await Argon2Passwords().hash(person["password"]))


def _client(app: dict[str, Any]) -> Client:
    """Every member is named like the client's own field, but `scope`."""
    given = {name: value for name, value in app.items() if value is not None}
    given["scopes"] = given.pop("scope").split()
    given.pop("client_secret", None)
    if app["client_id"].startswith(("https:", "http:")):
        raise ValueError("a client_id that is a URL is the address of a document")
    if given.get("profile") == fapi.PROFILE:
        given = {**fapi.DEFAULTS, **given}
    client = TypeAdapter(Client).validate_python(given)
    if problem := fapi.metadata_problem(client):
        raise ValueError(problem)
    return client


def _resource(resource: dict[str, Any]) -> Resource:
    return Resource(
        identifier=resource["identifier"],
        name=resource["name"],
        client_id=resource.get("client_id"),
        scopes=tuple(
            Scope(name=name, **about) for name, about in resource["scopes"].items()
        ),
        detail_types=tuple(
            DetailType(type=type_, **about)
            for type_, about in resource.get("authorization_details_types", {}).items()
        ),
    )
