"""Every refusal becomes a page, here and nowhere else."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from client_demo.errors import BadRequest, PageNotFound, Refusal, SignedOut
from client_demo.web.cookies import drop_session
from client_demo.web.pages import Pages
from valetkey.logs import get_logger

log = get_logger(__name__)


def show_refusals(app: FastAPI, pages: Pages) -> None:
    """Teach an application to show refusals."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        log.info("refused", why=type(refusal).__name__, detail=refusal.detail)
        return pages.refusal(refusal, request.state.request_id)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        refusal = PageNotFound() if error.status_code == 404 else BadRequest()
        response = await refused(request, refusal)
        # 405 keeps its own status and its Allow header (RFC 9110 section 15.5.6).
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(SignedOut)
    async def signed_out(_: Request, error: SignedOut) -> Response:
        after = "session-ended" if error.ended else "sign-in-first"
        response = RedirectResponse(f"/?after={after}", 303)
        drop_session(response)
        return response
