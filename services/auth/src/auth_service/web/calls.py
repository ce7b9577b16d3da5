"""Calls of programs: what a request proves beside its parameters."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from auth_service.protocol.call import Call
from auth_service.web.read import ip
from valetkey.client_certificate import read_client_cert
from valetkey.errors import InvalidClient

#: What the answer to a call says about its next DPoP proof (RFC 9449 section 8.2).
NextProof = Callable[[Call], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """
    Reads the headers that programs prove themselves with.

    Attributes:
        certificate_header: in which a trusted proxy passes the client's certificate
            on; empty where none does.

    """

    issuer: str
    certificate_header: str = ""

    def read(self, request: Request) -> Call:
        """
        The call that a request is.

        Raises:
            InvalidClient: there are two Authorization headers.
            InvalidRequest: the proxy's header is not a certificate.

        """
        name = self.certificate_header
        certificates = request.headers.getlist(name) if name else []
        return Call(
            method=request.method,
            # The public address; what the Host header says is not looked at.
            url=f"{self.issuer}{request.scope['path']}",
            ip=ip(request),
            authorization=_authorization(request),
            dpop=tuple(request.headers.getlist("dpop")),
            certificate=read_client_cert(certificates),
        )


def _authorization(request: Request) -> str | None:
    values = request.headers.getlist("authorization")
    if len(values) > 1:
        raise InvalidClient(detail="there is more than one Authorization header")
    return values[0] if values else None
