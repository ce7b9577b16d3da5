"""How an answer travels (OAuth 2.0 Multiple Response Types 2.1, Form Post, JARM)."""

from collections.abc import Mapping

#: `fragment` is none of them: it is for tokens in URLs, which nobody gets here.
RESPONSE_MODES = ("query", "form_post", "jwt", "query.jwt", "form_post.jwt")
#: Where the browser is redirected, and what answers a request for any other mode.
DEFAULT = "query"
#: A form can be posted to these only.
_WEB = ("https://", "http://")


def read_response_mode(parameters: Mapping[str, str], redirect_uri: str) -> str | None:
    """
    The mode that a request asks for, with `jwt` spelled out (JARM section 2.3.4).

    Returns:
        None where it cannot be had: it is not known, or a form would be posted to an
        app's own scheme.

    """
    mode = parameters.get("response_mode", DEFAULT)
    if mode not in RESPONSE_MODES:
        return None
    if mode.startswith("form_post") and not redirect_uri.startswith(_WEB):
        return None
    return "query.jwt" if mode == "jwt" else mode
