"""
An API of notes that accepts the access tokens of one issuer.

Run it with `uvicorn protected_api:app`, and open http://127.0.0.1:8000/docs.
"""

from typing import Annotated

from fastapi import Depends, FastAPI

from valetkey import AccessToken, ResourceServer

auth = ResourceServer(
    issuer="http://localhost:9000",
    audience="http://127.0.0.1:8000",
    scopes={"notes:read": "Read your notes", "notes:write": "Write your notes"},
)
app = FastAPI()
auth.install(app)

notes: dict[str, list[str]] = {}

Reader = Annotated[AccessToken, Depends(auth.require_scope("notes:read", person=True))]
Writer = Annotated[AccessToken, Depends(auth.require_scope("notes:write", person=True))]


@app.get("/notes")
async def read(token: Reader) -> list[str]:
    """Only the caller's own: `subject` is whom the token speaks for."""
    return notes.get(token.subject, [])


@app.post("/notes", status_code=201)
async def write(token: Writer, text: str) -> None:
    """Add a note."""
    notes.setdefault(token.subject, []).append(text)
