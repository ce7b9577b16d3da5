"""Where a URL may lead: an https server at an address that anybody may call."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.outbound.addresses import is_loopback, is_public
from auth_service.outbound.resolver import Resolve
from valetkey.fetch import Unfetchable
from valetkey.http import URL

#: Where servers of other people listen for the public.
_PORTS = frozenset({443, 8443})
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """
    Resolves a name once, and judges all that it leads to.

    Attributes:
        resolve: names to addresses.
        loopback_ports: of this computer, where http will do as well; in development.

    """

    resolve: Resolve
    loopback_ports: frozenset[int]

    async def addresses(self, url: URL) -> Sequence[str]:
        """
        The addresses that a URL leads to, every one of which may be called.

        Raises:
            Unfetchable: one of them is not public, or there is none.

        """
        port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
        try:
            found = await self.resolve(name(url))
        except OSError:
            raise Unfetchable("the host is not known") from None
        if not found:
            raise Unfetchable("the host is not known")
        if port in self.loopback_ports and all(map(is_loopback, found)):
            return found
        if url.scheme != "https" or port not in _PORTS:
            raise Unfetchable("not https at port 443 or 8443")
        # All of them: a name that leads to both sides of the wall is a trick.
        if not all(map(is_public, found)):
            raise Unfetchable("the host is not public")
        return found


def name(url: URL) -> str:
    """The host as it stands in the URL: `xn--` is for people to decode, not for us."""
    return url.raw_host.decode("ascii")
