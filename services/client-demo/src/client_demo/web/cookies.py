"""The cookies: for the session, each sign-in on its way, and flows that were tried."""

from fastapi import Request, Response

from client_demo.attempts import ATTEMPT_LIFETIME
from client_demo.runs import RUN_LIFETIME
from client_demo.sessions import SESSION_LIFETIME

SESSION = "__Host-demo-session"
RUNS = "__Host-demo-runs"
_FLOW = "__Host-demo-flow-"
#: Sign-ins that one browser may have on their way; the oldest give way.
_FLOWS = 8


def keep_session(response: Response, handle: str) -> None:
    """Give the browser its session's handle."""
    _set(response, SESSION, handle, SESSION_LIFETIME)


def drop_session(response: Response) -> None:
    """Take the handle back."""
    _set(response, SESSION, "", 0)


def keep_runs(response: Response, browser: str) -> None:
    """Let the browser see again what it tried."""
    _set(response, RUNS, browser, RUN_LIFETIME)


def keep_flow(request: Request, response: Response, flow: str, browser: str) -> None:
    """
    Bind a sign-in to this browser.

    Each has a cookie of its own, so that two tabs do not take each other's. Cookies
    come oldest first (RFC 6265 section 5.4): those beyond eight are dropped, or a
    page that begins sign-ins in a loop would fill the browser's headers.
    """
    flows = [name for name in request.cookies if name.startswith(_FLOW)]
    for name in flows[: max(0, len(flows) - _FLOWS + 1)]:
        _set(response, name, "", 0)
    _set(response, _FLOW + flow, browser, ATTEMPT_LIFETIME)


def flow_cookie(request: Request, flow: str) -> str:
    """What binds this browser to a sign-in; empty where nothing does."""
    return request.cookies.get(_FLOW + flow, "")


def drop_flow(response: Response, flow: str) -> None:
    """Forget a sign-in that is finished."""
    _set(response, _FLOW + flow, "", 0)


def _set(response: Response, name: str, value: str, max_age: int) -> None:
    # Lax and not Strict: the provider's redirect must bring the cookie along.
    response.set_cookie(
        name, value, max_age=max_age, secure=True, httponly=True, samesite="lax"
    )
