"""The MCP SDK's own client: it finds out by itself how to get a token."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp.client import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata
from python_script import hear, report, visit

told = hear()


class Memory:
    """Where the SDK keeps tokens and the client's registration."""

    tokens = None
    client = (
        OAuthClientInformationFull.model_validate(told["client"])
        if told["client"]
        else None
    )

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Browser:
    """Where the person is sent, and what came back."""

    def __init__(self):
        self.sent = []
        self.arrived = ""

    async def go(self, url):
        self.sent.append(dict(parse_qsl(urlsplit(url).query)))
        self.arrived = visit(url)

    async def answer(self):
        query = dict(parse_qsl(urlsplit(self.arrived).query))
        assert "code" in query, query
        return AuthorizationCodeResult(
            code=query["code"], state=query["state"], iss=query.get("iss")
        )


async def main() -> None:
    memory, browser = Memory(), Browser()
    provider = OAuthClientProvider(
        told["server"],
        OAuthClientMetadata(
            client_name="An MCP client",
            redirect_uris=[told["redirect_uri"]],
            token_endpoint_auth_method="none",
        ),
        memory,
        browser.go,
        browser.answer,
        client_metadata_url=told["client_metadata_url"],
    )
    said = []

    async def call(client, tool):
        result = await client.call_tool(tool)
        said.append(result.content[0].text)
        return memory.tokens.model_dump()

    async with (
        httpx2.AsyncClient(auth=provider, timeout=20) as http,
        Client(streamable_http_client(told["server"], http_client=http)) as client,
    ):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        tokens = [await call(client, "whose_pots")]
        # As if its time had come: the next call refreshes first.
        provider.context.token_expiry_time = 1
        tokens.append(await call(client, "whose_pots"))
        if told["steps_up"]:
            tokens.append(await call(client, "break_pot"))

    report(
        tools=tools,
        said=said,
        tokens=tokens,
        sent=browser.sent,
        client=memory.client.model_dump(mode="json"),
    )


asyncio.run(main())
