"""The notes API as this application uses it: with the person's access token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from client_demo.dpop import Proof, Prover
from client_demo.errors import AnswerRefused, ApiRefused, ApiUnavailable
from client_demo.oauth.json_object import read_json_object
from client_demo.oauth.token_response import Tokens
from client_demo.outbound import Answer, NoAnswer, Trace
from client_demo.renewal import Renewal
from client_demo.session import Session
from valetkey.http import Request


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API, without the token."""

    title: str
    method: str
    path: str
    body: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesApi:
    """`base_url` is where this server reaches the API, `public_url` its own name."""

    base_url: str
    public_url: str
    prover: Prover
    renewal: Renewal

    async def me(self, session: Session, trace: Trace) -> dict[str, Any]:
        """Whom the access token speaks for."""
        return _read(await self._call(Call("Who am I", "GET", "/me"), session, trace))

    async def notes(self, session: Session, trace: Trace) -> list[dict[str, Any]]:
        """The person's notes, the first page of them."""
        answer = await self._call(Call("List notes", "GET", "/notes"), session, trace)
        notes = _read(answer).get("items")
        if not isinstance(notes, list):
            raise ApiUnavailable("the answer holds no notes")
        return [note for note in notes if isinstance(note, dict)]

    async def add(
        self, session: Session, trace: Trace, *, title: str, text: str
    ) -> None:
        """Write a note."""
        note = {"title": title, "text": text}
        await self._call(Call("Add a note", "POST", "/notes", note), session, trace)

    async def delete(self, session: Session, trace: Trace, note_id: str) -> None:
        """Delete a note."""
        path = f"/notes/{quote(note_id, safe='')}"
        await self._call(Call("Delete a note", "DELETE", path), session, trace)

    async def delete_all(self, session: Session, trace: Trace) -> Answer:
        """
        Delete every note of the person: whatever the API says to that.

        Raises:
            SignedOut: the token is no longer good and cannot be renewed.
            ApiUnavailable: the API does not answer.

        """
        session = await self.renewal.fresh(session, trace)
        call = Call("Delete all notes", "DELETE", "/notes")
        return await self._send(call, session.tokens, trace)

    async def show_to(self, path: str, tokens: Tokens, trace: Trace) -> Answer:
        """Call the API with a token that is not a session's; whatever it says."""
        return await self._send(Call("Call the API", "GET", path), tokens, trace)

    async def _call(self, call: Call, session: Session, trace: Trace) -> Answer:
        """
        Call the API; a token that it refuses is renewed once (RFC 6750 section 3.1).

        Raises:
            SignedOut: the token is no longer good and cannot be renewed.
            ApiRefused: the API says no.
            ApiUnavailable: the API does not answer.

        """
        session = await self.renewal.fresh(session, trace)
        answer = await self._send(call, session.tokens, trace)
        if answer.status == 401:
            session = await self.renewal.renew(session, trace)
            answer = await self._send(call, session.tokens, trace)
        if answer.status >= 500 or answer.status == 429:
            raise ApiUnavailable(f"{call.title}: status {answer.status}")
        if answer.status >= 300:
            raise ApiRefused(f"{call.title}: status {answer.status}{_why(answer)}")
        return answer

    async def _send(self, call: Call, tokens: Tokens, trace: Trace) -> Answer:
        request = Request(
            call.method,
            self.base_url + call.path,
            headers={
                "authorization": tokens.authorization,
                "accept": "application/json",
            },
            json=call.body,
        )
        proof = None
        if tokens.key is not None:
            url, token = self.public_url + call.path, tokens.access_token
            proof = Proof(key=tokens.key, url=url, access_token=token)
        try:
            return await self.prover.send(request, trace, title=call.title, proof=proof)
        except NoAnswer as error:
            raise ApiUnavailable(f"{call.title}: {error}") from None


def _read(answer: Answer) -> dict[str, Any]:
    try:
        return read_json_object(answer.body)
    except AnswerRefused as error:
        raise ApiUnavailable(error.detail) from None


def _why(answer: Answer) -> str:
    """The text of a problem document (RFC 9457), where there is one."""
    try:
        told = read_json_object(answer.body)
    except AnswerRefused:
        return ""
    text = told.get("detail") or told.get("error_description") or told.get("title")
    return f", {text[:200]}" if isinstance(text, str) else ""
