"""What came by mail, read as people do: from the inbox of a server in development."""

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from tests.e2e.authorization_server import AuthorizationServer

_CODE = re.compile(r"\b([0-9]{4} [0-9]{4})\b")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Received:
    """A letter as it came."""

    subject: str
    text: str

    @property
    def code(self) -> str:
        """The code to type in."""
        found = _CODE.search(self.text)
        assert found, self.text
        return found[1]

    def link(self, path: str) -> str:
        """The link that leads to this path."""
        links = _LINK.findall(self.text)
        return next(each for each in links if urlsplit(each).path == path)


async def letters_to(auth: AuthorizationServer, to: str) -> list[Received]:
    """Every letter to this address, newest first."""
    async with auth.http() as http:
        page = (await http.get("/dev/mail")).text
        rows = re.findall(r'href="(/dev/mail/\w+)">(.*?)</a>\s*<span[^>]*>(\S+)', page)
        return [
            Received(
                subject=unescape(subject),
                text=_text((await http.get(path)).text),
            )
            for path, subject, address in rows
            if unescape(address) == to
        ]


async def next_letter(auth: AuthorizationServer, to: str, *, n: int = 1) -> Received:
    """The newest letter to this address, once there are so many."""
    async with asyncio.timeout(20):
        while len(found := await letters_to(auth, to)) < n:
            await asyncio.sleep(0.02)
    return found[0]


def _text(page: str) -> str:
    shown = page.partition('<pre class="letter">')[2].partition("</pre>")[0]
    return unescape(re.sub(r"<[^>]+>", "", shown))
