"""Client certificates that a proxy has seen, and who may say so (RFC 9440)."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send


class CertificateHeader:
    """
    Take the header away from everybody but the proxies (RFC 9440 section 4).

    It stands outside of whatever replaces the peer's address by a forwarded one.

    Args:
        name: of the header.
        proxies: addresses and networks with commas between.

    """

    def __init__(self, app: ASGIApp, *, name: str, proxies: str) -> None:
        self.app = app
        self.name = name.lower().encode()
        self.proxies = read_networks(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._trusts(scope["client"]):
            headers = [(n, v) for n, v in scope["headers"] if n.lower() != self.name]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)

    def _trusts(self, client: tuple[str, int] | None) -> bool:
        try:
            peer = ip_address(client[0] if client else "")
        except ValueError:
            return False
        return any(peer in network for network in self.proxies)


def read_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """
    Addresses and networks with commas between.

    Raises:
        ValueError: one is neither.

    """
    parts = (part.strip() for part in text.split(","))
    return tuple(ip_network(part) for part in parts if part)
