"""The MCP SDK's OAuth client (PyPI), against an MCP server that uses `valetkey`."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from demo.processes import Supervisor
from tests.builders.sites import document
from tests.e2e.peers.python_peers import HERE, PYTHON, require_packages, run
from tests.e2e.peers.python_stack import Person, Stack, client, free_ports

REDIRECT = "http://127.0.0.1:9500/mcp"
GUARDS = ["sdk", "valetkey"]


@pytest.fixture(scope="module")
def pots(stack: Stack) -> Iterator[dict[str, str]]:
    """The addresses of two MCP servers, by what guards them."""
    require_packages()
    ports = dict(zip(GUARDS, free_ports(2), strict=True))
    urls = {guard: f"http://localhost:{port}/mcp" for guard, port in ports.items()}
    stack.add(
        clients=[_native_app("mcp-client")],
        resources=[
            {
                "identifier": url,
                "name": f"Pots of {guard}",
                "scopes": {
                    "pots:read": {"description": "See your pots"},
                    "pots:write": {"description": "Break your pots"},
                    "pots:paint": {"description": "Paint your pots"},
                },
            }
            for guard, url in urls.items()
        ],
    )
    with Supervisor(patience=5) as supervisor:
        for guard, port in ports.items():
            supervisor.start(
                f"mcp-{guard}",
                [PYTHON, HERE / "mcp_server.py", guard, stack.issuer, str(port)],
                log=stack.folder.log(f"mcp-{guard}"),
                env={},
            ).wait_until(lambda port=port: _listens(port), seconds=20)
        yield urls


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/mcp").status_code == 401
    except httpx.TransportError:
        return False


def _native_app(client_id: str) -> dict[str, Any]:
    return client(
        client_id,
        client_secret=None,
        token_endpoint_auth_method="none",
        application_type="native",
        redirect_uris=[REDIRECT],
        post_logout_redirect_uris=[],
        scope="pots:read pots:write pots:paint offline_access",
    )


def _told(server: str, **changes: Any) -> dict[str, Any]:
    return {
        "server": server,
        "client": None,
        "client_metadata_url": None,
        "redirect_uri": REDIRECT,
        "steps_up": False,
        **changes,
    }


@pytest.mark.parametrize("guard", GUARDS)
async def test_a_client_finds_out_how_to_get_a_token_and_calls_a_tool(
    pots: dict[str, str], alice: Person, guard: str
) -> None:
    """401, resource metadata, server metadata, code with PKCE for this resource."""
    known = {"client_id": "mcp-client", "token_endpoint_auth_method": "none"}

    seen = await run("mcp_client.py", alice, **_told(pots[guard], client=known))

    assert seen["tools"] == ["whose_pots", "break_pot"]
    (asked,) = seen["sent"]
    assert asked["resource"] == pots[guard]
    assert asked["scope"].split()[0] == "pots:read"
    first, fresh = seen["tokens"]
    assert first["access_token"] != fresh["access_token"]
    assert first["refresh_token"] != fresh["refresh_token"]
    assert seen["said"][0] == seen["said"][1] != "None"


async def test_a_client_asks_for_more_where_a_tool_needs_more(
    pots: dict[str, str], alice: Person
) -> None:
    """403 insufficient_scope names all that the tool needs; consent, then it works."""
    known = {"client_id": "mcp-client", "token_endpoint_auth_method": "none"}
    told = _told(pots["valetkey"], client=known, steps_up=True)

    seen = await run("mcp_client.py", alice, **told)

    first, more = seen["sent"]
    assert set(more["scope"].split()) - set(first["scope"].split()) == {"pots:write"}
    assert seen["said"][-1] == "broken"
    assert "pots:write" in seen["tokens"][-1]["scope"].split()


async def test_a_client_registers_itself(
    stack: Stack, pots: dict[str, str], alice: Person
) -> None:
    """Dynamic Client Registration, of a client that nobody here has heard of."""
    stack.needs("registration_endpoint")

    seen = await run("mcp_client.py", alice, **_told(pots["sdk"]))

    (asked,) = seen["sent"]
    assert asked["client_id"] == seen["client"]["client_id"]
    assert seen["client"]["issuer"] == stack.issuer
    assert seen["said"][0] == seen["said"][1] != "None"


async def test_a_client_is_named_by_a_document_of_its_own(
    stack: Stack, pots: dict[str, str], alice: Person
) -> None:
    """A Client ID Metadata Document: the name is the address where it lies."""
    stack.needs("client_id_metadata_document_supported")
    port = stack.called_ports.pop()
    url = f"https://localhost:{port}/client.json"
    described = {
        "client_id": url,
        "client_name": "A client with a document",
        "application_type": "native",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }

    async with _published(described, port, stack.tls):
        told = _told(pots["sdk"], client_metadata_url=url)
        seen = await run("mcp_client.py", alice, **told)

    (asked,) = seen["sent"]
    assert asked["client_id"] == url
    assert seen["said"][0] == seen["said"][1] != "None"


@asynccontextmanager
async def _published(
    what: dict[str, Any], port: int, tls: ssl.SSLContext
) -> AsyncIterator[None]:
    """A JSON document, whatever path is asked for."""
    answer = document(
        json.dumps(what).encode(), headers=("content-type: application/json",)
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        await answer(request, writer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls):
        yield
