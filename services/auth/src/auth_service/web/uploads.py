"""Forms with one file in them (RFC 7578), held to the rules of every other form."""

import re
from urllib.parse import urlencode

from starlette.requests import Request

from auth_service.web.read import UnsupportedMediaType
from valetkey.errors import InvalidRequest
from valetkey.parameters import read_parameters

#: A boundary and nothing else: a charset is not ours to guess at (RFC 7578 s. 5.1.2).
_UPLOAD = re.compile(
    r"multipart/form-data; ?boundary=\"?([\w'()+,\-./:=?]{1,70}?)\"?", re.ASCII
)
_MOST_FIELDS, _LONGEST_FIELD = 20, 4096


def is_upload(request: Request) -> bool:
    """Whether the body is a form that may hold a file."""
    content_type = request.headers.get("content-type", "")
    return content_type.lower().startswith("multipart/form-data")


async def read_upload_form(request: Request, name: str) -> tuple[dict[str, str], bytes]:
    """
    The fields of a form and its one file; no bytes where none was chosen.

    Raises:
        UnsupportedMediaType, InvalidRequest: no page of ours sent this.

    """
    kind = _UPLOAD.fullmatch(request.headers.get("content-type", ""))
    if kind is None:
        raise UnsupportedMediaType("the body must be a form with a file")
    # Starlette forgets to close a file whose part never ends.
    if not (await request.body()).rstrip().endswith(f"--{kind[1]}--".encode()):
        raise InvalidRequest("the form breaks off")
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
    ) as form:
        pairs = [(n, v) for n, v in form.multi_items() if isinstance(v, str)]
        try:
            encoded = urlencode(pairs).encode()
        except UnicodeEncodeError:
            raise InvalidRequest("the form is not UTF-8") from None
        file = form.get(name)
        image = b"" if file is None or isinstance(file, str) else await file.read()
        return read_parameters(encoded), image
