"""
Where a browser would go: the URL Standard's parser, as far as it decides that.

An oracle for our own checks, which compare text and parse nothing: written from
https://url.spec.whatwg.org/ (sections 3.5 and 4.4) and from none of our code.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

import idna

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_AROUND = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_FORBIDDEN_HOST = set("\0\t\n\r #/:<>?@[\\]^|")
_FORBIDDEN_DOMAIN = _FORBIDDEN_HOST | set(map(chr, range(0x20))) | {"%", "\x7f"}


class Failure(Exception):
    """No browser opens this."""


@dataclass(frozen=True)
class Place:
    """What decides who gets to read an answer."""

    scheme: str
    host: str | None
    port: int | None
    path: str

    @property
    def origin(self) -> tuple[str, str | None, int | None]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port


def read(text: str, base: Place | None = None) -> Place:
    """
    Parse as a browser does with an address or a Location.

    Raises:
        Failure: it would not open this.

    """
    text = text.strip(_AROUND).translate({9: None, 10: None, 13: None})
    found = _SCHEME.match(text)
    if found is None:
        if base is None:
            raise Failure("relative without a base")
        return _relative(text, base)
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme not in _PORTS:
        return _other(scheme, rest)
    if base and base.scheme == scheme and not rest.startswith("//"):
        return _relative(rest, base)
    return _authority(scheme, rest.lstrip("/\\"))


def _relative(text: str, base: Place) -> Place:
    if text[:1] in {"/", "\\"} and text[1:2] in {"/", "\\"}:
        return _authority(base.scheme, text.lstrip("/\\"))
    path = _until(text, "?#")
    if path[:1] not in {"/", "\\"}:
        path = f"{base.path.rpartition('/')[0]}/{path}"
    return Place(base.scheme, base.host, base.port, _path(path))


def _authority(scheme: str, rest: str) -> Place:
    authority = _until(rest, "/\\?#")
    path = _until(rest[len(authority) :], "?#")
    _, at, host_port = authority.rpartition("@")
    if at and not host_port:
        raise Failure("credentials without a host")
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", host_port, re.DOTALL)
    if found is None or not found[1]:
        raise Failure("no host")
    return Place(scheme, _host(found[1]), _port(found[2], scheme), _path(path or "/"))


def _other(scheme: str, rest: str) -> Place:
    """A scheme of an app's own: who registered it gets everything."""
    if not rest.startswith("//"):
        return Place(scheme, None, None, _until(rest, "?#"))
    authority = _until(rest[2:], "/?#")
    path = _until(rest[2 + len(authority) :], "?#")
    return Place(scheme, authority.rpartition("@")[2], None, path)


def _until(text: str, ends: str) -> str:
    return re.split(f"[{re.escape(ends)}]", text, maxsplit=1)[0]


def _port(text: str | None, scheme: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]+", text) or int(text[:9]) > 65535:
        raise Failure("port")
    return None if int(text) == _PORTS[scheme] else int(text)


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            if "%" in text:
                raise Failure("zone")
            return f"[{IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            raise Failure("IPv6") from None
    domain = _to_ascii(unquote_to_bytes(text).decode("utf-8", "replace"))
    if not domain or _FORBIDDEN_DOMAIN & set(domain):
        raise Failure("forbidden in a domain")
    labels = domain.removesuffix(".").split(".")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return _ipv4(labels)
    return domain


def _to_ascii(domain: str) -> str:
    # Chromium looks up Punycode that stands for nothing, too.
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, std3_rules=False).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise Failure("IDNA") from None


def _ipv4(labels: list[str]) -> str:
    if len(labels) > 4:
        raise Failure("IPv4")
    numbers = [_number(label) for label in labels]
    if any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(labels)):
        raise Failure("IPv4")
    value = numbers[-1]
    for place, number in enumerate(numbers[:-1]):
        value += number * 256 ** (3 - place)
    return str(IPv4Address(value))


def _number(label: str) -> int:
    base = 10
    if label.startswith("0x"):
        label, base = label[2:] or "0", 16
    elif len(label) > 1 and label.startswith("0"):
        base = 8
    try:
        if not label or not label.isascii() or "_" in label:
            raise Failure("IPv4")
        return int(label, base)
    except ValueError:
        raise Failure("IPv4") from None


def _path(path: str) -> str:
    """Without dot segments, however they are spelled."""
    kept: list[str] = []
    segments = path.replace("\\", "/").split("/")[1:]
    for place, segment in enumerate(segments):
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        last = place == len(segments) - 1
        if plain == "..":
            kept = kept[:-1]
        if plain in {".", ".."}:
            kept += [""] * last
        else:
            kept.append(segment)
    return "/" + "/".join(kept)
