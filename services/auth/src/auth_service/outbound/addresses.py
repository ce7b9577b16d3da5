"""
Which addresses are of the public internet.

`ipaddress.is_global` says yes to multicast, to 6to4 and NAT64, behind which any
IPv4 address may be, loopback too, and to site-local ones.
"""

from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

#: The only IPv6 addresses that are given out to hosts (RFC 4291 section 2.4). NAT64
#: (RFC 6052, RFC 8215), mapped IPv4, site-local and multicast are outside of it.
_UNICAST = IPv6Network("2000::/3")
#: Global in form, and the way to somewhere else, or to nowhere.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "2001::/23",  # protocol assignments, Teredo among them (RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def is_public(text: str) -> bool:
    """
    Whether an address is one that anybody on the internet may call.

    No other is, whatever an app writes (client-id-metadata-document, section 8.6).
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    special = any(
        address in network for network in _SPECIAL if network.version == address.version
    )
    return address.is_global and not address.is_multicast and not special


def is_loopback(text: str) -> bool:
    """Whether an address is this computer, written as such."""
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
