"""The one safe fetcher, over real sockets on loopback (outbound/fetcher.py)."""

import asyncio
import gzip
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.outbound.resolver import system_resolver
from auth_service.protocol.throttle import Throttle
from auth_service.storage.redis.attempts import RedisAttempts
from auth_service.storage.redis.connect import connect
from tests.builders.sites import Answer, Authority, authority, document, site
from valetkey.errors import TemporarilyUnavailable
from valetkey.fetch import MAX_DOCUMENT, NotFound, Unfetchable, fetch_json
from valetkey.http import SocketTransport

NAME = "rp.example"


class Unbounded:
    """`Attempts` of somebody who may try as often as they like."""

    async def reserve(self, key: str, throttle: Throttle) -> int:
        return 0

    async def forget(self, key: str) -> None: ...

    async def give_back(self, key: str) -> None: ...


class Names:
    """
    A name server that a test writes.

    Attributes:
        answers: what it says, one after the other; the last one again and again.

    """

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def fetcher(names: Names, *ports: int, tls: Authority | None = None) -> SafeFetcher:
    return SafeFetcher(
        governor=Governor(Unbounded()),
        loopback_ports=frozenset(ports),
        resolve=names,
        tls=tls.client if tls else None,
    )


HERE = ["127.0.0.1"]


@pytest.fixture
def trusted(tmp_path: Path) -> Authority:
    return authority(tmp_path, NAME)


async def test_the_name_is_in_the_host_header_the_sni_and_the_certificate(
    trusted: Authority,
) -> None:
    told: list[str | None] = []
    trusted.server.sni_callback = lambda _s, name, _c: told.append(name)
    names = Names(HERE)
    async with site(
        document(b'{"a": 1}', headers=("cache-control: max-age=9",)),
        tls=trusted.server,
    ) as there:
        url = f"https://{NAME}:{there.port}/doc?x=1"
        found = await fetcher(names, there.port, tls=trusted).get_json(url)

    assert (found.value, found.cache_control) == ({"a": 1}, "max-age=9")
    assert told == [NAME]
    head = there.requests[0].lower()
    assert head.startswith(b"get /doc?x=1 http/1.1\r\n")
    assert f"\r\nhost: {NAME}:{there.port}\r\n".encode() in head
    assert b"\r\naccept-encoding: identity\r\n" in head
    assert b"cookie" not in head
    assert names.asked == [NAME]


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    other = authority(tmp_path, "other.example")
    async with site(document(b"{}"), tls=other.server) as there:
        with pytest.raises(Unfetchable):
            await fetcher(Names(HERE), there.port, tls=other).get_json(
                f"https://{NAME}:{there.port}/"
            )

    assert not there.requests


async def test_calls_that_are_not_guarded_want_a_certificate_too(
    tmp_path: Path,
) -> None:
    """OpenID Connect Core sections 5.3.4 and 16.17: of discovery, keys and userinfo."""
    here = authority(tmp_path, "localhost")
    async with site(document(b"{}"), tls=here.server) as there:
        url = f"https://localhost:{there.port}/"
        await fetch_json(url, transport=SocketTransport(verify=here.client))
        with pytest.raises(Unfetchable):
            await fetch_json(url)

    assert len(there.requests) == 1


async def test_DC03_a_name_is_resolved_once_and_the_checked_address_is_called() -> None:
    """What it means a moment later does not matter."""
    async with site(document(b"{}")) as there:
        names = Names(HERE, ["169.254.169.254"])
        await fetcher(names, there.port).get_json(f"http://localhost:{there.port}/")

    assert there.connections == 1
    assert names.asked == ["localhost"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["fc00::1"],
        ["fe80::1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["224.0.0.1"],
        ["0.0.0.0"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        [],
    ],
)
@pytest.mark.parametrize("port", ["", ":8443"])
async def test_CM02_every_address_of_a_name_has_to_be_public(
    addresses: list[str], port: str
) -> None:
    with pytest.raises(Unfetchable, match=r"^the host is not (public|known)$"):
        await fetcher(Names(addresses)).get_json(f"https://{NAME}{port}/doc")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "169.254.169.254",
        "0",
        "[fe80::1%25lo]",
    ],
)
async def test_DC02_no_spelling_of_an_inner_address_is_called(host: str) -> None:
    """By the operating system's own resolver, and without any call of a port."""
    outbound = SafeFetcher(governor=Governor(Unbounded()), resolve=system_resolver())

    with pytest.raises(Unfetchable):
        await outbound.get_json(f"https://{host}/jwks")
    with pytest.raises(Unfetchable):
        await outbound.check(f"https://{host}/jwks")
    with pytest.raises(Unfetchable):
        await outbound.post_form(f"https://{host}/logout", {"logout_token": "t"})


@pytest.mark.parametrize(
    "url",
    [
        "http://rp.example/",
        "http://rp.example:443/",
        "https://rp.example:22/",
        "https://rp.example:6379/",
        "https://rp.example:99999/",
        "ftp://rp.example/",
        "file:///etc/passwd",
        "gopher://rp.example/",
        "data:application/json,{}",
        "https://user@rp.example/",
        "https://user:password@rp.example/",
        "https://@rp.example/",
        "https://:@rp.example/",
        "https://rp.example\\@evil.example/",
        "https://rp.example/\t",
        "https://rp.example/#x",
        "https://①②⑦.0.0.1/",
        "https://[::1",
        "//rp.example/",
        "rp.example",
        "",
    ],
)
async def test_only_https_at_the_two_ports_is_called(url: str) -> None:
    names = Names(["127.0.0.1"])

    with pytest.raises(Unfetchable) as refused:
        await fetcher(names).get_json(url)
    # Also where the address itself may be called; nobody is called for this.
    with pytest.raises(Unfetchable):
        await fetcher(Names(["8.8.8.8"])).check(url)

    assert "rp.example" not in str(refused.value)


async def test_a_url_is_checked_without_a_call() -> None:
    await fetcher(Names(["8.8.8.8", "2606:4700::1"])).check(f"https://{NAME}/jwks")


@pytest.mark.parametrize("address", ["10.0.0.1", "8.8.8.8", "::ffff:127.0.0.1"])
async def test_a_loopback_port_opens_nothing_but_loopback(address: str) -> None:
    with pytest.raises(Unfetchable):
        await fetcher(Names([address]), 9).get_json("http://localhost:9/")


async def test_a_loopback_port_that_is_not_listed_is_not_called() -> None:
    async with site(document(b"{}")) as there:
        with pytest.raises(Unfetchable):
            await fetcher(Names(HERE), 9).get_json(f"http://127.0.0.1:{there.port}/")

    assert there.connections == 0


async def test_CM03_a_redirect_is_not_followed() -> None:
    async with site(document(b'{"secret": 1}')) as inner:
        to = f"location: http://127.0.0.1:{inner.port}/"
        for status in ("301 Moved", "302 Found", "307 Temporary", "308 Permanent"):
            answer = document(b"{}", status=status, headers=(to,))
            async with site(answer) as there:
                with pytest.raises(Unfetchable):
                    await fetcher(Names(HERE), there.port, inner.port).get_json(
                        f"http://localhost:{there.port}/"
                    )

    assert inner.connections == 0


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "206 Partial", "401 No", "500 Oh"]
)
async def test_CM03_only_200_counts(status: str) -> None:
    async with site(document(b"{}", status=status)) as there:
        with pytest.raises(Unfetchable):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/"
            )


async def test_what_is_not_there_is_told_apart() -> None:
    async with site(document(b"{}", status="404 Not Found")) as there:
        with pytest.raises(NotFound):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/"
            )


def json_of(length: int) -> bytes:
    return b'"' + b"x" * (length - 2) + b'"'


@pytest.mark.parametrize("longest", [5 * 1024, MAX_DOCUMENT])
async def test_CM04_one_byte_more_than_the_longest_is_refused(longest: int) -> None:
    async with site(document(json_of(longest))) as there:
        found = await fetcher(Names(HERE), there.port).get_json(
            f"http://localhost:{there.port}/", longest=longest
        )
    assert len(found.value) == longest - 2

    async with site(document(json_of(longest + 1))) as there:
        with pytest.raises(Unfetchable, match=r"^the answer is too long$"):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/", longest=longest
            )


async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()


async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def silence(_: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def half_a_head(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")


async def garbage(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01\x00\x00" * 10 + b"\r\n\r\n")


@pytest.mark.parametrize("answer", [endless, drip, silence, half_a_head, garbage])
async def test_CM04_an_answer_that_does_not_end_is_given_up(answer: Answer) -> None:
    async with site(answer) as there, asyncio.timeout(10):
        with pytest.raises(Unfetchable):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/"
            )


async def test_CM04_a_compressed_answer_is_not_unfolded() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    headers = ("content-encoding: gzip",)
    async with site(document(bomb[:4000], headers=headers)) as there:
        with pytest.raises(Unfetchable, match=r"^the answer is compressed$"):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/"
            )


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":1,"a":2}', b"NaN", b"\xff", b"[" * 9999]
)
async def test_what_is_not_json_is_refused(body: bytes) -> None:
    async with site(document(body)) as there:
        with pytest.raises(Unfetchable, match=r"^the answer is not JSON$"):
            await fetcher(Names(HERE), there.port).get_json(
                f"http://localhost:{there.port}/"
            )


async def test_a_form_is_posted_and_its_status_is_the_answer() -> None:
    async with site(document(b"x" * 100_000, status="202 Accepted")) as there:
        status = await fetcher(Names(HERE), there.port).post_form(
            f"http://localhost:{there.port}/logout", {"logout_token": "a b&c"}
        )

    assert status == 202
    assert there.requests[0].endswith(b"\r\n\r\nlogout_token=a+b%26c")
    head = there.requests[0].lower()
    assert b"content-type: application/x-www-form-urlencoded" in head


async def test_no_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with site(document(b"{}")) as proxy, site(document(b"{}")) as there:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await fetcher(Names(HERE), there.port).get_json(
            f"http://localhost:{there.port}/"
        )

    assert (proxy.connections, there.connections) == (0, 1)


async def test_the_next_address_is_tried_where_one_does_not_listen() -> None:
    async with site(document(b"[]"), host="127.0.0.2") as there:
        found = await fetcher(Names(["127.0.0.3", "127.0.0.2"]), there.port).get_json(
            f"http://localhost:{there.port}/"
        )

    assert found.value == []


async def test_nobody_there_is_said_without_an_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unfetchable) as refused:
            await fetcher(Names(HERE), port).get_json(f"http://localhost:{port}/")

    assert str(refused.value) == "ConnectError"


async def test_F32_a_host_that_hangs_holds_ten_connections_at_most() -> None:
    async with site(silence) as there, asyncio.timeout(10):
        outbound = fetcher(Names(HERE), there.port)
        url = f"http://localhost:{there.port}/"
        calls = [asyncio.create_task(outbound.get_json(url)) for _ in range(30)]
        while there.connections < 10:
            await asyncio.sleep(0)
        done = await asyncio.gather(*calls[:10], return_exceptions=True)
        most = there.connections
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(error, Unfetchable) for error in done)
    assert most <= 20


@pytest.fixture
async def governed(redis_url: str) -> object:
    redis = connect(redis_url)
    await redis.flushdb()
    yield Governor(RedisAttempts(redis))
    await redis.aclose()


async def admitted(governor: Governor, *urls: str) -> int:
    calls = await asyncio.gather(*map(governor.admit, urls), return_exceptions=True)
    assert all(
        call is None or isinstance(call, TemporarilyUnavailable) for call in calls
    )
    return calls.count(None)


async def test_CM09_one_host_is_called_three_times_at_once_at_most(
    governed: Governor,
) -> None:
    urls = [f"https://{NAME}/{n}" for n in range(20)]

    assert 3 <= await admitted(governed, *urls) <= 5


async def test_CM09_all_hosts_together_are_called_five_times_a_second(
    governed: Governor,
) -> None:
    urls = [f"https://victim-{n}.example/" for n in range(20)]

    assert 5 <= await admitted(governed, *urls) <= 10
