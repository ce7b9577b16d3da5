"""Call: what a request from a program carries beside its parameters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    A request to an endpoint that programs call, as far as it proves something.

    Attributes:
        method: of the request, in capitals.
        url: the endpoint's own address: issuer and path, never the Host header's.
        ip: where it came from; a trusted proxy's word was taken.
        authorization: the Authorization header, if there is one.
        dpop: the DPoP headers, as many as there are (RFC 9449 section 4.1).
        certificate: the client's certificate in DER, which a trusted proxy has
            checked (RFC 8705, RFC 9440); None without one.

    """

    method: str
    url: str
    ip: str
    authorization: str | None = None
    dpop: tuple[str, ...] = ()
    certificate: bytes | None = None
